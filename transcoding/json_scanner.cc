#include "transcoding/json_scanner.h"

#include <algorithm>

#include "transcoding/json_blocks.h"
#include "transcoding/quote.h"
#include "transcoding/text_kernels.h"
#include "transcoding/utf8.h"

namespace dragoman::transcoding {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The first special character at or behind `at`; the NUL at `end` is one. `high` becomes other than 0 where a byte
// above ASCII was passed. Most strings are short: only what is beyond a few blocks is worth a call.
const char* FindSpecial(const char* at, const char* end, uint32_t& high) {
  for (int i = 0; i < kBlocksAtHand; ++i, at += kBlock) {
    const Block block = Block::Load(at);
    const uint32_t special = block.Special();
    if (special != 0) {
      const int count = std::countr_zero(special);
      high |= block.High() & ((1U << count) - 1);
      return at + count;
    }
    high |= block.High();
  }
  return Kernels().find_special(at, end, high);
}

std::string Describe(const char* at, const char* end) { return at == end ? "the end of the text" : QuoteByte(*at); }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four hexadecimal digits; the NUL behind the text is none.
bool TakeHex4(const char*& at, uint32_t& unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i, ++at) {
    const int digit = HexDigit(*at);
    if (digit < 0) return false;
    unit = unit << 4 | static_cast<uint32_t>(digit);
  }
  return true;
}

}  // namespace

void JsonScanner::Start(Buffer& json) {
  begin_ = at_ = json.CString();
  end_ = begin_ + json.size();
  error_.clear();
  error_at_ = nullptr;
}

bool JsonScanner::Fail(const char* at, std::string what) {
  error_at_ = at;
  error_ = std::move(what);
  return false;
}

bool JsonScanner::Unexpected(std::string_view expected) {
  std::string hint;
  if (*at_ == '\'') hint = "; strings stand in double quotes";
  if (*at_ == '/' || *at_ == '#') hint = "; comments are not allowed";
  if (Accept("\xEF\xBB\xBF")) {
    at_ -= 3;
    return Fail(at_, "expected " + std::string(expected) + ", got a byte order mark");
  }
  return Fail(at_, "expected " + std::string(expected) + ", got " + Describe(at_, end_) + hint);
}

void JsonScanner::SkipLongSpace() {
  while (IsJsonSpace(*at_)) {
    ++at_;
    // Indentation is a run of blanks.
    while (*at_ == ' ' && at_[1] == ' ') {
      const uint32_t others = ~Block::Load(at_).Equal(' ');
      at_ += std::min<size_t>(static_cast<size_t>(std::countr_zero(others)), kBlock);
    }
  }
}

bool JsonScanner::Literal(std::string_view literal) {
  if (Accept(literal)) return true;
  return Unexpected("a value");
}

bool JsonScanner::Colon() {
  SkipSpace();
  if (*at_ != ':') return Unexpected("':' after a name");
  ++at_;
  SkipSpace();
  return true;
}

// number = [ minus ] int [ frac ] [ exp ]
bool JsonScanner::Number(std::string_view& text) {
  const char* const begin = at_;
  const char* at = at_;
  const auto digits = [&at] {
    const char* const first = at;
    while (IsDigit(*at)) ++at;
    return at != first;
  };
  const auto missing = [&](const char* where) {
    at_ = at;
    return Unexpected(where);
  };
  if (*at == '-') ++at;
  if (*at == '0') {
    ++at;
    if (IsDigit(*at)) return Fail(begin, "a number must not begin with 0");
  } else if (!digits()) {
    return missing("a digit after '-'");
  }
  if (*at == '.') {
    ++at;
    if (!digits()) return missing("a digit after '.'");
  }
  if (*at == 'e' || *at == 'E') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    if (!digits()) return missing("a digit in the exponent");
  }
  text = {begin, static_cast<size_t>(at - begin)};
  at_ = at;
  return true;
}

