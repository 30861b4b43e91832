#include "rpc/json_rules.h"

#include <utility>

namespace dragoman::rpc {
namespace {

const config::Json& JsonOf(const config::Config& config, const config::JsonPolicy* policy) {
  return policy != nullptr ? policy->json : config.json;
}

}  // namespace

transcoding::JsonWriteOptions JsonWriteOptionsOf(const config::Config& config, const config::JsonPolicy* policy) {
  const config::Json& json = JsonOf(config, policy);
  return {.emit_defaults = json.emit_defaults,
          .preserve_proto_names = json.preserve_proto_names,
          .enums_as_integers = json.enums_as_integers,
          .int64_as_numbers = json.int64_as_numbers,
          .max_depth = config.limits.max_json_depth};
}

JsonRulesSet::JsonRulesSet(const config::Config& config, std::vector<std::string> ignored_query)
    : config_(config), ignored_query_(std::move(ignored_query)) {
  ignored_query_.insert(ignored_query_.end(), config.query.ignore.begin(), config.query.ignore.end());
}

std::shared_ptr<const transcoding::JsonRules> JsonRulesSet::Of(const config::JsonPolicy* policy) {
  std::shared_ptr<const transcoding::JsonRules>& rules = made_[policy];
  if (rules) return rules;
  rules = std::make_shared<const transcoding::JsonRules>(transcoding::JsonRules{
      .request = {.json = {.ignore_unknown_fields = JsonOf(config_, policy).ignore_unknown_fields,
                           .max_depth = config_.limits.max_json_depth},
                  .ignore_unknown_query = config_.query.ignore_unknown,
                  .ignored_query = ignored_query_,
                  .fields_parameter = policy != nullptr ? policy->fields_parameter : std::string()},
      .reply = JsonWriteOptionsOf(config_, policy)});
  return rules;
}

}  // namespace dragoman::rpc
