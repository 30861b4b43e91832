#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/status.h"

namespace dragoman::transcoding {

// Cuts a streamed JSON body into its elements, each handed over as it closes, whatever pieces the body comes in.
//
//   {"a":1}\n{"a":2}\n          values one after the other, white space between them (NDJSON is the usual case)
//   [{"a":1},{"a":2}]           one array, if the first character is `[`
//
// It looks at brackets, strings and commas only, so that what stands inside of an element is JsonCodec's to judge; what stands
// between elements it judges itself. Nothing is looked at twice; an element is copied once.
//
//   splitter.Push(piece);
//   while (Result<bool> next = splitter.Next(element)) …      true: `element` holds one; false: more has to come
//   splitter.End();                                           the body is over: is it complete?
//
// Errors: kInvalidJson with line and column counted from the front of the body (trailing comma, two values without white space between
// them, text behind the array, an end within an element), kBodyTooLarge for an element over `max_element_bytes`. After one, the rest is
// not looked at. Brackets deeper than `max_depth` are kInvalidJson.
// Threads: one at a time.   Bounds: keeps one element, at most max_element_bytes, and the piece's rest.
class StreamSplitter {
 public:
  StreamSplitter(uint64_t max_element_bytes, int max_depth);

  // Takes more of the body, whose bytes must stay where they are until Next has returned false.
  void Push(std::string_view piece);
  // True: the next element, without the white space around it, in `element`, whose content it replaces.
  Result<bool> Next(Buffer& element);
  // The body has ended: hands over what the end completes (a number, a literal) as Next does.
  Result<bool> Finish(Buffer& element);
  // It stands between two elements: what is missing may be missing for as long as the client likes.
  bool between_elements() const;
  // Where the element that Next handed over began, from 1: for errors within it.
  struct Place {
    uint64_t line;
    uint64_t column;
  };
  Place element_began() const;
};

}  // namespace dragoman::transcoding
