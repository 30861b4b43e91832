#include "composition/declared_types.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <set>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::DescriptorProto;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using transcoding::MessagePlan;
using transcoding::Quote;

constexpr std::pair<std::string_view, FieldDescriptorProto::Type> kScalars[] = {
    {"double", FieldDescriptorProto::TYPE_DOUBLE},     {"float", FieldDescriptorProto::TYPE_FLOAT},
    {"int32", FieldDescriptorProto::TYPE_INT32},       {"int64", FieldDescriptorProto::TYPE_INT64},
    {"uint32", FieldDescriptorProto::TYPE_UINT32},     {"uint64", FieldDescriptorProto::TYPE_UINT64},
    {"sint32", FieldDescriptorProto::TYPE_SINT32},     {"sint64", FieldDescriptorProto::TYPE_SINT64},
    {"fixed32", FieldDescriptorProto::TYPE_FIXED32},   {"fixed64", FieldDescriptorProto::TYPE_FIXED64},
    {"sfixed32", FieldDescriptorProto::TYPE_SFIXED32}, {"sfixed64", FieldDescriptorProto::TYPE_SFIXED64},
    {"bool", FieldDescriptorProto::TYPE_BOOL},         {"string", FieldDescriptorProto::TYPE_STRING},
    {"bytes", FieldDescriptorProto::TYPE_BYTES}};

// "; did you mean int32?": of the scalars and what the sources define.
std::string NearestType(std::string_view name, const transcoding::Schema& schema) {
  std::vector<std::string> known;
  for (const auto& [scalar, type] : kScalars) known.emplace_back(scalar);
  for (const auto* file : schema.files()) {
    for (int i = 0; i < file->message_type_count(); ++i) known.push_back(file->message_type(i)->full_name());
    for (int i = 0; i < file->enum_type_count(); ++i) known.push_back(file->enum_type(i)->full_name());
  }
  return DidYouMean(name, known);
}

// One file that is being put together.
class File {
 public:
  File(const std::string& name, const transcoding::Schema& schema, const transcoding::PlanSet& plans,
       Problems& problems)
      : schema_(schema), plans_(plans), problems_(problems) {
    std::string package = name;
    std::ranges::replace(package, '-', '_');
    file_.set_name("dragoman/compositions/" + name + ".proto");
    file_.set_package("dragoman.compositions." + package);
    file_.set_syntax("proto2");  // in which everything has presence, and enums may be of either syntax
  }

  void AddParameters(const std::vector<config::CompositionParameter>& parameters) {
    DescriptorProto& message = AddMessage("Parameters");
    for (const config::CompositionParameter& parameter : parameters) {
      FieldDescriptorProto& field = AddField(message, parameter.name, parameter.repeated);
      SetType(field, parameter.type, parameter.at);
      if (field.type() != FieldDescriptorProto::TYPE_MESSAGE) continue;
      if (const MessagePlan* plan = plans_.Find(parameter.type); !plan->scalar_form()) {
        Report(parameter.at, "parameter " + Quote(parameter.name) + ": " + parameter.type +
                                 " has no form of one value, which a path or query could give");
      }
    }
  }

  // The nesting of the configuration is bounded, so this is too.
  std::string AddDeclared(const std::string& wanted, const std::vector<config::DeclaredField>& fields) {
    std::string name = wanted;
    while (!names_.insert(name).second) name += "_";
    DescriptorProto message;  // a message within may move those that are in the file
    for (const config::DeclaredField& declared : fields) {
      FieldDescriptorProto& field = AddField(message, declared.name, declared.repeated);
      if (!declared.type.empty()) {
        SetType(field, declared.type, declared.at);
      } else {
        field.set_type(FieldDescriptorProto::TYPE_MESSAGE);
        field.set_type_name("." + file_.package() + "." + AddDeclared(name + "_" + declared.name, declared.fields));
      }
    }
    message.set_name(name);
    *file_.add_message_type() = std::move(message);
    return name;
  }

