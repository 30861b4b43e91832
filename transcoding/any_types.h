#pragma once

#include <cstdint>
#include <vector>

#include "transcoding/json_scanner.h"
#include "transcoding/scratch.h"

namespace dragoman::transcoding {

// Where the "@type" of an Any stands when it is not the first member. The text of the outermost such Any is scanned
// once; what is found for the objects within it serves the Anys nested there, so that the cost stays linear.
class AnyTypes {
 public:
  void Start() {
    Settle(found_);
    scanned_ = 0;
  }
  // The place of the value of "@type" in the object whose brace stands at `open`; null where the object has none or is
  // malformed. `text` is left at `open`.
  const char* Find(JsonScanner& text, const char* open);
  // The last scan met malformed text.
  bool malformed() const { return malformed_; }

 private:
  struct Found {
    uint32_t open;   // offset of the object's brace
    uint32_t value;  // offset of its type
  };

  bool Scan(JsonScanner& text);

  std::vector<Found> found_;     // by `open`
  std::vector<uint32_t> stack_;  // offsets of the open braces; kArray for a bracket
  uint32_t scanned_ = 0;         // everything up to here is known
  bool malformed_ = false;
};

}  // namespace dragoman::transcoding
