#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "openapi/json_out.h"
#include "openapi/names.h"
#include "transcoding/comments.h"
#include "transcoding/json_codec.h"
#include "transcoding/message_plan.h"

namespace dragoman::openapi {

// Which JSON of a message a schema describes: that of a request, or of a reply; as the rules of an RPC spell it.
struct Form {
  bool request = false;
  bool all_fields = false;    // of a reply: `emit_defaults`, and nobody chooses fields
  bool proto_names = false;   // a request's names are those of the reply; the other spelling is read too
  bool enum_numbers = false;  // likewise
  bool int64_numbers = false;

  static Form OfReply(const transcoding::JsonWriteOptions& options, bool selectable);
  static Form OfRequest(const transcoding::JsonWriteOptions& options);
  uint8_t bits() const;
};

// The schemas of all messages and enums that a document leads to.
//
// Two passes: in the first one references are only noted; Resolve finds out of which types requests and replies need schemas of their own,
// and gives every schema its name; in the second one references have them. A type of which all forms have the same schema has one,
// "shop.v1.Item"; else that of replies has the type's name, and that of requests "shop.v1.Item-Input".
class Schemas {
 public:
  explicit Schemas(const transcoding::Comments& comments) : comments_(comments) {}

  // Writes the members of the schema: without braces.
  void Message(const transcoding::MessagePlan& message, Form form, JsonOut& out);
  // Of the field as it stands in its message: a list, a map, one value; with what is said about it.
  void Field(const transcoding::FieldPlan& field, Form form, JsonOut& out);
  // Of one value: an element of a list.
  void Value(const transcoding::FieldPlan& field, Form form, JsonOut& out);
  void Enum(const transcoding::EnumPlan& enumeration, Form form, JsonOut& out);
  // An object of the message's own, without those of its fields for which `omitted` is true.
  template <typename Omitted>
  void Object(const transcoding::MessagePlan& message, Form form, Omitted omitted, JsonOut& out) {
    std::vector<const transcoding::FieldPlan*> fields;
    for (const transcoding::FieldPlan& field : message.fields()) {
      if (!omitted(field)) fields.push_back(&field);
    }
    Object(message, fields, form, out);
  }

  // A name that no message may have then.
  void Reserve(std::string name) { names_.Reserve(std::move(name)); }
  // `max_bytes`: of a schema; the document of one that is larger cannot be written.
  void Resolve(size_t max_bytes);
  // The schemas by their names: members of `components.schemas`. Behind Resolve.
  void WriteAll(JsonOut& out);

  const transcoding::Comments& comments() const { return comments_; }

 private:
  struct Node {
    const transcoding::MessagePlan* message = nullptr;  // one of the two
    const transcoding::EnumPlan* enumeration = nullptr;
    Form form;
    std::vector<size_t> refers;  // to other nodes, in the order of the text
    size_t label = 0;            // equal ones of one type have the same schema
    std::string name;

    const void* type() const { return message != nullptr ? static_cast<const void*>(message->descriptor()) : enumeration->descriptor; }
    const std::string& full_name() const { return message != nullptr ? message->full_name() : enumeration->full_name; }
  };

  void Object(const transcoding::MessagePlan& message, const std::vector<const transcoding::FieldPlan*>& fields, Form form, JsonOut& out);
  void Refer(const transcoding::MessagePlan* message, const transcoding::EnumPlan* enumeration, Form form, JsonOut& out);
  void WriteNode(const Node& node, JsonOut& out);
  void WriteEnum(const transcoding::EnumPlan& enumeration, Form form, JsonOut& out);
  void Refine();
  void Name();

  const transcoding::Comments& comments_;
  std::vector<Node> nodes_;
  std::map<std::pair<const void*, uint8_t>, size_t> numbers_;  // of nodes, by type and form
  std::vector<size_t>* noted_ = nullptr;                       // where references go, while a node is looked at
  std::vector<std::vector<size_t>> types_;                     // nodes of each, the usual form of replies first; in the order in which types were met
  Names names_{"-"};
  bool resolved_ = false;
};

// google.api.field_behavior, and what proto2 has of it.
struct Behaviour {
  bool required = false;
  bool output_only = false;
  bool input_only = false;
  bool immutable = false;
};
Behaviour BehaviourOf(const transcoding::FieldPlan& field);

const std::string& NameOf(const transcoding::FieldPlan& field, Form form);

}  // namespace dragoman::openapi
