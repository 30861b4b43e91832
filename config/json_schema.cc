#include "config/json_schema.h"

#include "config/schema_parts.h"

namespace dragoman::config {
namespace {

constexpr size_t kMaxParameterName = 64;  // bytes

void ReadKeys(MappingReader& json, Json& out) {
  json.Boolean("emit_defaults", out.emit_defaults);
  json.Boolean("preserve_proto_names", out.preserve_proto_names);
  json.Boolean("enums_as_integers", out.enums_as_integers);
  json.Boolean("int64_as_numbers", out.int64_as_numbers);
  json.Choice<bool>("unknown_fields", out.ignore_unknown_fields, {{"reject", false}, {"ignore", true}});
}

void ReadParameterName(MappingReader& json, std::string_view key, std::string& out) {
  const Node* node = json.Find(key);
  if (node == nullptr) return;
  const std::string* text = ReadText(*node, json.context());
  if (text == nullptr) return;
  if (text->empty() || text->size() > kMaxParameterName || !IsMadeOf(*text, "-_.$")) {
    return ReportExpected(json.context(), *node,
                          R"(a name of letters, digits, "-", "_", "." and "$", at most 64 bytes)");
  }
  out = *text;
}

}  // namespace

void ReadJson(MappingReader& root, Json& out) {
  root.Mapping("json", [&](MappingReader& json, const Node&) { ReadKeys(json, out); });
}

void ReadJsonPolicy(MappingReader& policy, const Json& common, std::optional<JsonPolicy>& out) {
  policy.Mapping("json", [&](MappingReader& json, const Node& node) {
    out.emplace(JsonPolicy{.json = common, .fields_parameter = {}, .at = policy.context().At(node)});
    ReadKeys(json, out->json);
    ReadParameterName(json, "fields_parameter", out->fields_parameter);
  });
}

}  // namespace dragoman::config
