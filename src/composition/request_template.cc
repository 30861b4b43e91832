#include "composition/request_template.h"

#include <algorithm>
#include <set>

#include "composition/field_encoder.h"
#include "composition/syntax.h"
#include "transcoding/field_forms.h"
#include "transcoding/json_codec.h"
#include "transcoding/length_prefixes.h"
#include "transcoding/quote.h"
#include "transcoding/wire.h"

namespace dragoman::composition {
namespace {

using config::Node;
using transcoding::FieldPlan;
using transcoding::IsGroup;
using transcoding::MakeTag;
using transcoding::MessagePlan;
using transcoding::Quote;
using transcoding::WireType;

std::string_view NameOf(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return "a text";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
  }
  return "";
}

// What an expression must give for a field, or for one element of it. A float is computed with as a double.
Type WantedOf(Type type) {
  if (type.kind == Kind::kFloat) type.kind = Kind::kDouble;
  return type;
}

// No name means anything.
class NoScope : public Scope {
 public:
  std::optional<Variable> Find(std::string_view) const override { return std::nullopt; }
  bool HasMembers(std::string_view) const override { return false; }
  tl::expected<Variable, std::string> FindMember(std::string_view, std::string_view) override {
    return tl::unexpected(std::string("there are no names here"));
  }
  std::optional<Variable> FindLevel(std::string_view) const override { return std::nullopt; }
  std::vector<std::string> Names() const override { return {}; }
  size_t AddLocal() override { return locals_++; }
  const std::vector<Axis>& axes() const override { return axes_; }

 private:
  size_t locals_ = 0;
  std::vector<Axis> axes_;
};

}  // namespace

// A field, a part of a repeated one, or an entry of a map.
struct RequestTemplate::Member {
  enum class Kind : uint8_t {
    kConstant,    // bytes: the field as it is on the wire
    kExpression,  // value
    kMessage,     // members
    kEntry,       // bytes: the key as it is on the wire; members: the value
  };
  Kind kind = Kind::kConstant;
  const FieldPlan* field = nullptr;
  std::string bytes;
  std::optional<Expression> value;
  std::string path;  // of kExpression, for errors
  std::vector<Member> members;
};

RequestTemplate::RequestTemplate() = default;
RequestTemplate::RequestTemplate(RequestTemplate&&) noexcept = default;
RequestTemplate& RequestTemplate::operator=(RequestTemplate&&) noexcept = default;
RequestTemplate::~RequestTemplate() = default;

// Each function adds members, or problems.
class RequestTemplate::Compiler {
 public:
  Compiler(Scope& scope, const Report& report) : scope_(scope), report_(report) {}

  CallSet uses() const { return uses_; }
  CallSet needs() const { return needs_; }

  void Message(const Node& node, const MessagePlan& plan, const std::string& path, int depth,
               std::vector<Member>& members) {
    if (node.kind == Node::Kind::kNull) return;
    if (node.kind != Node::Kind::kMapping) {
      return Problem(node, path,
                     "expected the fields of " + plan.full_name() + ", got " + std::string(NameOf(node.kind)));
    }
    if (depth > kMaxExpressionDepth) {
      return Problem(node, path, "nested more than " + std::to_string(kMaxExpressionDepth) + " levels deep");
    }
    std::vector<const FieldPlan*> set;
    for (const Node::Entry& entry : node.entries) {
      const FieldPlan* field = plan.Find(entry.key);
      if (field == nullptr) {
        const FieldPlan* nearest = plan.Nearest(entry.key);
        ProblemAt(entry, path,
                  plan.full_name() + " has no field " + Quote(entry.key) +
                      (nearest ? "; did you mean " + Quote(nearest->name) + "?" : ""));
        continue;
      }
      const auto rival = std::find_if(set.begin(), set.end(), [field](const FieldPlan* other) {
        return other == field || (field->oneof >= 0 && other->oneof == field->oneof);
      });
      if (rival != set.end()) {
        ProblemAt(entry, path,
                  *rival == field
                      ? "the field " + Quote(entry.key) + " stands twice"
                      : Quote((*rival)->name) + " and " + Quote(field->name) + " are members of the oneof " +
                            Quote(plan.oneofs()[static_cast<size_t>(field->oneof)]) + "; one can be set");
        continue;
      }
      if (entry.value.kind == Node::Kind::kNull) continue;
      set.push_back(field);
      Field(entry.value, *field, path + "." + entry.key, depth, members);
    }
  }

