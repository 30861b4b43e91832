#include "exchange/accept.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman {
namespace {

struct Case {
  const char* name;
  std::string_view header;
  std::string_view asked;
  Quality expected;
};

constexpr Case kCodings[] = {
    {"no header: gzip", "", "gzip", 0},
    {"no header: identity", "", "identity", 1},
    {"listed", "gzip, br", "br", 1000},
    {"not listed", "gzip, br", "deflate", 0},
    {"not listed: identity", "gzip, br", "identity", 1},
    {"weight", "gzip;q=0.8, br;q=1", "gzip", 800},
    {"three digits", "br;q=0.125", "br", 125},
    {"one with zeros", "br;q=1.000", "br", 1000},
    {"a bare dot", "br;q=0.", "br", 0},
    {"without its 0", "br;q=.25", "br", 250},
    {"white space", " \tgzip\t ; \tq=0.5 , br", "gzip", 500},
    {"capitals", "GZip;Q=0.5", "gzip", 500},
    {"zero forbids", "gzip;q=0", "gzip", 0},
    {"star", "*", "br", 1000},
    {"star: identity", "*", "identity", 1000},
    {"star with a weight", "gzip, *;q=0.3", "br", 300},
    {"a name beats star", "gzip;q=0.2, *;q=0.9", "gzip", 200},
    {"star forbids identity", "gzip, *;q=0", "identity", 0},
    {"star forbids, identity allowed", "gzip, identity;q=0.4, *;q=0", "identity", 400},
    {"identity forbidden", "gzip, identity;q=0", "identity", 0},
    {"x-gzip is gzip", "x-gzip", "gzip", 1000},
    {"x-gzip is no prefix", "x-gzip", "br", 0},
    {"a name is not a part", "gzipped", "gzip", 0},
    {"over one", "gzip;q=1.5, br", "gzip", 0},
    {"over one in the third digit", "gzip;q=1.001", "gzip", 0},
    {"four digits", "gzip;q=0.1234", "gzip", 0},
    {"no number", "gzip;q=high", "gzip", 0},
    {"empty weight", "gzip;q=", "gzip", 0},
    {"only a dot", "gzip;q=.", "gzip", 0},
    {"minus", "gzip;q=-1", "gzip", 0},
    {"the highest of several", "gzip;q=0.1, gzip;q=0.9, gzip;q=0.5", "gzip", 900},
    {"a malformed one is not there", "gzip;q=2, gzip;q=0.5", "gzip", 500},
    {"empty elements", ",, ,gzip,", "gzip", 1000},
    {"a weight of nothing", ";q=0.5, gzip", "gzip", 1000},
    {"an open quote takes the rest", "br;a=\"x, gzip", "gzip", 0},
};

constexpr Case kMediaTypes[] = {
    {"no header", "", "application/json", 1000},
    {"only commas", " , ,", "application/json", 1000},
    {"only what is malformed", "json, text/html;q=7", "application/json", 1000},
    {"listed", "text/html, application/json", "application/json", 1000},
    {"not listed", "text/html", "application/json", 0},
    {"capitals", "Application/JSON", "application/json", 1000},
    {"subtype star", "application/*;q=0.5", "application/json", 500},
    {"subtype star of another type", "text/*", "application/json", 0},
    {"star", "*/*;q=0.1", "application/json", 100},
    {"a lone star, as Java's", "text/html, image/gif, *; q=.2, */*; q=.2", "application/json", 200},
    {"the most specific decides", "*/*, application/*;q=0.8, application/json;q=0.3", "application/json", 300},
    {"in any order", "application/json;q=0.3, application/*;q=0.8, */*", "application/json", 300},
    {"the type beats star", "*/*;q=0.9, application/*;q=0", "application/json", 0},
    {"refused", "application/json;q=0, */*", "application/json", 0},
    {"a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/event-stream", 800},
    {"EventSource", "text/event-stream", "text/event-stream", 1000},
    {"parameters do not matter", "application/json; charset=utf-8; q=0.4", "application/json", 400},
    {"a quoted comma", "text/html;a=\"x,application/json\", */*;q=0.2", "application/json", 200},
    {"a quoted quote", "text/html;a=\"\\\",application/json\", */*;q=0.2", "application/json", 200},
    {"a quoted semicolon", "application/json;a=\";q=0\";q=0.7", "application/json", 700},
    {"what follows q is not looked at", "application/json;q=0.7;q=0.1", "application/json", 700},
    {"suffixes are other types", "application/problem+json", "application/json", 0},
    {"star and a subtype is nothing", "*/json, text/html", "application/json", 0},
    {"no subtype", "application/, application/json", "application/json", 1000},
    {"two slashes", "application/json/x, text/html", "application/json", 0},
};

TEST(AcceptTest, Codings) {
  for (const Case& c : kCodings) EXPECT_EQ(QualityOfCoding(c.header, c.asked), c.expected) << c.name;
}

TEST(AcceptTest, MediaTypes) {
  for (const Case& c : kMediaTypes) EXPECT_EQ(QualityOfMediaType(c.header, c.asked), c.expected) << c.name;
}

// Cut off anywhere, a value is read without looking behind its end.
TEST(AcceptTest, EveryPrefixIsRead) {
  for (const Case& c : kMediaTypes) {
    for (size_t size = 0; size <= c.header.size(); ++size) {
      const std::string own(c.header.substr(0, size));
      for (const Quality quality : {QualityOfMediaType(own, c.asked), QualityOfCoding(own, c.asked)}) {
        EXPECT_GE(quality, 0) << own;
        EXPECT_LE(quality, 1000) << own;
      }
    }
  }
}

}  // namespace
}  // namespace dragoman
