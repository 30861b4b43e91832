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
  const std::string_view refused = "expected a body of application/json, got application/x-www-form-urlencoded";
  const struct {
    std::string_view type, cookie, body;
    Forms forms;
    std::string_view expected;
  } kCases[] = {
      {"", "", "a", Forms::kTaken, "JSON"},
      {"application/json", "a=b", "a", Forms::kTaken, "JSON"},
      {"application/x-ndjson", "", "a", Forms::kNotTaken, "JSON"},
      {kForm, "", "a=b", Forms::kTaken, "form"},
      {kForm, "a=b", "a=b", Forms::kTaken, "form"},
      {kForm, "", "a=b", Forms::kNotTaken, refused},
      {kForm, "", " \r\n\t{", Forms::kTaken, "JSON"},
      {kForm, "", "[1]", Forms::kNotTaken, "JSON"},
      {kForm, "a=b", "{}", Forms::kTaken,
       "expected a body of application/json, got application/x-www-form-urlencoded; JSON typed as a form is not read "
       "beside a cookie"},
      {kForm, "", "  ", Forms::kTaken, "form"},
      {"text/plain", "", "{}", Forms::kTaken, "expected a body of application/json, got text/plain"},
  };
  for (const auto& c : kCases) {
    const Header headers[] = {{"content-type", c.type}, {"cookie", c.cookie}};
    RequestHead head;
    head.headers = headers;
    const auto syntax = SyntaxOfBody(head, c.body, c.forms);
    const bool is_form = syntax && *syntax == transcoding::BodySyntax::kForm;
    EXPECT_EQ(syntax ? is_form ? "form" : "JSON" : syntax.error().message(), c.expected) << c.type << " " << c.body;
    if (!syntax) {
      EXPECT_EQ(syntax.error().reason(), Reason::kUnsupportedMediaType);
    }
  }
}

}  // namespace
}  // namespace dragoman
