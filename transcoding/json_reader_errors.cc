#include <algorithm>

#include "transcoding/json_reader.h"
#include "transcoding/quote.h"

namespace dragoman::transcoding {

// Where an error stands: "line 3, column 14".
std::string JsonReader::Position(const char* at) const {
  const auto lines = static_cast<uint64_t>(std::count(text_.begin(), at, '\n'));
  const char* line_begin = at;
  while (line_begin != text_.begin() && line_begin[-1] != '\n') --line_begin;
  TextPlace place = options_.begins_at;
  if (lines > 0) place = {.line = place.line + lines};
  place.column += static_cast<uint64_t>(at - line_begin);
  return PlaceText(place);
}

// The name whose opening quote stands at `offset`, as written.
std::string_view JsonReader::NameAt(uint32_t offset) const {
  const char* const begin = text_.begin() + offset + 1;
  const char* at = begin;
  while (at < text_.end() && *at != '"') at += *at == '\\' ? 2 : 1;
  return {begin, static_cast<size_t>(std::min(at, text_.end()) - begin)};
}

// What the first `frames` frames are reading: lines[2].unitPrice, labels["color"].
std::string JsonReader::Path(size_t frames) const {
  std::string path = root_ == nullptr ? std::string() : root_->json_name;
  for (size_t i = 0; i < frames; ++i) {
    const Frame& frame = frames_[i];
    switch (frame.kind) {
      case FrameKind::kList:
      case FrameKind::kListValue:
      case FrameKind::kSkippedArray:
        if (frame.count > 0) path += "[" + std::to_string(frame.count - 1) + "]";
        break;
      case FrameKind::kMap:
      case FrameKind::kStruct:
        if (frame.name_at != kNoName) path += "[\"" + Excerpt(NameAt(frame.name_at)) + "\"]";
        break;
      default:
        if (frame.name_at == kNoName) break;
        if (!path.empty()) path += '.';
        path += Excerpt(NameAt(frame.name_at));
    }
  }
  return path;
}

JsonReader::Step JsonReader::FailAt(const char* at, Reason reason, const std::string& what) {
  const std::string path = Path(frames_.size());
  const std::string position = Position(at);
  status_ =
      Status(reason, position + ": " + (path.empty() ? "" : path + ": ") + what).With({path, position + ": " + what});
  return Step::kFailed;
}

// The value at `at`, in a few words. False where it is malformed, which is the scanner's error then.
bool JsonReader::DescribeValue(const char* at, std::string& description) {
  text_.MoveTo(at);
  std::string_view text;
  TextKind kind = TextKind::kJsonString;
  switch (ReadToken(text, kind)) {
    case Token::kFailed:
      return false;
    case Token::kRead:
      description = kind == TextKind::kJsonString ? Quote(text) : Excerpt(text);
      return true;
    case Token::kOther:
      description = *at == '{' ? "an object" : *at == '[' ? "an array" : "null";
      return true;
  }
  return false;
}

JsonReader::Step JsonReader::FailType(const char* at, std::string_view expected) {
  std::string got;
  if (!DescribeValue(at, got)) return Step::kFailed;
  return FailAt(at, Reason::kInvalidField, "expected " + std::string(expected) + ", got " + got);
}

JsonReader::Step JsonReader::FailConversion(const char* at, Conversion conversion, std::string_view expected) {
  std::string got;
  if (!DescribeValue(at, got)) return Step::kFailed;
  if (conversion == Conversion::kOutOfRange) got += ", which is out of range";
  return FailAt(at, Reason::kInvalidField, "expected " + std::string(expected) + ", got " + got);
}

JsonReader::Step JsonReader::FailUnknown(const MessagePlan& plan, std::string_view name) {
  std::string what = "unknown field " + Quote(name) + " in " + plan.full_name();
  if (const FieldPlan* nearest = plan.Nearest(name)) what += "; did you mean " + Quote(nearest->json_name) + "?";
  // The message names the object, the violation the field in it.
  const std::string object = Path(frames_.size() - 1);
  const std::string position = Position(text_.begin() + frames_.back().name_at);
  status_ = Status(Reason::kUnknownField, position + ": " + (object.empty() ? "" : object + ": ") + what)
                .With({Path(frames_.size()), position + ": " + what});
  return Step::kFailed;
}

}  // namespace dragoman::transcoding
