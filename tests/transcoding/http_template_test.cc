#include "transcoding/http_template.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace dragoman::transcoding {
namespace {

// "v1 shelves * : name=1..3" : segments, verb, variables (with `+` where several segments are joined).
std::string Describe(const HttpTemplate& path) {
  std::string text;
  for (const HttpTemplate::Segment& segment : path.segments) {
    if (!text.empty()) text += ' ';
    switch (segment.kind) {
      case HttpTemplate::SegmentKind::kLiteral:
        text += segment.literal;
        break;
      case HttpTemplate::SegmentKind::kStar:
        text += '*';
        break;
      case HttpTemplate::SegmentKind::kDoubleStar:
        text += "**";
        break;
    }
  }
  if (!path.verb.empty()) text += " :" + path.verb;
  for (const HttpTemplate::Variable& variable : path.variables) {
    text += " {";
    for (size_t i = 0; i < variable.field_path.size(); ++i) text += (i ? "." : "") + variable.field_path[i];
    text += "=" + std::to_string(variable.begin) + ".." + std::to_string(variable.end);
    text += variable.multi_segment ? "+}" : "}";
  }
  return text;
}

TEST(HttpTemplate, ParsesEveryForm) {
  struct Case {
    std::string_view text, parsed;
  };
  const Case cases[] = {
      {"/", ""},
      {"/v1/items", "v1 items"},
      {"/:verb", " :verb"},
      {"/v1/items:search", "v1 items :search"},
      {"/v1/*/x/**", "v1 * x **"},
      {"/v1/{id}", "v1 * {id=1..2}"},
      {"/v1/{id=*}", "v1 * {id=1..2}"},
      {"/v1/{id=**}", "v1 ** {id=1..2+}"},
      {"/v1/{id=items}", "v1 items {id=1..2+}"},
      {"/v1/{name=shelves/*/books/*}:publish", "v1 shelves * books * :publish {name=1..5+}"},
      {"/v1/{a.b_c.D9=x/*}/y/{_e}", "v1 x * y * {a.b_c.D9=1..3+} {_e=4..5}"},
      {"/{x=a/**}/b/c:d", "a ** b c :d {x=0..2+}"},
      {"/**/a/b", "** a b"},
      {"/{x=**/a}/b", "** a b {x=0..2+}"},
      {"/shop.v1.Catalog/GetItem", "shop.v1.Catalog GetItem"},
      {"/a-._~!$&'()+,;=@b", "a-._~!$&'()+,;=@b"},
      {"/a%2Fb/%7bx%7D", "a/b {x}"},
      {"/%C3%A4/ä", "ä ä"},
      {"/{x=a=b}", "a=b {x=0..1+}"},
      {"/a:%76erb", "a :verb"},
      {"/*:v", "* :v"},
      {"/{x}:v", "* :v {x=0..1}"},
  };
  for (const Case& c : cases) {
    const auto parsed = HttpTemplate::Parse(c.text);
    ASSERT_TRUE(parsed.has_value()) << c.text << ": " << parsed.error();
    EXPECT_EQ(Describe(*parsed), c.parsed) << c.text;
    EXPECT_EQ(parsed->text, c.text);
  }
}

TEST(HttpTemplate, RefusesWithTheColumn) {
  struct Case {
    std::string_view text, error;
  };
  const Case cases[] = {
      {"", "column 1: expected '/', got the end"},
      {"v1/items", "column 1: expected '/', got 'v'"},
      {"{x}", "column 1: expected '/', got '{'"},
      {"//", "column 2: expected a segment, got '/'"},
      {"//a", "column 2: expected a segment, got '/'"},
      {"/a//b", "column 4: expected a segment, got '/'"},
      {"/a/", "column 4: expected a segment, got the end"},
      {"/a/:b", "column 4: expected a segment, got ':'"},
      {"/a/**/", "column 7: expected a literal behind '**', got the end"},
      {"/**/*", "column 5: expected a literal behind '**', got '*'"},
      {"/**/**", "column 5: expected a literal behind '**', got '*'"},
      {"/**/a/{x}", "column 7: expected a literal behind '**', got '{'"},
      {"/{x=**}/*", "column 9: expected a literal behind '**', got '*'"},
      {"/{x=**/*}", "column 8: expected a literal behind '**', got '*'"},
      {"/***", "column 4: expected '/', ':' or the end, got '*'"},
      {"/*a", "column 3: expected '/', ':' or the end, got 'a'"},
      {"/a*", "column 3: expected '/', ':' or the end, got '*'"},
      {"/a{x}", "column 3: expected '/', ':' or the end, got '{'"},
      {"/{x}a", "column 5: expected '/', ':' or the end, got 'a'"},
      {"/a}", "column 3: expected '/', ':' or the end, got '}'"},
      {"/}", "column 2: expected a segment, got '}'"},
      {"/a?b", "column 3: expected '/', ':' or the end, got '?'"},
      {"/a#b", "column 3: expected '/', ':' or the end, got '#'"},
      {"/a b", "column 3: expected '/', ':' or the end, got ' '"},
      {"/<id>", "column 2: expected a segment, got '<'"},
      {"/a\tb", "column 3: expected '/', ':' or the end, got byte 0x09"},
      {"/{", "column 3: expected a field name, got the end"},
      {"/{}", "column 3: expected a field name, got '}'"},
      {"/{=a}", "column 3: expected a field name, got '='"},
      {"/{1a}", "column 3: expected a field name, got '1'"},
      {"/{ä}", "column 3: expected a field name, got byte 0xC3"},
      {"/{a.}", "column 5: expected a field name, got '}'"},
      {"/{a..b}", "column 5: expected a field name, got '.'"},
      {"/{a", "column 4: expected '.', '=' or '}', got the end"},
      {"/{a-b}", "column 4: expected '.', '=' or '}', got '-'"},
      {"/{a/b}", "column 4: expected '.', '=' or '}', got '/'"},
      {"/{a=}", "column 5: expected a segment, got '}'"},
      {"/{a=", "column 5: expected a segment, got the end"},
      {"/{a=/b}", "column 5: expected a segment, got '/'"},
      {"/{a=b/}", "column 7: expected a segment, got '}'"},
      {"/{a=b", "column 6: expected '/' or '}', got the end"},
      {"/{a=b:c}", "column 6: expected '/' or '}', got ':'"},
      {"/{a={b}}", "column 5: expected a literal, '*' or '**', got '{'"},
      {"/{a=x/{b}}", "column 7: expected a literal, '*' or '**', got '{'"},
      {"/a:", "column 4: expected a verb, got the end"},
      {"/:", "column 3: expected a verb, got the end"},
      {"/a:*", "column 4: expected a verb, got '*'"},
      {"/a:{v}", "column 4: expected a verb, got '{'"},
      {"/a:b/c", "column 5: expected the end, got '/'"},
      {"/a:b:c", "column 5: expected the end, got ':'"},
      {"/a:b*", "column 5: expected the end, got '*'"},
      {"/a%", "column 3: expected two hex digits after '%'"},
      {"/a%4", "column 3: expected two hex digits after '%'"},
      {"/a%4g", "column 3: expected two hex digits after '%'"},
      {"/a%41%zz", "column 6: expected two hex digits after '%'"},
      {"/a:b%2", "column 5: expected two hex digits after '%'"},
      {"/größe/{x", "column 10: expected '.', '=' or '}', got the end"},
  };
  for (const Case& c : cases) {
    const auto parsed = HttpTemplate::Parse(c.text);
    ASSERT_FALSE(parsed.has_value()) << c.text << ": " << Describe(*parsed);
    EXPECT_EQ(parsed.error(), c.error) << c.text;
  }
}

TEST(HttpTemplate, IsBounded) {
  const std::string longest = "/" + std::string(HttpTemplate::kMaxBytes - 1, 'a');
  EXPECT_TRUE(HttpTemplate::Parse(longest).has_value());
  const auto parsed = HttpTemplate::Parse(longest + "a");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error(), "expected at most 4096 bytes, got 4097");
}

}  // namespace
}  // namespace dragoman::transcoding
