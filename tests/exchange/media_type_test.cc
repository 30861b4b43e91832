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
                {"application/x-www-form-urlencoded", MediaType::kForm},
                {"application/jsonx", MediaType::kOther},
                {"image/svg+json", MediaType::kOther},
                {"text/plain", MediaType::kOther},
                {"json", MediaType::kOther}};
  for (const auto& c : kCases) EXPECT_EQ(ClassifyContentType(c.text), c.expected) << c.text;
}

}  // namespace
}  // namespace dragoman
