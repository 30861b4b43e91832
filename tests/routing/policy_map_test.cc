#include "routing/policy_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema_from_source.h"

namespace dragoman::routing {
namespace {

using google::protobuf::MethodDescriptor;
using testing::ElementsAre;

class PolicyMapTest : public testing::Test {
 protected:
  PolicyMapTest()
      : schema_(SchemaFromSource("syntax = \"proto3\"; package shop.v1; message M {}\n"
                                 "service Catalog { rpc Get(M) returns (M); rpc Put(M) returns (M); }\n"
                                 "service CatalogAdmin { rpc Get(M) returns (M); }\n")) {
    for (const auto* service : schema_.services()) {
      for (int i = 0; i < service->method_count(); ++i) methods_.push_back(service->method(i));
    }
  }

  // Which methods a selector selects: "Catalog/Get".
  std::vector<std::string> Selected(const std::string& selector) {
    std::vector<config::Policy> policies(1);
    policies[0].methods = {{selector, {}}};
    policies[0].timeout = config::Milliseconds(1);
    Problems problems;
    const PolicyMap map(policies, methods_, problems);
    std::vector<std::string> names;
    for (const MethodDescriptor* method : methods_) {
      if (map.Find(*method).timeout) names.push_back(method->service()->name() + "/" + method->name());
    }
    for (const Problem& problem : problems) names.push_back(problem.what);
    return names;
  }

  transcoding::Schema schema_;
  std::vector<const MethodDescriptor*> methods_;
};

TEST_F(PolicyMapTest, SelectsByMethodServicePackageOrAll) {
  EXPECT_THAT(Selected("shop.v1.Catalog/Get"), ElementsAre("Catalog/Get"));
  EXPECT_THAT(Selected("shop.v1.Catalog/*"), ElementsAre("Catalog/Get", "Catalog/Put"));
  EXPECT_THAT(Selected("shop.v1.*"), ElementsAre("Catalog/Get", "Catalog/Put", "CatalogAdmin/Get"));
  EXPECT_THAT(Selected("shop.*"), ElementsAre("Catalog/Get", "Catalog/Put", "CatalogAdmin/Get"));
  EXPECT_THAT(Selected("*"), ElementsAre("Catalog/Get", "Catalog/Put", "CatalogAdmin/Get"));
}

TEST_F(PolicyMapTest, ReportsWhatSelectsNothing) {
  EXPECT_THAT(Selected("shop.v1.Catalgo/Get"),
              ElementsAre("policies: \"shop.v1.Catalgo/Get\" selects no method that is served; did you mean "
                          "\"shop.v1.Catalog/Get\"?"));
  EXPECT_THAT(Selected("shop.v1.Catalog.*"),
              ElementsAre("policies: \"shop.v1.Catalog.*\" selects no method that is served; did you mean "
                          "\"shop.v1.Catalog/*\"?"));
  EXPECT_THAT(Selected("bank.*"), ElementsAre("policies: \"bank.*\" selects no method that is served"));
}

TEST_F(PolicyMapTest, OfEachKeyTheLastEntryThatHasItHolds) {
  std::vector<config::Policy> policies(3);
  policies[0].methods = {{"*", {}}};
  policies[0].timeout = config::Milliseconds(1);
  policies[0].authenticate.emplace();
  policies[1].methods = {{"shop.v1.Catalog/Get", {}}, {"shop.v1.Catalog/Put", {}}};
  policies[1].authorize.emplace();
  policies[2].methods = {{"shop.v1.Catalog/Put", {}}};
  policies[2].timeout = config::Milliseconds(3);
  Problems problems;
  const PolicyMap map(policies, methods_, problems);
  const RpcPolicy put = map.Find(*methods_[1]);
  EXPECT_EQ(put.authenticate, &*policies[0].authenticate);
  EXPECT_EQ(put.authorize, &*policies[1].authorize);
  EXPECT_EQ(put.timeout, config::Milliseconds(3));
  EXPECT_EQ(put.headers, nullptr);
  EXPECT_EQ(map.Find(*methods_[2]).authorize, nullptr);
}

}  // namespace
}  // namespace dragoman::routing
