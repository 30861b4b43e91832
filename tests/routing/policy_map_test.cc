#include "routing/policy_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dragoman::routing {
namespace {

using testing::ElementsAre;

class PolicyMapTest : public testing::Test {
 protected:
  // Which methods a selector selects: "Catalog/Get".
  std::vector<std::string> Selected(const std::string& selector) {
    std::vector<config::Policy> policies(1);
    policies[0].methods = {{selector, {}}};
    policies[0].timeout = config::Milliseconds(1);
    Problems problems;
    const PolicyMap map(policies, names_, problems);
    std::vector<std::string> names;
    for (const std::string& name : names_) {
      if (map.Find(name).timeout) names.push_back(name.substr(name.rfind('.') + 1));
    }
    for (const Problem& problem : problems) names.push_back(problem.what);
    return names;
  }

  const std::vector<std::string> names_ = {"shop.v1.Catalog/Get", "shop.v1.Catalog/Put", "shop.v1.CatalogAdmin/Get",
                                           "compositions/home"};
};

TEST_F(PolicyMapTest, SelectsByMethodServicePackageOrAll) {
  EXPECT_THAT(Selected("shop.v1.Catalog/Get"), ElementsAre("Catalog/Get"));
  EXPECT_THAT(Selected("shop.v1.Catalog/*"), ElementsAre("Catalog/Get", "Catalog/Put"));
  EXPECT_THAT(Selected("shop.v1.*"), ElementsAre("Catalog/Get", "Catalog/Put", "CatalogAdmin/Get"));
  EXPECT_THAT(Selected("shop.*"), ElementsAre("Catalog/Get", "Catalog/Put", "CatalogAdmin/Get"));
  EXPECT_THAT(Selected("compositions/home"), ElementsAre("compositions/home"));
  EXPECT_THAT(Selected("compositions/*"), ElementsAre("compositions/home"));
  EXPECT_THAT(Selected("*"), ElementsAre("Catalog/Get", "Catalog/Put", "CatalogAdmin/Get", "compositions/home"));
}

TEST_F(PolicyMapTest, ReportsWhatSelectsNothing) {
  EXPECT_THAT(Selected("shop.v1.Catalgo/Get"),
              ElementsAre("policies: \"shop.v1.Catalgo/Get\" selects no method that is served; did you mean "
                          "\"shop.v1.Catalog/Get\"?"));
  EXPECT_THAT(Selected("shop.v1.Catalog.*"),
              ElementsAre("policies: \"shop.v1.Catalog.*\" selects no method that is served; did you mean "
                          "\"shop.v1.Catalog/*\"?"));
  EXPECT_THAT(Selected("compositions/hme"),
              ElementsAre("policies: \"compositions/hme\" selects no composition; did you mean \"compositions/home\"?"));
  EXPECT_THAT(Selected("bank.*"), ElementsAre("policies: \"bank.*\" selects no method that is served"));
}

TEST_F(PolicyMapTest, OfEachKeyTheLastEntryThatHasItHolds) {
  std::vector<config::Policy> policies(3);
  policies[0].methods = {{"*", {}}};
  policies[0].timeout = config::Milliseconds(1);
  policies[0].authenticate.emplace();
  policies[1].methods = {{"shop.v1.Catalog/Get", {}}, {"shop.v1.Catalog/Put", {}}};
  policies[0].json.emplace();
  policies[1].authorize.emplace();
  policies[1].json.emplace();
  policies[2].methods = {{"shop.v1.Catalog/Put", {}}};
  policies[2].timeout = config::Milliseconds(3);
  Problems problems;
  const PolicyMap map(policies, names_, problems);
  const RpcPolicy put = map.Find(names_[1]);
  EXPECT_EQ(put.authenticate, &*policies[0].authenticate);
  EXPECT_EQ(put.authorize, &*policies[1].authorize);
  EXPECT_EQ(put.timeout, config::Milliseconds(3));
  EXPECT_EQ(put.headers, nullptr);
  EXPECT_EQ(put.json, &*policies[1].json);
  EXPECT_EQ(map.Find(names_[3]).json, &*policies[0].json);
  EXPECT_EQ(map.Find(names_[2]).authorize, nullptr);
}

}  // namespace
}  // namespace dragoman::routing
