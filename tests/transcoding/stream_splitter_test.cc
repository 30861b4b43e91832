#include "transcoding/stream_splitter.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "codec_fixture.h"

namespace dragoman::transcoding {
namespace {

using namespace std::literals;

constexpr uint64_t kMaxElementBytes = 40;
constexpr int kMaxDepth = 3;

// What is made of a body: its elements, each with the place where it began, then "." or the refusal.
std::string Split(const std::vector<std::string_view>& pieces, uint64_t max_bytes = kMaxElementBytes,
                  int max_depth = kMaxDepth) {
  StreamSplitter splitter(max_bytes, max_depth);
  Buffer element("of before");
  std::string transcript;
  uint64_t count = 0;
  const auto take_all = [&](auto&& next) {
    while (true) {
      const Result<bool> more = next();
      if (!more) {
        EXPECT_EQ(more.error().code(), FactsOf(more.error().reason()).code);
        transcript += std::string(FactsOf(more.error().reason()).name) + " " + std::string(more.error().message());
        const Result<bool> again = next();
        EXPECT_FALSE(again) << "it goes on behind an error";
        if (!again) {
          EXPECT_EQ(again.error().message(), more.error().message());
        }
        return false;
      }
      if (!*more) return true;
      EXPECT_TRUE(splitter.between_elements());
      EXPECT_EQ(splitter.elements(), ++count);
      const TextPlace place = splitter.element_began();
      transcript +=
          std::to_string(place.line) + ":" + std::to_string(place.column) + " " + std::string(element.view()) + " | ";
    }
  };
  for (const std::string_view piece : pieces) {
    const std::string own(piece);  // its end is the end of its storage
    splitter.Push(own);
    if (!take_all([&] { return splitter.Next(element); })) return transcript;
  }
  if (take_all([&] { return splitter.Finish(element); })) transcript += ".";
  return transcript;
}

struct Case {
  const char* name;
  std::string_view body;
  std::string_view expected;
};

constexpr Case kCases[] = {
    // Values one behind the other.
    {"nothing", "", "."},
    {"white space", " \t\r\n\n", "."},
    {"one object", R"({"a":1})", R"(1:1 {"a":1} | .)"},
    {"lines", "{\"a\":1}\n{\"a\":2}\n", R"(1:1 {"a":1} | 2:1 {"a":2} | .)"},
    {"lines that end in CR LF", "{}\r\n{}\r\n", "1:1 {} | 2:1 {} | ."},
    {"empty lines, and space around", "\n\n  {}\n \n\t{} \n", "3:3 {} | 5:2 {} | ."},
    {"several in a line", "{} {}\t{}", "1:1 {} | 1:4 {} | 1:7 {} | ."},
    {"one over several lines", "{\n \"a\":\n 1\n}\n{}", "1:1 {\n \"a\":\n 1\n} | 5:1 {} | ."},
    {"scalars", "1\n\"a b\"\ntrue null\n-1.5e3", "1:1 1 | 2:1 \"a b\" | 3:1 true | 3:6 null | 4:1 -1.5e3 | ."},
    {"a number before the end", "12", "1:1 12 | ."},
    {"a later array is a value", "{} [1,2]\n[]", "1:1 {} | 1:4 [1,2] | 2:1 [] | ."},
    {"brackets in strings", R"({"a":"}]{["} "]")", R"(1:1 {"a":"}]{["} | 1:14 "]" | .)"},
    {"escapes", R"({"\"}\\":"\\"} "\"" "\\")", R"(1:1 {"\"}\\":"\\"} | 1:16 "\"" | 1:21 "\\" | .)"},
    {"UTF-8: columns are bytes", "\"é\" {}", "1:1 \"é\" | 1:6 {} | ."},
    {"what is no JSON within is the codec's", "{a:,} nul {\"a\" \"b\"}",
     "1:1 {a:,} | 1:7 nul | 1:11 {\"a\" \"b\"} | ."},
    {"a byte order mark is the codec's", "\xEF\xBB\xBF 1", "1:1 \xEF\xBB\xBF | 1:5 1 | ."},
    {"a NUL is the codec's", "a\0b"sv, "1:1 a\0b | ."sv},
    {"objects without a gap", "{}{}",
     "1:1 {} | INVALID_JSON line 1, column 3: expected white space between two values, got '{'"},
    {"a scalar and an object without a gap", "1{}",
     "1:1 1 | INVALID_JSON line 1, column 2: expected white space between two values, got '{'"},
    {"strings without a gap", R"("a""b")",
     R"(1:1 "a" | INVALID_JSON line 1, column 4: expected white space between two values, got '"')"},
    {"commas", "{},\n{}", "1:1 {} | INVALID_JSON line 1, column 3: expected white space between two values, got ','"},
    {"a comma behind a space", "{} ,{}", "1:1 {} | INVALID_JSON line 1, column 4: expected a value, got ','"},
    {"a colon", ":", "INVALID_JSON line 1, column 1: expected a value, got ':'"},
    {"a closing brace", "\n }", "INVALID_JSON line 2, column 2: expected a value, got '}'"},
    {"a closing bracket", "{}\n]", "1:1 {} | INVALID_JSON line 2, column 1: expected a value, got ']'"},
    {"an end in an object", "{}\n{\"a\":\n 1",
     "1:1 {} | INVALID_JSON line 3, column 3: the text ends inside an object"},
    {"an end in a list", "{\"a\":[1", "INVALID_JSON line 1, column 8: the text ends inside an array"},
    {"an end in a string", "{\"a\":\"", "INVALID_JSON line 1, column 7: the text ends inside a string"},
    {"an end in an escape", "\"\\", "INVALID_JSON line 1, column 3: the text ends inside a string"},
    {"brackets that cross", "{\"a\":[1}\n{}", "INVALID_JSON line 1, column 8: expected ']', got '}'"},
    {"braces that cross", "{]", "INVALID_JSON line 1, column 2: expected '}', got ']'"},
    {"a string over a line's end", "{\"a\":\"x}\n{}\n",
     "INVALID_JSON line 1, column 9: a control character inside a string must be escaped, got byte 0x0A"},
    {"an escaped line's end", "\"\\\n\"",
     "INVALID_JSON line 1, column 3: a control character inside a string must be escaped, got byte 0x0A"},

    // One array.
    {"an array", "[1,2]", "1:2 1 | 1:4 2 | ."},
    {"an empty array", "[]", "."},
    {"an empty array with space", "\n[ \n]\n ", "."},
    {"an array of objects", "[{\"a\":[1]},\n {\"b\":{}}]\n", "1:2 {\"a\":[1]} | 2:2 {\"b\":{}} | ."},
    {"an array with space", " [ 1 , \"a\"\n,\n[2] ] ", "1:4 1 | 1:8 \"a\" | 3:1 [2] | ."},
    {"an array of arrays", "[[],[[]]]", "1:2 [] | 1:5 [[]] | ."},
    {"a trailing comma", "[1,]", "1:2 1 | INVALID_JSON line 1, column 4: expected a value, got ']'"},
    {"a leading comma", "[,1]", "INVALID_JSON line 1, column 2: expected a value, got ','"},
    {"two commas", "[1,,2]", "1:2 1 | INVALID_JSON line 1, column 4: expected a value, got ','"},
    {"no comma", "[{} {}]", "1:2 {} | INVALID_JSON line 1, column 5: expected ',' or ']', got '{'"},
    {"no comma between numbers", "[1 2]", "1:2 1 | INVALID_JSON line 1, column 4: expected ',' or ']', got '2'"},
    {"no comma and no space", "[{}{}]", "1:2 {} | INVALID_JSON line 1, column 4: expected ',' or ']', got '{'"},
    {"a colon behind an element", "[1:2]", "1:2 1 | INVALID_JSON line 1, column 3: expected ',' or ']', got ':'"},
    {"a brace that closes the array", "[1}", "1:2 1 | INVALID_JSON line 1, column 3: expected ',' or ']', got '}'"},
    {"text behind it", "[1]\n[2]", "1:2 1 | INVALID_JSON line 2, column 1: expected nothing behind the array, got '['"},
    {"a bracket behind it", "[]]", "INVALID_JSON line 1, column 3: expected nothing behind the array, got ']'"},
    {"an end behind the bracket", "[",
     "INVALID_JSON line 1, column 2: expected a value or ']', got the end of the text"},
    {"an end behind an element", "[{}",
     "1:2 {} | INVALID_JSON line 1, column 4: expected ',' or ']', got the end of the text"},
    {"an end behind a number", "[12", "INVALID_JSON line 1, column 4: expected ',' or ']', got the end of the text"},
    {"an end behind a comma", "[1,\n",
     "1:2 1 | INVALID_JSON line 2, column 1: expected a value, got the end of the text"},
    {"an end within an element", "[{", "INVALID_JSON line 1, column 3: the text ends inside an object"},

    // Bounds: 40 bytes, 3 brackets.
    {"as large as may be", "\"4567890123456789012345678901234567890a\" 1",
     "1:1 \"4567890123456789012345678901234567890a\" | 1:42 1 | ."},
    {"too large", "1 \"4567890123456789012345678901234567890ab\"",
     "1:1 1 | BODY_TOO_LARGE line 1, column 3: the value is larger than 40 bytes"},
    {"too large by far", "[{\"a\":\"3456789012345678901234567890123456789012345678901234567890\"}]",
     "BODY_TOO_LARGE line 1, column 2: the value is larger than 40 bytes"},
    {"a number as large as may be", "1234567890123456789012345678901234567890\n2",
     "1:1 1234567890123456789012345678901234567890 | 2:1 2 | ."},
    {"a number too large", "12345678901234567890123456789012345678901\n",
     "BODY_TOO_LARGE line 1, column 1: the value is larger than 40 bytes"},
    {"too large, and wrong behind it", "{\"34567890123456789012345678901234567890\":]",
     "BODY_TOO_LARGE line 1, column 1: the value is larger than 40 bytes"},
    {"as much white space as may be", "1                                        2", "1:1 1 | 1:42 2 | ."},
    {"too much white space", "1                                         2",
     "1:1 1 | BODY_TOO_LARGE line 1, column 42: more than 40 bytes of white space between two values"},
    {"as deep as may be", "[[{\"a\":[]}]]", "1:2 [{\"a\":[]}] | ."},
    {"too deep", "{} [{\"a\":[[]]}]", "1:1 {} | INVALID_JSON line 1, column 11: nested more than 3 levels deep"},
};