 private:
  void Field(const Node& node, const FieldPlan& field, const std::string& path, int depth,
             std::vector<Member>& members) {
    if (field.map && node.kind == Node::Kind::kMapping) return Map(node, field, path, depth, members);
    if (!field.repeated) return Value(node, field, path, depth, members);
    if (!field.map && node.kind == Node::Kind::kList) {
      for (size_t i = 0; i < node.items.size(); ++i) {
        Value(node.items[i], field, path + "[" + std::to_string(i) + "]", depth, members);
      }
      return;
    }
    const Type wanted = WantedOf(TypeOf(field, {}));
    if (node.kind == Node::Kind::kScalar) return Computed(node, field, wanted, path, members);
    Problem(node, path, "expected " + wanted.ToString() + ", got " + std::string(NameOf(node.kind)));
  }

  void Map(const Node& node, const FieldPlan& field, const std::string& path, int depth, std::vector<Member>& members) {
    std::set<std::string> keys;
    for (const Node::Entry& entry : node.entries) {
      Buffer key;
      const Status status = transcoding::TextToField(*field.message->FindNumber(1), entry.key, key);
      if (!status.ok()) {
        ProblemAt(entry, path, "key: " + std::string(status.message()));
        continue;
      }
      Member member{.kind = Member::Kind::kEntry, .field = &field, .bytes = std::string(key.view())};
      if (!keys.insert(member.bytes).second) {
        ProblemAt(entry, path, "the key " + Quote(entry.key) + " stands twice");
        continue;
      }
      Value(entry.value, *field.message->FindNumber(2), path + "[" + Quote(entry.key) + "]", depth, member.members);
      if (!member.members.empty()) members.push_back(std::move(member));
    }
  }

  // One value: of a repeated field an element.
  void Value(const Node& node, const FieldPlan& field, const std::string& path, int depth,
             std::vector<Member>& members) {
    const Type wanted = WantedOf(ElementTypeOf(field));
    if (node.kind == Node::Kind::kMapping && field.message != nullptr && !field.map) {
      Member member{.kind = Member::Kind::kMessage, .field = &field};
      Message(node, *field.message, path, depth + 1, member.members);
      members.push_back(std::move(member));
      return;
    }
    if (node.kind != Node::Kind::kScalar) {
      return Problem(node, path, "expected " + wanted.ToString() + ", got " + std::string(NameOf(node.kind)));
    }
    const auto syntax = ParseText(node.text);
    const bool constant = syntax && syntax->constant();
    if (!constant || field.map || (field.message != nullptr && !field.message->scalar_form())) {
      return Computed(node, field, wanted, path, members);
    }
    Buffer bytes;
    const std::string text = syntax->parts.empty() ? std::string() : syntax->parts[0].characters;
    const Status status = transcoding::TextToField(field, text, bytes);
    if (!status.ok()) return Problem(node, path, std::string(status.message()));
    members.push_back({.kind = Member::Kind::kConstant, .field = &field, .bytes = std::string(bytes.view())});
  }

  void Computed(const Node& node, const FieldPlan& field, const Type& wanted, const std::string& path,
                std::vector<Member>& members) {
    Problems problems;
    std::optional<Expression> value =
        Expression::Compile(node, scope_, &wanted, {.file = report_.file, .problems = problems});
    for (dragoman::Problem& problem : problems) {
      report_.problems.push_back({std::move(problem.where), path + ": " + problem.what});
    }
    if (!value) return;
    uses_ |= value->uses();
    needs_ |= value->needs();
    members.push_back({.kind = Member::Kind::kExpression, .field = &field, .value = std::move(value), .path = path});
  }