  const FileDescriptorProto& proto() const { return file_; }

 private:
  void Report(const config::Position& at, std::string what) { problems_.push_back({at.ToString(), std::move(what)}); }

  DescriptorProto& AddMessage(const std::string& name) {
    names_.insert(name);
    DescriptorProto& message = *file_.add_message_type();
    message.set_name(name);
    return message;
  }

  static FieldDescriptorProto& AddField(DescriptorProto& message, const std::string& name, bool repeated) {
    FieldDescriptorProto& field = *message.add_field();
    field.set_name(name);
    field.set_json_name(name);
    field.set_number(message.field_size());
    field.set_label(repeated ? FieldDescriptorProto::LABEL_REPEATED : FieldDescriptorProto::LABEL_OPTIONAL);
    field.set_type(FieldDescriptorProto::TYPE_STRING);
    return field;
  }

  void SetType(FieldDescriptorProto& field, const std::string& type, const config::Position& at) {
    const auto* scalar =
        std::ranges::find(kScalars, type, &std::pair<std::string_view, FieldDescriptorProto::Type>::first);
    if (scalar != std::end(kScalars)) return field.set_type(scalar->second);
    const auto* message = schema_.pool().FindMessageTypeByName(type);
    const auto* enumeration = schema_.pool().FindEnumTypeByName(type);
    if (message != nullptr && plans_.Find(type) != nullptr) {
      field.set_type(FieldDescriptorProto::TYPE_MESSAGE);
      Import(*message->file());
    } else if (enumeration != nullptr) {
      field.set_type(FieldDescriptorProto::TYPE_ENUM);
      Import(*enumeration->file());
    } else {
      return Report(at, "unknown type " + Quote(type) + NearestType(type, schema_));
    }
    field.set_type_name("." + type);
  }

  void Import(const google::protobuf::FileDescriptor& file) {
    if (imports_.insert(file.name()).second) file_.add_dependency(file.name());
  }

  const transcoding::Schema& schema_;
  const transcoding::PlanSet& plans_;
  Problems& problems_;
  FileDescriptorProto file_;
  std::set<std::string> names_;
  std::set<std::string> imports_;
};

// What protobuf says of a file that it refuses, as one line.
class Refusals : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string&, const std::string& element, const google::protobuf::Message*, ErrorLocation,
                const std::string& message) override {
    if (!text_.empty()) text_ += "; ";
    text_ += element + ": " + message;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::optional<DeclaredTypes> DeclaredTypes::Build(const config::Composition& composition,
                                                  const std::vector<config::CompositionParameter>& parameters,
                                                  const transcoding::Schema& schema, const transcoding::PlanSet& plans,
                                                  Problems& problems) {
  const size_t before = problems.size();
  File file(composition.name, schema, plans, problems);
  file.AddParameters(parameters);
  DeclaredTypes types;
  if (composition.body && composition.body->message.empty()) {
    file.AddDeclared("Body", composition.body->fields);
  } else if (composition.body) {
    types.body_ = plans.Find(composition.body->message);
    if (types.body_ == nullptr) {
      problems.push_back({composition.body->at.ToString(), "unknown message " + Quote(composition.body->message) +
                                                               NearestType(composition.body->message, schema)});
    }
  }
  if (problems.size() > before) return std::nullopt;
  types.pool_ = std::make_unique<DescriptorPool>(&schema.pool());
  Refusals refusals;
  const auto* built = types.pool_->BuildFileCollectingErrors(file.proto(), &refusals);
  if (built == nullptr) {
    problems.push_back({composition.at.ToString(), "its parameters and body make no message: " + refusals.text()});
    return std::nullopt;
  }
  types.plans_ = std::make_unique<transcoding::PlanSet>(plans, *built);
  types.parameters_ = types.plans_->Find(built->package() + ".Parameters");
  if (types.body_ == nullptr) types.body_ = types.plans_->Find(built->package() + ".Body");
  return types;
}

}  // namespace dragoman::composition