void PrintTo(const Case& tested, std::ostream* out) { *out << tested.name; }

class StreamSplitterTest : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Cases, StreamSplitterTest, ::testing::ValuesIn(kCases), [](const auto& tested) {
  std::string name = tested.param.name;
  std::erase_if(name, [](char c) { return c == ',' || c == ':' || c == '\''; });
  std::ranges::replace_if(
      name, [](char c) { return c == ' ' || c == '-'; }, '_');
  return name;
});

TEST_P(StreamSplitterTest, SaysTheSameHoweverTheBodyIsCut) {
  const auto [name, body, expected] = GetParam();
  EXPECT_EQ(Split({body}), expected);
  for (size_t cut = 0; cut <= body.size(); ++cut) {
    EXPECT_EQ(Split({body.substr(0, cut), body.substr(cut)}), expected) << "cut at " << cut;
  }
  std::vector<std::string_view> bytes;
  for (size_t i = 0; i < body.size(); ++i) bytes.push_back(body.substr(i, 1));
  EXPECT_EQ(Split(bytes), expected);
}

TEST(StreamSplitterPlacesTest, AnElementIsHandedOverBeforeAnythingFollowsIt) {
  StreamSplitter splitter(1000, 10);
  Buffer element;
  EXPECT_TRUE(splitter.between_elements());
  splitter.Push("{\"a\":");
  EXPECT_FALSE(*splitter.Next(element));
  EXPECT_FALSE(splitter.between_elements());
  splitter.Push("1}");
  EXPECT_TRUE(*splitter.Next(element));
  EXPECT_EQ(element.view(), "{\"a\":1}");
  EXPECT_TRUE(splitter.between_elements());
  EXPECT_FALSE(*splitter.Next(element));
  splitter.Push("\n12");
  EXPECT_FALSE(*splitter.Next(element));
  EXPECT_FALSE(splitter.between_elements()) << "more digits may come";
}

