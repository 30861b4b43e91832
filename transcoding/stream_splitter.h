#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/json_codec.h"
#include "transcoding/status.h"

namespace dragoman::transcoding {

// Cuts a streamed JSON body into its elements, each handed over as it closes, whatever pieces the body comes in.
//
//   {"a":1}\n{"a":2}\n          values one after the other, white space between them (NDJSON is the usual case)
//   [{"a":1},{"a":2}]           one array, if the first character is `[`
//
// It looks at brackets, strings and commas only, so that what stands inside of an element is JsonCodec's to judge; what
// stands between elements it judges itself. What breaks the framing is told when it comes, not when the element ends: a
// bracket that closes another one, a line break inside a string.
//
//   splitter.Push(piece);
//   … splitter.Next(element) …       true: `element` holds one, and Next is to be called again; false: more has to come
//   … splitter.Finish(element) …     the body is over: true: a last one, and Finish is to be called again; false: it is
//   complete
//
// What it says does not depend on where the pieces were cut.
//
// Errors: kInvalidJson with line and column counted from the front of the body (trailing comma, two values without
// white space between them, text behind the array, an end within an element), kBodyTooLarge for an element, or white space
// between two, over `max_element_bytes`. After one, the rest is not looked at. Brackets deeper than `max_depth` are kInvalidJson.
// Threads: one at a time.   Bounds: keeps one element, at most max_element_bytes.
// Cost: one pass, 16 bytes a step through strings and between brackets; an element is copied once.
class StreamSplitter {
 public:
  // `max_depth`: brackets within an element, those of the array do not count.
  StreamSplitter(uint64_t max_element_bytes, int max_depth)
      : max_element_bytes_(std::max<uint64_t>(max_element_bytes, 1)), max_depth_(static_cast<size_t>(max_depth)) {}

  // Takes more of the body, whose bytes must stay where they are until Next has returned false.
  void Push(std::string_view piece);
  // True: the next element, without the white space around it, in `element`, whose content it replaces.
  Result<bool> Next(Buffer& element);
  // The body has ended, and Next has returned false: as Next, what the end completes (a number, a literal).
  Result<bool> Finish(Buffer& element);
  // It stands between two elements: what is missing may be missing for as long as the client likes.
  bool between_elements() const { return state_ < State::kNested; }
  // Bytes of an element whose end has not come.
  size_t kept_bytes() const { return partial_.size(); }
  // How many were handed over.
  uint64_t elements() const { return elements_; }
  // Where the last of them began in the body: JsonReadOptions::begins_at.
  TextPlace element_began() const { return element_began_; }

 private:
  // What comes next.
  enum class State : uint8_t {
    kBegin,         // nothing but white space so far
    kValue,         // of a body without an array: a value, or its end
    kGap,           // likewise: the white space behind a value
    kFirstElement,  // a value or ]
    kElement,       // behind a comma: a value
    kComma,         // behind an element: , or ]
    kEnd,           // the array is closed
    kNested,        // within an element: brackets are open, or it begins with one or a quote
    kString,
    kEscape,  // the character behind a backslash
    kScalar,  // a number or a literal, which ends where something else begins
  };
  enum class Progress : uint8_t { kFailed, kMore, kClosed };

  bool PassOne();
  bool BeginElement();
  Progress ScanElement();
  Progress ScanNested();
  Progress ScanString();
  void HandOver(Buffer& element);
  void CountTo(const char* at);
  bool Fail(const char* at, const std::string& what);
  bool FailLargeGap();
  bool Unexpected(const char* expected);

  const uint64_t max_element_bytes_;
  const size_t max_depth_;
  State state_ = State::kBegin;
  bool array_ = false;
  const char* at_ = nullptr;     // in the piece at hand
  const char* end_ = nullptr;    // of it
  const char* begin_ = nullptr;  // within an element: where its bytes in this piece begin
  const char* counted_ = nullptr;
  TextPlace place_;   // of counted_
  Buffer partial_;    // what earlier pieces had of the element at hand
  std::string open_;  // what closes the open brackets
  TextPlace element_began_;
  uint64_t gap_ = 0;  // bytes of white space since the last element
  uint64_t elements_ = 0;
  Status refusal_;
};

}  // namespace dragoman::transcoding
