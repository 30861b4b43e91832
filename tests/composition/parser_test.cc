#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "composition/expression.h"
#include "composition/syntax.h"

namespace dragoman::composition {
namespace {

// The tree in brackets: "(+ user {id: (. each id)})".
std::string Shown(const Syntax& syntax) {
  using enum Syntax::Kind;
  const auto operands = [&syntax](std::string_view name) {
    std::string text = "(" + std::string(name);
    for (const auto& operand : syntax.operands) text += " " + Shown(*operand);
    return text + ")";
  };
  switch (syntax.kind) {
    case kInteger:
    case kNumber:
    case kName:
      return syntax.text;
    case kString:
      return "'" + syntax.text + "'";
    case kTrue:
      return "true";
    case kFalse:
      return "false";
    case kNull:
      return "null";
    case kField:
      return Shown(*syntax.operands[0]) + "." + syntax.text;
    case kOpen:
      return Shown(*syntax.operands[0]) + "[]";
    case kAt:
      return Shown(*syntax.operands[0]) + "[" + syntax.text + "]";
    case kKey:
      return Shown(*syntax.operands[0]) + "['" + syntax.text + "']";
    case kCall:
      return operands(syntax.text);
    case kList:
      return operands("list");
    case kObject: {
      std::string text;
      for (size_t i = 0; i < syntax.names.size(); ++i) {
        text += (i == 0 ? "" : ", ") + syntax.names[i] + ": " + Shown(*syntax.operands[i]);
      }
      return "{" + text + "}";
    }
    case kWithout: {
      std::string text = "(- " + Shown(*syntax.operands[0]);
      for (const std::string& name : syntax.names) text += " " + name;
      return text + ")";
    }
    case kJoin:
      return operands("+");
    case kEqual:
      return operands("==");
    case kNotEqual:
      return operands("!=");
    case kLess:
      return operands("<");
    case kLessOrEqual:
      return operands("<=");
    case kGreater:
      return operands(">");
    case kGreaterOrEqual:
      return operands(">=");
    case kIn:
      return operands("in");
    case kNot:
      return operands("not");
    case kAnd:
      return operands("and");
    case kOr:
      return operands("or");
    case kDefault:
      return operands("??");
    case kCondition:
      return operands("?");
    case kEach:
      return operands("=>");
  }
  return "";
}

// The parts between bars; of what does not parse "column: what", columns from 1.
std::string Parsed(std::string_view text) {
  const auto parsed = ParseText(text);
  if (!parsed) return std::to_string(parsed.error().offset + 1) + ": " + parsed.error().what;
  std::string shown;
  for (const TextSyntax::Part& part : parsed->parts) {
    shown += (shown.empty() ? "" : "|") +
             (part.expression == nullptr ? "\"" + part.characters + "\"" : Shown(*part.expression));
  }
  return shown;
}

struct Case {
  std::string_view text;
  std::string_view parsed;
};

TEST(ParserTest, ParsesTexts) {
  constexpr Case kCases[] = {
      {"", ""},
      {"plain", "\"plain\""},
      {"{a}", "a"},
      {"{ a }", "a"},
      {"{{a}}", "\"{a}\""},
      {"{{{a}}}", "\"{\"|a|\"}\""},
      {"x{a}y{b}", "\"x\"|a|\"y\"|b"},
      {"{a}{b}", "a|b"},
      {"{ {a: b} }", "{a: b}"},
      {"{'}'}", "'}'"},
      {"{'a\\'b\\\\\\n'}", "'a'b\\\n'"},
      {"{\"it's\"}", "'it's'"},
      {"{-5}", "-5"},
      {"{1.5e-3}", "1.5e-3"},
      {"{true}{false}{null}", "true|false|null"},
      {"{trueish}", "trueish"},
      {"{a.b.in}", "a.b.in"},
      {"{a.orders[].lines[0].x}", "a.orders[].lines[0].x"},
      {"{headers[\"x-tenant\"]}", "headers['x-tenant']"},
      {"{a[ 'k' ]['l'] [ 1 ]}", "a['k']['l'][1]"},
      {"{size(a)}{f()}{g(a, 1)}", "(size a)|(f)|(g a 1)"},
      {"{[]}{[a, [b]]}", "(list)|(list a (list b))"},
      {"{a == b}", "(== a b)"},
      {"{a<=b and c>=d or not e<f}", "(or (and (<= a b) (>= c d)) (not (< e f)))"},
      {"{a or b or c}", "(or a b c)"},
      {"{not not a}", "(not (not a))"},
      {"{a in [B, C]}", "(in a (list B C))"},
      {"{order == notes}", "(== order notes)"},
      {"{a ?? b ?? c}", "(?? a (?? b c))"},
      {"{a or b ?? c}", "(?? (or a b) c)"},
      {"{a ? b : c ? d : e}", "(? a b (? c d e))"},
      {"{a ?? b ? c : d}", "(? (?? a b) c d)"},
      {"{(a ?? b).c}", "(?? a b).c"},
      {"{orders.orders[] + {items: items}}", "(+ orders.orders[] {items: items})"},
      {"{a + b + {c: d}}", "(+ a b {c: d})"},
      {"{a - {b, c} + {d: e}}", "(+ (- a b c) {d: e})"},
      {"{a[] => {id: each.id}}", "(=> a[] {id: each.id})"},
      {"{a[] => each.b[] => each.c}", "(=> a[] (=> each.b[] each.c))"},
      {"{a[] => x ? {b: c} : {}}", "(=> a[] (? x {b: c} {}))"},
      {"{{a: {b}}}", "\"{a: \"|b|\"}\""},
  };
  for (const Case& each : kCases) EXPECT_EQ(Parsed(each.text), each.parsed) << each.text;
}

TEST(ParserTest, SaysWhatIsExpectedAndWhere) {
  constexpr Case kCases[] = {
      {"{a", "3: expected '}', got the end of the text"},
      {"{", "2: expected an expression, got the end of the text"},
      {"{}", "2: expected an expression, got '}'"},
      {"a}", "2: a '}' without a '{'; write '}}' for the character"},
      {"{a}}", "4: a '}' without a '{'; write '}}' for the character"},
      {"{a b}", "4: expected '}', got 'b'"},
      {"{a.}", "4: expected a name, got '}'"},
      {"{a.1}", "4: expected a name, got '1'"},
      {"{a[}", "4: expected ']', an index or a key in quotes, got '}'"},
      {"{a[x]}", "4: expected ']', an index or a key in quotes, got 'x'"},
      {"{a[1}", "5: expected ']', got '}'"},
      {"{a['x'}", "7: expected ']', got '}'"},
      {"{'a}", "2: a string without its closing '"},
      {"{'a\\x'}", "4: expected one of \\\\ \\\" \\' \\n \\t"},
      {"{f(a}", "5: expected ',' or ')', got '}'"},
      {"{f(a,)}", "6: expected an expression, got ')'"},
      {"{(a}", "4: expected ')', got '}'"},
      {"{[a}", "4: expected ',' or ']', got '}'"},
      {"{ {a} }", "5: expected ':', got '}'"},
      {"{ {a: b }", "10: expected '}', got the end of the text"},
      {"{ {a: b c} }", "9: expected ',' or '}', got 'c'"},
      {"{ {'a': b} }", "4: expected a name, got a quote"},
      {"{a ==}", "6: expected an expression, got '}'"},
      {"{a == b == c}", "9: expected '}', got '='"},
      {"{a ? b}", "7: expected ':', got '}'"},
      {"{a ??}", "6: expected an expression, got '}'"},
      {"{a and or}", "8: expected an expression, got 'o'"},
      {"{a - b}", "6: expected '{' and the names of fields to leave out, got 'b'"},
      {"{a - {}}", "7: expected a name, got '}'"},
      {"{1x}", "3: expected the end of the number, got 'x'"},
      {"{1e}", "4: expected the digits of an exponent, got '}'"},
      {"{a = b}", "4: expected '}', got '='"},
      {"{a\xC3\xA4}", "3: expected '}', got byte 0xC3"},
  };
  for (const Case& each : kCases) EXPECT_EQ(Parsed(each.text), each.parsed) << each.text;
}

TEST(ParserTest, BoundsDepthAndSize) {
  const auto repeated = [](std::string_view part, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += part;
    return text;
  };
  const auto ends_with_depth = [](const std::string& text) {
    return Parsed(text).ends_with(": nested more than 32 levels deep");
  };
  EXPECT_EQ(Parsed("{" + repeated("(", 31) + "a" + repeated(")", 31) + "}"), "a");
  EXPECT_TRUE(ends_with_depth("{" + repeated("(", 32) + "a" + repeated(")", 32) + "}"));
  EXPECT_FALSE(ends_with_depth("{a" + repeated(".b", 31) + "}"));
  EXPECT_TRUE(ends_with_depth("{a" + repeated(".b", 32) + "}"));
  EXPECT_TRUE(ends_with_depth("{" + repeated("[", 4000)));
  EXPECT_TRUE(ends_with_depth("{" + repeated("f(", 2000)));
  EXPECT_TRUE(ends_with_depth("{" + repeated("not ", 1000) + "a}"));
  EXPECT_TRUE(ends_with_depth("{" + repeated("a ?? ", 800) + "a}"));
  EXPECT_TRUE(ends_with_depth("{" + repeated("a ? a : ", 500) + "a}"));
  EXPECT_TRUE(ends_with_depth("{" + repeated("a[] => ", 500) + "a}"));
  EXPECT_TRUE(ends_with_depth("{a" + repeated(" - {b}", 600) + "}"));
  EXPECT_TRUE(ends_with_depth("{ " + repeated("{a: ", 1000)));
  // Chains are as wide as they like.
  EXPECT_EQ(Parsed("{" + repeated("a and ", 600) + "a}").size(), std::string_view("(and a)").size() + 2 * 600);
  EXPECT_EQ(Parsed("{" + repeated("a + ", 600) + "a}").size(), std::string_view("(+ a)").size() + 2 * 600);
  EXPECT_EQ(Parsed(repeated("x", 4096)).size(), 4098u);
  EXPECT_EQ(Parsed(repeated("x", 4097)), "1: expected at most 4096 bytes, got 4097");
}

}  // namespace
}  // namespace dragoman::composition