TEST(StreamSplitterPlacesTest, SkipsLongStringsAndFindsTheirEnds) {
  for (size_t size = 0; size < 70; ++size) {
    for (size_t lead = 0; lead < 17; ++lead) {
      const std::string first = "{\"" + std::string(size, 'x') + "\":[" + std::string(lead, ' ') + "1]}";
      const std::string body = std::string(lead, '\n') + first + "\n" + std::string(size, ' ') + "2";
      EXPECT_EQ(Split({body}, 1000), std::to_string(lead + 1) + ":1 " + first + " | " + std::to_string(lead + 2) + ":" +
                                         std::to_string(size + 1) + " 2 | .");
    }
  }
}

class StreamSplitterAgreementTest : public CodecTest {
 protected:
  // The splitter and the codec: each element as wire bytes of a google.protobuf.Value; nothing if either refuses.
  std::optional<std::vector<std::string>> Read(std::string_view body, std::mt19937& random) {
    StreamSplitter splitter(1 << 20, 100);
    std::vector<std::string> values;
    Buffer element;
    bool refused = false;
    const auto take_all = [&](auto&& next) {
      for (Result<bool> more = next(); !more || *more; more = next()) {
        Buffer wire;
        refused = !more || !codec_.ReadMessage(value_, element, {}, wire).ok();
        if (refused) return;
        values.emplace_back(wire.view());
      }
    };
    while (!body.empty() && !refused) {
      const std::string piece(body.substr(0, 1 + random() % body.size()));
      body.remove_prefix(piece.size());
      splitter.Push(piece);
      take_all([&] { return splitter.Next(element); });
    }
    if (!refused) take_all([&] { return splitter.Finish(element); });
    if (refused) return std::nullopt;
    return values;
  }

