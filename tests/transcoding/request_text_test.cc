#include "transcoding/request_text.h"

#include <gtest/gtest.h>

namespace dragoman::transcoding {
namespace {

// "limit=5 name=a b", and what is wrong behind it.
std::string Read(std::string_view query, const std::vector<std::string>& ignored = {}) {
  QueryReader reader(query, ignored);
  std::string text;
  while (reader.Next()) text.append(text.empty() ? "" : "; ").append(reader.key()).append("=").append(reader.value());
  if (!reader.status().ok()) text.append(text.empty() ? "! " : "; ! ").append(reader.status().message());
  return text;
}

TEST(QueryReader, GoesThroughParameters) {
  struct Case {
    std::string_view query;
    std::string_view read;
  };
  const Case cases[] = {
      {"", ""},
      {"limit=5&name=a%20b+c", "limit=5; name=a b c"},
      {"&&a&&b=&", "a=; b="},
      {"a=b=c", "a=b=c"},
      {"%61=1", "a=1"},
      {"a=1&b=%zz", "a=1; ! query parameter \"b\": column 1: expected two hex digits after '%'"},
      {"a%=1", "! query parameter \"a%\": column 2: expected two hex digits after '%'"},
  };
  for (const Case& one : cases) EXPECT_EQ(Read(one.query), one.read);
}

TEST(QueryReader, PassesOverWhatIsIgnored) {
  EXPECT_EQ(Read("utm_x=1&a=2&_=3&utm_=%zz", {"utm_*", "_"}), "a=2");
  EXPECT_EQ(Read("abcbd=1&abd=2&acd=3", {"a*b*d"}), "acd=3");
}

TEST(QueryReader, CallsThingsByTheirNoun) {
  QueryReader reader("%zz=1", {}, "form field ");
  EXPECT_FALSE(reader.Next());
  EXPECT_EQ(reader.status().message(), "form field \"%zz\": column 1: expected two hex digits after '%'");
}

TEST(ExpectNoBody, AdmitsWhatSaysNothing) {
  for (const std::string_view body : {"", " ", "{}", " { \r\n\t} "}) EXPECT_TRUE(ExpectNoBody(body).ok()) << body;
  for (const std::string_view body : {"{", "{}{}", "null", "{\"a\":1}"}) {
    EXPECT_EQ(ExpectNoBody(body).reason(), Reason::kInvalidRequest) << body;
  }
}

}  // namespace
}  // namespace dragoman::transcoding