  void Problem(const Node& node, const std::string& path, const std::string& what) {
    report_.At(node, path + ": " + what);
  }
  void ProblemAt(const Node::Entry& entry, const std::string& path, const std::string& what) {
    report_.At(entry.line, entry.column, path + ": " + what);
  }

  Scope& scope_;
  const Report& report_;
  CallSet uses_ = 0;
  CallSet needs_ = 0;
};

std::optional<RequestTemplate> RequestTemplate::Compile(const Node& node, const MessagePlan& message, Scope& scope,
                                                        std::string_view path, const Report& report) {
  RequestTemplate result;
  const size_t problems = report.problems.size();
  Compiler compiler(scope, report);
  compiler.Message(node, message, std::string(path), 1, result.members_);
  if (report.problems.size() > problems) return std::nullopt;
  result.uses_ = compiler.uses();
  result.needs_ = compiler.needs();
  return result;
}

// One message in progress.
class RequestTemplate::Encoding {
 public:
  Encoding(Bindings& bindings, Buffer& out) : bindings_(bindings), out_(out) { prefixes_.Start(out); }

  Status Run(const std::vector<Member>& members) {
    Status status = Members(members);
    if (status.ok()) prefixes_.Finish();
    return status;
  }

 private:
  Status Members(const std::vector<Member>& members) {
    for (const Member& member : members) {
      Status status;
      switch (member.kind) {
        case Member::Kind::kConstant:
          out_.Append(member.bytes);
          break;
        case Member::Kind::kExpression:
          status = Computed(member);
          break;
        case Member::Kind::kMessage:
          status = Message(member);
          break;
        case Member::Kind::kEntry:
          status = Entry(member);
          break;
      }
      if (!status.ok()) return status;
    }
    return {};
  }

  Status Computed(const Member& member) {
    const auto named = [&member](const Status& status) {
      return Status(status.reason(), member.path + ": " + std::string(status.message()));
    };
    const Result<Value> value = member.value->Evaluate(bindings_);
    if (!value) return named(value.error());
    absent_ = value->absent();
    const Status status = AppendField(*member.field, *value, out_);
    return status.ok() ? Status() : named(status);
  }

  Status Message(const Member& member) {
    transcoding::AppendVarint(out_, member.field->element_tag);
    if (IsGroup(*member.field)) {
      Status status = Members(member.members);
      transcoding::AppendVarint(out_, MakeTag(member.field->number, WireType::kEndGroup));
      return status;
    }
    prefixes_.Open();
    Status status = Members(member.members);
    prefixes_.Close();
    return status;
  }

  // Left out where its value is absent.
  Status Entry(const Member& member) {
    const size_t before = out_.size();
    transcoding::AppendVarint(out_, member.field->element_tag);
    prefixes_.Open();
    out_.Append(member.bytes);
    Status status = Members(member.members);
    if (status.ok() && absent_ && member.members[0].kind == Member::Kind::kExpression) {
      prefixes_.Drop();
      out_.Truncate(before);
      return {};
    }
    prefixes_.Close();
    return status;
  }

  Bindings& bindings_;
  Buffer& out_;
  transcoding::LengthPrefixes prefixes_;
  bool absent_ = false;  // what the last expression gave
};

Status RequestTemplate::Encode(Bindings& bindings, Buffer& out) const {
  const size_t before = out.size();
  Status status = Encoding(bindings, out).Run(members_);
  if (!status.ok()) out.Truncate(before);
  return status;
}

std::optional<std::string> CompileConstant(const Node& node, const MessagePlan& message, std::string_view path,
                                           const Report& report) {
  NoScope scope;
  const std::optional<RequestTemplate> written = RequestTemplate::Compile(node, message, scope, path, report);
  if (!written) return std::nullopt;
  Arena arena;
  Bindings bindings;
  bindings.arena = &arena;
  Buffer out;
  if (const Status status = written->Encode(bindings, out); !status.ok()) {
    report.At(node, std::string(status.message()));
    return std::nullopt;
  }
  return std::string(out.view());
}

}  // namespace dragoman::composition
