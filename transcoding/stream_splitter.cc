#include "transcoding/stream_splitter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "transcoding/json_blocks.h"
#include "transcoding/quote.h"

namespace dragoman::transcoding {
namespace {

bool IsSpecial(char c) { return c == '"' || c == '\\' || static_cast<uint8_t>(c) < 0x20; }

bool IsNesting(char c) { return c == '"' || c == '{' || c == '}' || c == '[' || c == ']'; }

// What may follow a number or a literal, or at least is no part of one.
bool EndsScalar(char c) { return IsJsonSpace(c) || IsNesting(c) || c == ',' || c == ':'; }

// The first byte of a kind, or `stop`.
template <uint32_t (Block::*kMask)() const, bool (*kIs)(char)>
const char* Find(const char* at, const char* stop) {
  for (; static_cast<size_t>(stop - at) >= kBlock; at += kBlock) {
    const uint32_t mask = (Block::Load(at).*kMask)();
    if (mask != 0) return at + std::countr_zero(mask);
  }
  while (at != stop && !kIs(*at)) ++at;
  return at;
}

}  // namespace

void StreamSplitter::Push(std::string_view piece) {
  at_ = begin_ = counted_ = piece.data();
  end_ = at_ + piece.size();
}

Result<bool> StreamSplitter::Next(Buffer& element) {
  if (!refusal_.ok()) return Refuse(Status(refusal_));
  while (at_ != end_) {
    if (between_elements()) {
      if (!PassOne()) return Refuse(Status(refusal_));
      continue;
    }
    switch (ScanElement()) {
      case Progress::kFailed:
        return Refuse(Status(refusal_));
      case Progress::kClosed:
        HandOver(element);
        return true;
      case Progress::kMore:
        partial_.Append({begin_, static_cast<size_t>(end_ - begin_)});
        begin_ = end_;
    }
  }
  CountTo(end_);
  return false;
}

Result<bool> StreamSplitter::Finish(Buffer& element) {
  if (!refusal_.ok()) return Refuse(Status(refusal_));
  at_ = begin_ = end_;
  switch (state_) {
    case State::kBegin:
    case State::kValue:
    case State::kGap:
    case State::kEnd:
      return false;
    case State::kScalar:
      if (!array_) {
        HandOver(element);
        return true;
      }
      [[fallthrough]];
    case State::kComma:
      Unexpected("',' or ']'");
      break;
    case State::kFirstElement:
      Unexpected("a value or ']'");
      break;
    case State::kElement:
      Unexpected("a value");
      break;
    case State::kNested:
      Fail(at_, open_.back() == '}' ? "the text ends inside an object" : "the text ends inside an array");
      break;
    case State::kString:
    case State::kEscape:
      Fail(at_, "the text ends inside a string");
      break;
  }
  return Refuse(Status(refusal_));
}

// Passes white space, or the next thing between two elements, or begins one.
//
//   body = ws [ array / value *( 1*ws value ) ] ws
bool StreamSplitter::PassOne() {
  if (IsJsonSpace(*at_)) {
    if (++gap_ > max_element_bytes_) return FailLargeGap();
    if (state_ == State::kGap) state_ = State::kValue;
    ++at_;
    return true;
  }
  switch (state_) {
    case State::kBegin:
      array_ = *at_ == '[';
      if (!array_) return BeginElement();
      state_ = State::kFirstElement;
      break;
    case State::kGap:
      return Unexpected("white space between two values");
    case State::kFirstElement:
      if (*at_ != ']') return BeginElement();
      state_ = State::kEnd;
      break;
    case State::kComma:
      if (*at_ != ',' && *at_ != ']') return Unexpected("',' or ']'");
      state_ = *at_ == ',' ? State::kElement : State::kEnd;
      break;
    case State::kEnd:
      return Unexpected("nothing behind the array");
    default:
      return BeginElement();
  }
  ++at_;
  return true;
}

bool StreamSplitter::BeginElement() {
  const bool opens = *at_ == '"' || *at_ == '{' || *at_ == '[';
  if (!opens && EndsScalar(*at_)) return Unexpected("a value");
  CountTo(at_);
  element_began_ = place_;
  gap_ = 0;
  begin_ = at_;
  partial_.Clear();
  open_.clear();
  state_ = opens ? State::kNested : State::kScalar;
  return true;
}

// Goes on to the end of the element, or of the piece. No byte beyond the bound is looked at but to see that it is one
// too many.
StreamSplitter::Progress StreamSplitter::ScanElement() {
  const char* const end = end_;
  const uint64_t allowed = max_element_bytes_ - std::min<uint64_t>(max_element_bytes_, partial_.size());
  if (static_cast<uint64_t>(end - begin_) > allowed) end_ = begin_ + allowed;
  Progress progress = Progress::kMore;
  while (progress == Progress::kMore && at_ < end_) {
    switch (state_) {
      case State::kNested:
        progress = ScanNested();
        break;
      case State::kString:
        progress = ScanString();
        break;
      case State::kEscape:
        // A control character is no escape either, and is refused as one.
        if (!IsSpecial(*at_) || *at_ == '"' || *at_ == '\\') ++at_;
        state_ = State::kString;
        break;
      default:
        while (at_ != end_ && !EndsScalar(*at_)) ++at_;
        if (at_ != end_) progress = Progress::kClosed;
    }
  }
  end_ = end;
  if (progress != Progress::kMore || at_ == end_) return progress;
  if (state_ == State::kScalar && EndsScalar(*at_)) return Progress::kClosed;
  refusal_ = Status(Reason::kBodyTooLarge, PlaceText(element_began_) + ": the value is larger than " +
                                               std::to_string(max_element_bytes_) + " bytes");
  return Progress::kFailed;
}

StreamSplitter::Progress StreamSplitter::ScanNested() {
  at_ = Find<&Block::Nesting, IsNesting>(at_, end_);
  if (at_ == end_) return Progress::kMore;
  switch (*at_) {
    case '"':
      state_ = State::kString;
      break;
    case '{':
    case '[':
      if (open_.size() >= max_depth_) {
        Fail(at_, "nested more than " + std::to_string(max_depth_) + " levels deep");
        return Progress::kFailed;
      }
      open_ += *at_ == '{' ? '}' : ']';
      break;
    default:
      if (*at_ != open_.back()) {
        Unexpected(open_.back() == '}' ? "'}'" : "']'");
        return Progress::kFailed;
      }
      open_.pop_back();
      ++at_;
      return open_.empty() ? Progress::kClosed : Progress::kMore;
  }
  ++at_;
  return Progress::kMore;
}

StreamSplitter::Progress StreamSplitter::ScanString() {
  at_ = Find<&Block::Special, IsSpecial>(at_, end_);
  if (at_ == end_) return Progress::kMore;
  if (*at_ == '\\') {
    state_ = State::kEscape;
  } else if (*at_ == '"') {
    state_ = State::kNested;
  } else {
    Fail(at_, "a control character inside a string must be escaped, got " + QuoteByte(*at_));
    return Progress::kFailed;
  }
  const bool closed = *at_ == '"' && open_.empty();
  ++at_;
  return closed ? Progress::kClosed : Progress::kMore;
}

void StreamSplitter::HandOver(Buffer& element) {
  const std::string_view here(begin_, static_cast<size_t>(at_ - begin_));
  if (partial_.empty()) {
    element.Clear();
    element.Append(here);
  } else {
    partial_.Append(here);
    std::swap(element, partial_);
    partial_.Clear();
  }
  begin_ = at_;
  state_ = array_ ? State::kComma : State::kGap;
  ++elements_;
}

void StreamSplitter::CountTo(const char* at) {
  uint64_t line_feeds = 0;
  const char* from = counted_;
  for (; static_cast<size_t>(at - from) >= kBlock; from += kBlock) {
    line_feeds += static_cast<uint64_t>(std::popcount(Block::Load(from).Equal('\n')));
  }
  line_feeds += static_cast<uint64_t>(std::count(from, at, '\n'));
  const char* line_begin = counted_;
  if (line_feeds > 0) {
    line_begin = static_cast<const char*>(::memrchr(counted_, '\n', static_cast<size_t>(at - counted_))) + 1;
    place_ = {.line = place_.line + line_feeds};
  }
  place_.column += static_cast<uint64_t>(at - line_begin);
  counted_ = at;
}

bool StreamSplitter::Fail(const char* at, const std::string& what) {
  CountTo(at);
  const std::string description = PlaceText(place_) + ": " + what;
  refusal_ = Status(Reason::kInvalidJson, description).With({"", description});
  return false;
}

bool StreamSplitter::FailLargeGap() {
  CountTo(at_);
  refusal_ = Status(Reason::kBodyTooLarge, PlaceText(place_) + ": more than " + std::to_string(max_element_bytes_) +
                                               " bytes of white space between two values");
  return false;
}

bool StreamSplitter::Unexpected(const char* expected) {
  return Fail(at_,
              std::string("expected ") + expected + ", got " + (at_ == end_ ? "the end of the text" : QuoteByte(*at_)));
}

}  // namespace dragoman::transcoding
