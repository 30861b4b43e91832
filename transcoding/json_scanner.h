#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transcoding/buffer.h"

namespace dragoman::transcoding {

// Reads the tokens of a JSON text one after the other, as the caller asks for them; what may come where is the caller's
// affair. Strict: no comments, no trailing commas, no byte order mark, strings in well-formed UTF-8, no lone
// surrogates.
//
// Every function that reads a token returns false after an error, which error() and error_at() then hold.
//
// Lifetime: the text outlives the scanner's use; a decoded string lives until the next string is read.
// Cost:     one pass, 16 bytes a step through strings, 32 through long ones where the processor can; only strings with
//           escapes are copied.
// Spec:     RFC 8259.
class JsonScanner {
 public:
  // Puts a NUL behind `json`, which ends every loop, and begins at its front.
  void Start(Buffer& json);

  const char* begin() const { return begin_; }
  const char* at() const { return at_; }
  const char* end() const { return end_; }
  char Peek() const { return *at_; }
  bool AtEnd() const { return at_ == end_; }
  uint32_t offset() const { return static_cast<uint32_t>(at_ - begin_); }
  void MoveTo(const char* at) { at_ = at; }
  void Advance(size_t bytes) { at_ += bytes; }

  // ws = *( %x20 / %x09 / %x0A / %x0D )
  void SkipSpace() {
    if (static_cast<uint8_t>(*at_) <= ' ') SkipLongSpace();
  }
  // Passes `literal` if it comes next.
  bool Accept(std::string_view literal) {
    if (static_cast<size_t>(end_ - at_) < literal.size()) return false;
    if (std::string_view(at_, literal.size()) != literal) return false;
    at_ += literal.size();
    return true;
  }

  // string; the scanner stands at the opening quote. `value` is what it stands for.
  bool String(std::string_view& value);
  // number; the scanner stands at its first character.
  bool Number(std::string_view& text);
  // true, false, null.
  bool Literal(std::string_view literal);
  // ":" and the white space around it.
  bool Colon();

  // `expected …, got 'x'` at the present place.
  bool Unexpected(std::string_view expected);
  bool Fail(const char* at, std::string what);
  const std::string& error() const { return error_; }
  const char* error_at() const { return error_at_; }

 private:
  void SkipLongSpace();
  bool AnyString(std::string_view& value);
  bool DecodeString(const char* begin, const char* at, std::string_view& value);
  bool DecodeEscape(const char*& at);
  bool DecodeUnicode(const char*& at);
  bool BadCharacter(const char* at);

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  Buffer decoded_;
  std::string error_;
  const char* error_at_ = nullptr;
};

}  // namespace dragoman::transcoding
