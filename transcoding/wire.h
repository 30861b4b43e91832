#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "transcoding/buffer.h"

// The protobuf wire format: tags, varints, fixed-width numbers and length-delimited bytes, read and written.
// Spec: https://protobuf.dev/programming-guides/encoding/
namespace dragoman::transcoding {

enum class WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLength = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

constexpr uint32_t MakeTag(int32_t number, WireType type) {
  return (static_cast<uint32_t>(number) << 3) | static_cast<uint32_t>(type);
}
constexpr WireType WireTypeOf(uint32_t tag) { return static_cast<WireType>(tag & 7); }
constexpr int32_t NumberOf(uint32_t tag) { return static_cast<int32_t>(tag >> 3); }

constexpr uint32_t ZigZag32(int32_t value) {
  return (static_cast<uint32_t>(value) << 1) ^ static_cast<uint32_t>(value >> 31);
}
constexpr uint64_t ZigZag64(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int32_t UnZigZag32(uint32_t value) { return static_cast<int32_t>((value >> 1) ^ (0U - (value & 1))); }
constexpr int64_t UnZigZag64(uint64_t value) { return static_cast<int64_t>((value >> 1) ^ (0ULL - (value & 1))); }

constexpr int kMaxVarintBytes = 10;

// How many bytes `value` takes as a varint: 1 to 10.
constexpr int VarintSize(uint64_t value) { return (static_cast<int>(std::bit_width(value | 1)) + 6) / 7; }

// Writes `value` at `to`, which has room for it; returns the end.
inline char* PutVarint(char* to, uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<char>(value);
  return to;
}

inline void AppendVarint(Buffer& out, uint64_t value) {
  if (value < 0x80) {
    out.Append(static_cast<char>(value));
    return;
  }
  char* begin = out.Extend(kMaxVarintBytes);
  const char* end = PutVarint(begin, value);
  out.Truncate(out.size() - kMaxVarintBytes + static_cast<size_t>(end - begin));
}

template <typename Fixed>  // uint32_t, uint64_t, float, double
void AppendFixed(Buffer& out, Fixed value) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out.Extend(sizeof value), &value, sizeof value);
}

// A length and the bytes.
inline void AppendLengthDelimited(Buffer& out, std::string_view bytes) {
  AppendVarint(out, bytes.size());
  out.Append(bytes);
}

// Reads wire bytes from front to back. Every function returns false, and reads nothing of use, where the bytes are
// malformed.
class WireCursor {
 public:
  explicit WireCursor(std::string_view wire) : WireCursor(wire, wire.data() + wire.size()) {}
  // Of `wire` within storage that may be read up to `readable`: numbers at its end are then read no slower than others.
  WireCursor(std::string_view wire, const char* readable)
      : at_(wire.data()), end_(wire.data() + wire.size()), readable_(readable) {}

  bool done() const { return at_ == end_; }
  const char* at() const { return at_; }
  // Goes back to a place that at() has named.
  void Rewind(const char* at) { at_ = at; }

  bool ReadVarint(uint64_t& value) {
    if (at_ < end_ && static_cast<signed char>(*at_) >= 0) {
      value = static_cast<uint64_t>(*at_++);
      return true;
    }
    return ReadLongVarint(value);
  }
  // Refuses field numbers out of 1…2^29-1 and the two wire types that do not exist.
  bool ReadTag(uint32_t& tag) {
    uint64_t value = 0;
    if (!ReadVarint(value) || value < 8 || value > UINT32_MAX || (value & 7) > 5) return false;
    tag = static_cast<uint32_t>(value);
    return true;
  }
  // Passes `tag` where it stands here and takes one byte. Only where not done().
  bool PassTag(uint32_t tag) {
    if (int64_t{static_cast<signed char>(*at_)} != int64_t{tag}) return false;  // more bytes: the first is negative
    ++at_;
    return true;
  }
  bool ReadLengthDelimited(std::string_view& bytes) {
    uint64_t length = 0;
    if (!ReadVarint(length) || length > static_cast<uint64_t>(end_ - at_)) return false;
    bytes = {at_, static_cast<size_t>(length)};
    at_ += length;
    return true;
  }
  template <typename Fixed>
  bool ReadFixed(Fixed& value) {
    if (static_cast<size_t>(end_ - at_) < sizeof value) return false;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return true;
  }
  // What follows the start tag of group `number`, up to its end tag, which is passed. Groups within may nest
  // kMaxGroupDepth deep.
  bool ReadGroup(int32_t number, std::string_view& content);
  // Passes the value that follows `tag`. An end-group tag is malformed here.
  bool Skip(uint32_t tag);

 private:
  static constexpr int kMaxGroupDepth = 100;

  bool ReadLongVarint(uint64_t& value);
  bool ReadVarintByBytes(uint64_t& value);
  bool SkipScalar(uint32_t tag);

  const char* at_;
  const char* end_;
  const char* readable_;
};

}  // namespace dragoman::transcoding
