#include "exchange/media_type.h"

#include <gtest/gtest.h>

namespace dragoman {
namespace {

TEST(ClassifyContentType, LooksAtTheEssenceOnly) {
  const struct {
    std::string_view text;
    MediaType expected;
  } kCases[] = {{"", MediaType::kNone},
                {" ; charset=utf-8", MediaType::kNone},
                {"application/json", MediaType::kJson},
                {"Application/JSON; charset=utf-8", MediaType::kJson},
                {"application/json ;x=1", MediaType::kJson},
                {"text/json", MediaType::kJson},
                {"application/vnd.shop+json", MediaType::kJson},
                {"application/x-ndjson", MediaType::kJson},
                {"Application/NDJSON", MediaType::kJson},
                {"application/jsonl", MediaType::kJson},
                {"application/x-www-form-urlencoded", MediaType::kForm},
                {"application/jsonx", MediaType::kOther},
                {"image/svg+json", MediaType::kOther},
                {"text/plain", MediaType::kOther},
                {"json", MediaType::kOther}};
  for (const auto& c : kCases) EXPECT_EQ(ClassifyContentType(c.text), c.expected) << c.text;
}

TEST(SyntaxOfBody, GoesByTheTypeAndTheFirstCharacter) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  constexpr TakenBodies kOne{};
  constexpr TakenBodies kForms{.forms = true};
  constexpr TakenBodies kStreams{.streams = true};
  constexpr TakenBodies kBoth{.forms = true, .streams = true};
  const struct {
    std::string_view type, cookie, body;
    TakenBodies taken;
    std::string_view expected;
  } kCases[] = {
      {"", "", "a", kForms, "JSON"},
      {"application/json", "a=b", "a", kForms, "JSON"},
      {"application/x-ndjson", "", "a", kOne, "JSON"},
      {kForm, "", "a=b", kForms, "form"},
      {kForm, "a=b", "a=b", kForms, "form"},
      {kForm, "", " \r\n\t{", kForms, "JSON"},
      {kForm, "", "[1]", kOne, "JSON"},
      {kForm, "", "  ", kForms, "form"},
      {kForm, "a=b", "{}", kForms,
       "expected a body of application/json or application/x-www-form-urlencoded, got "
       "application/x-www-form-urlencoded; JSON typed as a form is not read beside a cookie"},
      {kForm, "", "a=b", kOne, "expected a body of application/json, got application/x-www-form-urlencoded"},
      {"text/plain", "", "{}", kOne, "expected a body of application/json, got text/plain"},
      {"text/plain", "", "{}", kForms,
       "expected a body of application/json or application/x-www-form-urlencoded, got text/plain"},
      {"text/plain", "", "{}", kStreams, "expected a body of application/json or application/x-ndjson, got text/plain"},
      {"text/plain", "", "{}", kBoth,
       "expected a body of application/json, application/x-ndjson or application/x-www-form-urlencoded, got "
       "text/plain"},
  };
  for (const auto& c : kCases) {
    const Header headers[] = {{"content-type", c.type}, {"cookie", c.cookie}};
    RequestHead head;
    head.headers = headers;
    const auto syntax = SyntaxOfBody(head, c.body, c.taken);
    const bool is_form = syntax && *syntax == transcoding::BodySyntax::kForm;
    EXPECT_EQ(syntax ? is_form ? "form" : "JSON" : syntax.error().message(), c.expected) << c.type << " " << c.body;
    if (!syntax) {
      EXPECT_EQ(syntax.error().reason(), Reason::kUnsupportedMediaType);
    }
  }
}

}  // namespace
}  // namespace dragoman