// string = quotation-mark *char quotation-mark
bool JsonScanner::String(std::string_view& value) {
  // Most strings end within a block, and hold ASCII alone.
  const char* const begin = at_ + 1;
  const Block block = Block::Load(begin);
  if (const uint32_t special = block.Special(); special != 0) {
    const int count = std::countr_zero(special);
    if (begin[count] == '"' && (block.High() & (special ^ (special - 1))) == 0) {
      value = {begin, static_cast<size_t>(count)};
      at_ = begin + count + 1;
      return true;
    }
  }
  return AnyString(value);
}

bool JsonScanner::AnyString(std::string_view& value) {
  const char* const begin = at_ + 1;
  uint32_t high = 0;
  const char* const special = FindSpecial(begin, end_, high);
  if (*special != '"') return DecodeString(begin, special, value);
  value = {begin, static_cast<size_t>(special - begin)};
  if (high != 0 && !IsUtf8(value)) return Fail(at_, "the string is not valid UTF-8");
  at_ = special + 1;
  return true;
}

bool JsonScanner::BadCharacter(const char* at) {
  if (at == end_) return Fail(at, "the text ends inside a string");
  return Fail(at, "a control character inside a string must be escaped, got " + Describe(at, end_));
}

bool JsonScanner::DecodeString(const char* begin, const char* at, std::string_view& value) {
  decoded_.Clear();
  decoded_.Append(std::string_view(begin, static_cast<size_t>(at - begin)));
  uint32_t high = 0;
  while (*at != '"') {
    if (*at != '\\') return BadCharacter(at);
    if (!DecodeEscape(at)) return false;
    const char* const special = FindSpecial(at, end_, high);
    decoded_.Append(std::string_view(at, static_cast<size_t>(special - at)));
    at = special;
  }
  value = decoded_.view();
  if (!IsUtf8(value)) return Fail(at_, "the string is not valid UTF-8");
  at_ = at + 1;
  return true;
}

// char = unescaped / escape ( %x22 / %x5C / %x2F / %x62 / %x66 / %x6E / %x72 / %x74 / %x75 4HEXDIG )
bool JsonScanner::DecodeEscape(const char*& at) {
  switch (at[1]) {
    case '"':
    case '\\':
    case '/':
      decoded_.Append(at[1]);
      break;
    case 'b':
      decoded_.Append('\b');
      break;
    case 'f':
      decoded_.Append('\f');
      break;
    case 'n':
      decoded_.Append('\n');
      break;
    case 'r':
      decoded_.Append('\r');
      break;
    case 't':
      decoded_.Append('\t');
      break;
    case 'u':
      return DecodeUnicode(at);
    default:
      if (at + 1 == end_) return BadCharacter(at + 1);
      return Fail(at, "unknown escape: a backslash and " + Describe(at + 1, end_));
  }
  at += 2;
  return true;
}

// RFC 8259, section 7: beyond U+FFFF two escapes make one character, its UTF-16 surrogate pair.
bool JsonScanner::DecodeUnicode(const char*& at) {
  const char* const escape = at;
  const auto is_high = [](uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; };
  at += 2;
  uint32_t code_point = 0;
  if (!TakeHex4(at, code_point)) return Fail(escape, "expected four hexadecimal digits after \\u");
  if (is_low(code_point)) return Fail(escape, "a lone surrogate is no character");
  if (is_high(code_point)) {
    uint32_t low = 0;
    if (at[0] != '\\' || at[1] != 'u') return Fail(escape, "a lone surrogate is no character");
    at += 2;
    if (!TakeHex4(at, low) || !is_low(low)) return Fail(escape, "a lone surrogate is no character");
    code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
  }
  constexpr size_t kLongestCharacter = 4;
  char* const begin = decoded_.Extend(kLongestCharacter);
  const char* const end = PutUtf8(begin, code_point);
  decoded_.Truncate(decoded_.size() - kLongestCharacter + static_cast<size_t>(end - begin));
  return true;
}

}  // namespace dragoman::transcoding