  // The same by RapidJSON over the whole body, which must be padded.
  std::optional<std::vector<std::string>> ReadWhole(const std::string& body) {
    std::vector<std::string> values;
    Buffer padded(body);
    rapidjson::StringStream stream(padded.CString());
    const auto add = [&](const rapidjson::Value& value) {
      rapidjson::StringBuffer text;
      rapidjson::Writer<rapidjson::StringBuffer> writer(text);
      value.Accept(writer);
      Buffer json(std::string_view(text.GetString(), text.GetSize()));
      Buffer wire;
      if (!codec_.ReadMessage(value_, json, {}, wire).ok()) return false;
      values.emplace_back(wire.view());
      return true;
    };
    constexpr unsigned kFlags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;
    const auto skip_space = [&] {
      while (stream.Tell() < body.size() && " \t\r\n"sv.find(stream.Peek()) != std::string_view::npos) stream.Take();
    };
    skip_space();
    const bool array = stream.Tell() < body.size() && stream.Peek() == '[';
    for (bool gap = true; stream.Tell() < body.size();) {
      if (!gap) return std::nullopt;
      rapidjson::Document document;
      document.ParseStream<kFlags | rapidjson::kParseStopWhenDoneFlag>(stream);
      if (document.HasParseError()) return std::nullopt;
      const size_t end = stream.Tell();
      skip_space();
      gap = stream.Tell() > end;
      if (array) {
        if (stream.Tell() < body.size()) return std::nullopt;
        for (const rapidjson::Value& value : document.GetArray()) {
          if (!add(value)) return std::nullopt;
        }
      } else if (!add(document)) {
        return std::nullopt;
      }
    }
    return values;
  }

  const MessagePlan& value_ = *plans_->Find("google.protobuf.Value");
};

TEST_F(StreamSplitterAgreementTest, ReadsWhatRapidJsonReads) {
  constexpr uint32_t kSeed = 20261129;
  constexpr int kIterations = 40000;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 random(kSeed);
  const std::function<std::string(int)> make = [&](int depth) -> std::string {
    const auto space = [&] { return std::string(random() % 8 == 0 ? random() % 20 : 0, random() % 2 ? ' ' : '\n'); };
    constexpr std::string_view kScalars[] = {
        "1",           "-2.5e+10",      "true",
        "false",       "null",          "\"\"",
        R"("a\"b\\")", R"("}],{[: é")", "\"a plain text of more than sixteen bytes\""};
    const uint32_t kind = random() % (depth > 0 ? 4 : 2);
    if (kind < 2) return std::string(kScalars[random() % std::size(kScalars)]);
    std::string text(1, kind == 2 ? '[' : '{');
    for (uint32_t i = 0, n = random() % 4; i < n; ++i) {
      if (i > 0) text += "," + space();
      if (kind == 3) text += "\"k" + std::to_string(i) + "\"" + space() + ":" + space();
      text += make(depth - 1);
    }
    return text + space() + (kind == 2 ? ']' : '}');
  };
  constexpr auto kBytes = "{}[]\",:\\ 01e.-tn\n\t\x1f\xc3\xa9"sv;
  int read = 0;
  for (int i = 0; i < kIterations; ++i) {
    const bool array = random() % 2 == 0;
    std::string body = array ? "[" : "";
    for (uint32_t k = 0, n = random() % 5; k < n; ++k) {
      if (k > 0) body += array ? "," : "\n";
      // What is not an array must not begin with one.
      body += !array && k == 0 ? "{\"a\":" + make(3) + "}" : make(3);
    }
    body += array ? "]\n" : "\n";
    if (random() % 2 == 0) {
      const size_t place = random() % body.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 3) {
        case 0:
          body[place] = byte;
          break;
        case 1:
          body.insert(place, 1, byte);
          break;
        default:
          body.erase(place, 1);
      }
    }
    const auto whole = ReadWhole(body);
    const auto pieces = Read(body, random);
    ASSERT_EQ(pieces, whole) << body;
    if (whole) ++read;
  }
  EXPECT_GT(read, kIterations / 2);
}

// An error in an element has the place that it has in the body.
TEST_F(StreamSplitterAgreementTest, ElementsKeepTheirPlace) {
  const std::string body = "{\"int32Value\": 1}\n\n  {\"int32Value\": 2,\n \"nothing\": 1} {\"int32Value\": \"x\"}";
  StreamSplitter splitter(1000, 10);
  splitter.Push(body);
  Buffer element;
  std::string outcomes;
  while (*splitter.Next(element)) {
    Buffer wire;
    const Status status =
        codec_.ReadMessage(Plan<codec::test::Everything>(), element, {.begins_at = splitter.element_began()}, wire);
    outcomes += std::string(status.message().substr(0, status.message().find(':'))) + "|";
  }
  EXPECT_EQ(outcomes, "|line 4, column 2|line 4, column 31|");
}

}  // namespace
}  // namespace dragoman::transcoding
