#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/status.h"

namespace dragoman::http {

// Takes the framing off a chunked body (RFC 9112 section 7.1) whose bytes come piece by piece, and looks at every byte
// of it once.
//
//   "5;a=b\r\nhello\r\n" + "0\r\nx: y\r\n\r\nGET …"   → "hello", done; what follows is left
//
// Extensions and trailers must be well-formed; then they are dropped. Nothing is forgiven: no line may end in a bare LF
// or CR, no trailer may be folded (5.2), and none may say what only the head may (RFC 9110 section 6.5.1):
// Content-Length, Transfer-Encoding, Host.
//
// Bounds: those of Bound for the content; kMaxExtensions bytes of all extensions and kMaxTrailers of all trailers
//         together; 16 digits of a size.
// Cost:   one pass, whatever the pieces; nothing is kept of them.
class ChunkDecoder {
 public:
  static constexpr size_t kMaxExtensions = 8 << 10;  // bytes
  static constexpr size_t kMaxTrailers = 8 << 10;    // bytes

  // The content may have `max_content` bytes; unless it is told, any number.
  void Bound(uint64_t max_content) { max_content_ = max_content; }

  // Appends the content in `bytes` to `out` and returns how many bytes it used: all of them, unless the body ends before.
  // Errors: kInvalidRequest, kBodyTooLarge, kHeadersTooLarge (trailers). After one the decoder must not be used further.
  Result<size_t> Decode(std::string_view bytes, Buffer& out);
  bool done() const { return state_ == State::kDone; }

 private:
  // What comes next.
  enum class State : uint8_t {
    kSize,             // a digit of the size, or what ends it
    kBeforeExtension,  // white space was read: more, or a semicolon
    kNameBegin,        // the name of an extension, or white space before it
    kName,
    kAfterName,   // white space was read: more, "=" or a semicolon
    kValueBegin,  // the value of an extension, or white space before it
    kValue,
    kQuoted,
    kQuotedPair,  // the character behind a backslash
    kAfterQuoted,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerBegin,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf,
    kDone,
  };

  Status Step(char c);
  Status StepExtension(char c);
  Status StepTrailer(char c);
  State AfterElement(char c, State white_space) const;
  Status BeginData();
  Status CheckTrailerName() const;

  uint64_t max_content_ = UINT64_MAX;
  uint64_t content_ = 0;   // bytes of all chunks so far
  uint64_t left_ = 0;      // size of the chunk at hand; what is left of it
  size_t extensions_ = 0;  // bytes
  size_t trailers_ = 0;    // bytes
  State state_ = State::kSize;
  uint8_t digits_ = 0;           // of the size at hand
  std::array<char, 20> name_{};  // of the trailer at hand: its beginning, in lower case
  size_t name_size_ = 0;         // all of it
};

}  // namespace dragoman::http
