#include "docs/docs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace dragoman::docs {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(RelativePath, LeadsFromOnePathToAnother) {
  struct Case {
    const char* from;
    const char* to;
    const char* relative;
  };
  const Case cases[] = {
      {"/docs", "/openapi.json", "openapi.json"},
      {"/docs", "/docs/page.css", "docs/page.css"},
      {"/docs", "/docs", "docs"},
      {"/docs/", "/docs", "../docs"},
      {"/api/docs", "/openapi.json", "../openapi.json"},
      {"/api/docs", "/api/openapi.json", "openapi.json"},
      {"/a/b/docs", "/c/d/openapi.json", "../../c/d/openapi.json"},
      {"/docs", "/docstore/openapi.json", "docstore/openapi.json"},
      {"/", "/page.css", "page.css"},
      {"/", "/", "./"},
  };
  for (const Case& c : cases) EXPECT_EQ(RelativePath(c.from, c.to), c.relative) << c.from << " " << c.to;
}

TEST(Paths, AreThoseOfTheDocumentThePageAndItsAssets) {
  EXPECT_THAT(PathsOf({}), testing::IsSupersetOf({"/openapi.json", "/docs", "/docs/page.css"}));
  EXPECT_THAT(PathsOf({.path = "/spec", .docs = std::nullopt}), testing::ElementsAre("/spec"));
  EXPECT_THAT(PathsOf({.docs = "/"}), testing::IsSupersetOf({"/", "/page.css"}));
}

TEST(Page, RefersToWhatItNeedsRelativeToItself) {
  const std::string page = RenderPage({.docs = "/shop/docs", .title = "Shop"});
  EXPECT_THAT(page, StartsWith("<!doctype html>\n"));
  EXPECT_THAT(page, HasSubstr("<title>Shop</title>"));
  EXPECT_THAT(page, HasSubstr("href=\"docs/page.css\""));
  EXPECT_THAT(page, HasSubstr("href=\"../openapi.json\""));
  EXPECT_THAT(page, Not(HasSubstr("://1")));
}

TEST(Page, ShowsTheTitleAsText) {
  const std::string page = RenderPage({.title = "<script>\"&'</script>"});
  EXPECT_THAT(page, HasSubstr("<title>&lt;script&gt;&quot;&amp;'&lt;/script&gt;</title>"));
  EXPECT_THAT(page, Not(HasSubstr("<script>\"")));
}

TEST(Page, HasNoScriptOfItsOwn) {
  const std::string page = RenderPage({});
  for (size_t at = page.find("<script"); at != std::string::npos; at = page.find("<script", at + 1)) {
    EXPECT_TRUE(page.substr(at).starts_with("<script src=\"docs/")) << page.substr(at, 60);
  }
}

TEST(Policy, LetsRequestsGoWhereTheApiIs) {
  EXPECT_THAT(ContentSecurityPolicy({}), testing::EndsWith("connect-src 'self'"));
  EXPECT_THAT(ContentSecurityPolicy({}), HasSubstr("default-src 'none'; script-src 'self'; "));
  EXPECT_THAT(ContentSecurityPolicy({.servers = {"/shop", "https://api.example/shop?a", "http://[::1]:8080"}}),
              testing::EndsWith("connect-src 'self' https://api.example http://[::1]:8080"));
  EXPECT_THAT(ContentSecurityPolicy({.servers = {"https://api.example;script-src"}}), testing::EndsWith("connect-src 'self'"));
}

TEST(Assets, AreTheFilesThatTheyWereMadeFrom) {
  std::ifstream in(DRAGOMAN_SOURCE_DIR "/src/docs/page/page.css", std::ios::binary);
  const std::string css(std::istreambuf_iterator<char>(in), {});
  ASSERT_FALSE(Assets().empty());
  EXPECT_EQ(Assets()[0].name, "page.css");
  EXPECT_EQ(PlainOf(Assets()[0]), css);
  EXPECT_EQ(PlainOf(Assets()[0]).data(), PlainOf(Assets()[0]).data());  // kept
  for (const Asset& asset : Assets()) {
    EXPECT_THAT(asset.gzip, StartsWith("\x1f\x8b")) << asset.name;
    EXPECT_GT(PlainOf(asset).size(), asset.gzip.size()) << asset.name;
    EXPECT_THAT(PlainOf(asset), Not(HasSubstr("sourceMappingURL="))) << asset.name;
  }
}

}  // namespace
}  // namespace dragoman::docs
