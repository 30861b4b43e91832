#include "openapi/examples.h"

namespace dragoman::openapi {
namespace {

using google::protobuf::FieldDescriptor;
using transcoding::FieldPlan;
using transcoding::MessagePlan;
using transcoding::WellKnown;

constexpr int kMaxLevels = 3;
constexpr int kMaxMembers = 100;
constexpr size_t kMaxFields = 2000;  // that are looked at
constexpr size_t kLongName = 256;    // bytes of a dotted name; one of many times as much counts as as many fields

class Writer {
 public:
  Writer(Form form, const std::set<std::string>& omitted, JsonOut& out) : form_(form), omitted_(omitted), out_(out) {}

  void Message(const MessagePlan& message, const std::string& prefix, int level) {
    message.Complete();
    if (WellKnownForm(message)) return;
    out_.Open();
    std::set<int> chosen;  // oneofs
    for (const FieldPlan& field : message.fields()) {
      if (members_ == kMaxMembers || looked_at_ >= kMaxFields) break;
      looked_at_ += 1 + (prefix.size() + field.name.size()) / kLongName;
      const std::string path = prefix + field.name;
      if (field.extension || omitted_.contains(path) || BehaviourOf(field).output_only || field.descriptor->options().deprecated()) continue;
      if (field.oneof >= 0 && !chosen.insert(field.oneof).second) continue;
      if (Below(field) && level == kMaxLevels && !field.descriptor->is_required()) continue;
      ++members_;
      out_.Key(NameOf(field, form_));
      Field(field, path + ".", level);
    }
    out_.Close();
  }

  // One value; of a list an element.
  void Value(const FieldPlan& field, const std::string& prefix, int level) {
    if (field.message != nullptr) return Message(*field.message, prefix, level + 1);
    if (field.enumeration != nullptr) return Enum(*field.enumeration);
    const bool number = form_.int64_numbers;
    switch (field.descriptor->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return out_.Text(field.type == FieldDescriptor::TYPE_BYTES ? "AA==" : field.name);
      case FieldDescriptor::CPPTYPE_BOOL:
        return out_.Raw("true");
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT64:
        return number ? out_.Number(1) : out_.Text("1");
      default:
        return out_.Number(1);
    }
  }

 private:
  // It leads to a message with fields.
  static bool Below(const FieldPlan& field) {
    const MessagePlan* message = field.message;
    if (field.map) {
      message->Complete();
      message = message->FindNumber(2)->message;
    }
    return message != nullptr && !message->special_form();
  }

  void Field(const FieldPlan& field, const std::string& prefix, int level) {
    if (field.map) {
      field.message->Complete();
      const FieldPlan& key = *field.message->FindNumber(1);
      const bool text = key.descriptor->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      out_.Open();
      out_.Key(text ? "key" : key.descriptor->cpp_type() == FieldDescriptor::CPPTYPE_BOOL ? "true" : "1");
      Value(*field.message->FindNumber(2), prefix, level);
      out_.Close();
    } else if (field.repeated) {
      out_.OpenList();
      Value(field, prefix, level);
      out_.CloseList();
    } else {
      Value(field, prefix, level);
    }
  }

  // The last one: the first says most often that there is none.
  void Enum(const transcoding::EnumPlan& enumeration) {
    if (enumeration.null_value) return out_.Raw("null");
    const auto& value = *enumeration.descriptor->value(enumeration.descriptor->value_count() - 1);
    form_.enum_numbers ? out_.Number(value.number()) : out_.Text(value.name());
  }

  bool WellKnownForm(const MessagePlan& message) {
    switch (message.well_known()) {
      case WellKnown::kNone:
      case WellKnown::kHttpBody:
        return false;
      case WellKnown::kAny:
        out_.Raw(R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"})");
        return true;
      case WellKnown::kTimestamp:
        out_.Text("2026-01-01T00:00:00Z");
        return true;
      case WellKnown::kDuration:
        out_.Text("1s");
        return true;
      case WellKnown::kFieldMask:
        out_.Text("name");
        return true;
      case WellKnown::kStruct:
        out_.Raw(R"({"key":"value"})");
        return true;
      case WellKnown::kValue:
        out_.Text("value");
        return true;
      case WellKnown::kListValue:
        out_.Raw(R"(["value"])");
        return true;
      case WellKnown::kEmpty:
        out_.Raw("{}");
        return true;
      case WellKnown::kWrapper:
        Value(message.fields().front(), {}, 0);
        return true;
    }
    return false;
  }

  const Form form_;
  const std::set<std::string>& omitted_;
  JsonOut& out_;
  int members_ = 0;
  size_t looked_at_ = 0;  // fields
};

}  // namespace

void WriteExample(const FieldPlan& field, Form form, JsonOut& out) {
  const std::set<std::string> none;
  Writer(form, none, out).Value(field, {}, 0);
}

void WriteExample(const MessagePlan& message, Form form, const std::set<std::string>& omitted, const std::string& prefix, JsonOut& out) {
  Writer(form, omitted, out).Message(message, prefix, 1);
}

}  // namespace dragoman::openapi
