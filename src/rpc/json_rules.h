#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "transcoding/json_rules.h"

namespace dragoman::rpc {

// What `policy`, which is null where none has `json`, makes of the configuration's JSON.
transcoding::JsonWriteOptions JsonWriteOptionsOf(const config::Config& config, const config::JsonPolicy* policy);

// The rules of JSON of all RPCs and compositions, each made once, whoever shares it.
class JsonRulesSet {
 public:
  // `ignored_query`: parameters that no message gets, beside those of `query.ignore`. `config` outlives it.
  JsonRulesSet(const config::Config& config, std::vector<std::string> ignored_query);

  // Never null; `policy` may be.
  std::shared_ptr<const transcoding::JsonRules> Of(const config::JsonPolicy* policy);

 private:
  const config::Config& config_;
  std::vector<std::string> ignored_query_;
  std::unordered_map<const config::JsonPolicy*, std::shared_ptr<const transcoding::JsonRules>> made_;
};

}  // namespace dragoman::rpc
