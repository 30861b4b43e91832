#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dragoman::transcoding {

// How much descriptors may take, of all sources of a schema together. Both are judged before anything is parsed.
struct DescriptorBounds {
  // Of memory, once they are parsed: messages and texts as protobuf holds them, and the full names that it gives to what stands in
  // messages. All of Google's published APIs, 7 200 files, take a twelfth of it, with their comments a third.
  uint64_t parsed_bytes = 1536u << 20;
  // Protobuf compares each reserved and each extension range of a type with all others, and with all fields.
  uint64_t range_pairs = 1'000'000'000;
};

// One pass over a serialized google.protobuf.FileDescriptorSet (or FileDescriptorProto) that keeps nothing: what parsing it would take, and
// where it breaks.
struct DescriptorScan {
  enum class Outcome {
    kWhole,
    kEndsEarly,  // within an entry, at the end of the bytes
    kMalformed,  // at `at`
    kTooDeep,    // messages within messages, at `at`
    kTooMuch,    // over the bounds, at `at`
  };
  Outcome outcome = Outcome::kWhole;
  size_t at = 0;
  size_t files = 0;          // of a set: that it has begun with
  size_t file_begin = 0;     // where the last of them begins, its tag included …
  uint64_t file_bytes = 0;   // … and how many it says to have
  uint64_t messages = 0;     // descriptors of all kinds, options and comments
  uint64_t parsed_bytes = 0;
  uint64_t range_pairs = 0;
};
DescriptorScan ScanDescriptorSet(std::string_view set, const DescriptorBounds& bounds = {});
DescriptorScan ScanFileDescriptor(std::string_view file, const DescriptorBounds& bounds = {});

// Why bytes that should be a FileDescriptorSet are none, and what to do, for whoever made the file:
//
//   "is truncated: it ends at byte 4096, within its file 3, which begins at byte 3900 and has 812 bytes; make it again"
//   "is compressed by gzip; gunzip it first"
//
// `scan`: of these bytes.
std::string WhyNoDescriptorSet(std::string_view bytes, const DescriptorScan& scan);
// What is over the bounds; `left`: what it was scanned with, of DescriptorBounds(). "would take more than 1536MiB of memory …".
std::string WhyTooMuch(const DescriptorScan& scan, const DescriptorBounds& left = {});

}  // namespace dragoman::transcoding
