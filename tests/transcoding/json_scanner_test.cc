#include "transcoding/json_scanner.h"

#include <rapidjson/reader.h>

#include <random>
#include <string>

#include "codec_fixture.h"

namespace dragoman::transcoding {
namespace {

using namespace std::literals;

class JsonScannerTest : public CodecTest {};

struct NoHandler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, NoHandler> {};

// Whether RapidJSON takes `text` for JSON, but for what it is known to let pass or to refuse beyond the grammar.
enum class Verdict { kJson, kNoJson, kUnclear };
Verdict RapidJsonVerdict(const std::string& text) {
  rapidjson::Reader reader;
  NoHandler handler;
  Buffer padded(text);  // it reads whole blocks
  rapidjson::StringStream stream(padded.CString());
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
  const auto result = reader.Parse<kFlags>(stream, handler);
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) return Verdict::kUnclear;
  if (stream.Tell() != text.size() && !result.IsError()) return Verdict::kNoJson;  // a NUL
  return result.IsError() ? Verdict::kNoJson : Verdict::kJson;
}

TEST_F(JsonScannerTest, AcceptsWhatRapidJsonAccepts) {
  constexpr uint32_t kSeed = 20261124;
  constexpr int kIterations = 60000;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 random(kSeed);
  const std::string specimens[] = {
      R"({"a": [1, -2.5e+10, 0.1E-2, true, false, null], "b\n\u00e9": {"": "\ud83d\ude00 \"x\" é"}})",
      R"([[], {}, "plain text of more than sixteen bytes", 1234567890, -0, 1e5 , "\\\/\b\f\n\r\t" ])",
      "\n{\n    \"key\" : [\r\n        1,\t2\n    ]\n}\n", R"("€uro")", "-12.5"};
  constexpr auto kBytes = "{}[]\",:\\/ 0123456789.eE+-tfnu\n\t\0\x1f\x7f\x80\xc3\xa9\xed\xff"sv;
  const MessagePlan& value = *plans_->Find("google.protobuf.Value");
  for (int i = 0; i < kIterations; ++i) {
    std::string text = specimens[random() % std::size(specimens)];
    for (uint32_t n = random() % 4; n > 0 && !text.empty(); --n) {
      const size_t place = random() % text.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 4) {
        case 0:
          text[place] = byte;
          break;
        case 1:
          text.insert(place, 1, byte);
          break;
        case 2:
          text.erase(place, 1);
          break;
        default:
          text.resize(place);
      }
    }
    const Verdict verdict = RapidJsonVerdict(text);
    if (verdict == Verdict::kUnclear) continue;
    Buffer json(text);
    Buffer wire;
    const Status status = codec_.ReadMessage(value, json, {}, wire);
    const bool is_json = status.reason() != Reason::kInvalidJson;
    // RapidJSON takes a low surrogate for a character.
    if (verdict == Verdict::kJson && !is_json && status.message().ends_with("a lone surrogate is no character"))
      continue;
    ASSERT_EQ(is_json, verdict == Verdict::kJson) << text << "\n" << status.message();
  }
}

TEST_F(JsonScannerTest, FindsTheEndOfStringsOfEveryLength) {
  for (size_t size = 0; size < 70; ++size) {
    for (size_t lead = 0; lead < 17; ++lead) {
      Buffer json(std::string(lead, ' ') + "\"" + std::string(size, 'x') + "\"");
      JsonScanner text;
      text.Start(json);
      text.SkipSpace();
      std::string_view string;
      ASSERT_TRUE(text.String(string));
      EXPECT_EQ(string, std::string(size, 'x'));
      EXPECT_TRUE(text.AtEnd());
    }
  }
}

}  // namespace
}  // namespace dragoman::transcoding
