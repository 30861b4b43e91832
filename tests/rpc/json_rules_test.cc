#include "rpc/json_rules.h"

#include <gtest/gtest.h>

namespace dragoman::rpc {
namespace {

TEST(JsonRulesSet, GivesEachPolicyItsOwnAndTheOthersThatOfAll) {
  config::Config config;
  config.json.preserve_proto_names = true;
  config.limits.max_json_depth = 7;
  config.query = {.ignore_unknown = true, .ignore = {"_"}};
  const config::JsonPolicy policy{.json = {.emit_defaults = false,
                                           .preserve_proto_names = false,
                                           .enums_as_integers = true,
                                           .int64_as_numbers = true,
                                           .ignore_unknown_fields = true},
                                  .fields_parameter = "fields",
                                  .at = {}};
  JsonRulesSet set(config, {"api_key"});

  const auto common = set.Of(nullptr);
  EXPECT_TRUE(common->reply.emit_defaults);
  EXPECT_TRUE(common->reply.preserve_proto_names);
  EXPECT_FALSE(common->reply.enums_as_integers);
  EXPECT_FALSE(common->reply.int64_as_numbers);
  EXPECT_FALSE(common->request.json.ignore_unknown_fields);
  EXPECT_EQ(common->request.fields_parameter, "");

  const auto own = set.Of(&policy);
  EXPECT_FALSE(own->reply.emit_defaults);
  EXPECT_FALSE(own->reply.preserve_proto_names);
  EXPECT_TRUE(own->reply.enums_as_integers);
  EXPECT_TRUE(own->reply.int64_as_numbers);
  EXPECT_TRUE(own->request.json.ignore_unknown_fields);
  EXPECT_EQ(own->request.fields_parameter, "fields");

  for (const auto& rules : {common, own}) {
    EXPECT_EQ(rules->reply.max_depth, 7);
    EXPECT_EQ(rules->request.json.max_depth, 7);
    EXPECT_TRUE(rules->request.ignore_unknown_query);
    EXPECT_EQ(rules->request.ignored_query, (std::vector<std::string>{"api_key", "_"}));
  }
  EXPECT_EQ(set.Of(nullptr), common);
  EXPECT_EQ(set.Of(&policy), own);
}

}  // namespace
}  // namespace dragoman::rpc
