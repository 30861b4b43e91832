#include "transcoding/json_escape.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "transcoding/json_blocks.h"
#include "transcoding/text_kernels.h"
#include "transcoding/utf8.h"

namespace dragoman::transcoding {
namespace {

bool NeedsEscape(char c) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }

char* PutEscape(char* to, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *to++ = c;
      break;
    case '\b':
      *to++ = 'b';
      break;
    case '\f':
      *to++ = 'f';
      break;
    case '\n':
      *to++ = 'n';
      break;
    case '\r':
      *to++ = 'r';
      break;
    case '\t':
      *to++ = 't';
      break;
    default:
      *to++ = 'u';
      *to++ = '0';
      *to++ = '0';
      *to++ = kHex[static_cast<uint8_t>(c) >> 4];
      *to++ = kHex[static_cast<uint8_t>(c) & 15];
  }
  return to;
}

// One to fifteen bytes as a block, behind them zeros. Two words that overlap are put together.
Block LoadPart(const char* at, size_t size) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (size >= kWord) {
    uint64_t first = 0, last = 0;
    std::memcpy(&first, at, kWord);
    std::memcpy(&last, at + size - kWord, kWord);
    return Block::Of(first, size == kWord ? 0 : last >> 8 * (2 * kWord - size));
  }
  if (size >= kWord / 2) {
    uint32_t first = 0, last = 0;
    std::memcpy(&first, at, sizeof first);
    std::memcpy(&last, at + size - sizeof last, sizeof last);
    return Block::Of(uint64_t{last} << 8 * (size - sizeof last) | first, 0);
  }
  const auto byte = [at](size_t i) { return uint64_t{static_cast<uint8_t>(at[i])} << 8 * i; };
  return Block::Of(byte(0) | byte(size / 2) | byte(size - 1), 0);
}

// Copies [at, end) up to the first character that must be escaped, whose place is returned; `high` becomes other than 0
// where a byte above ASCII was passed. Up to kCopySlack bytes behind are written too. Only what is beyond a few blocks
// is worth a call.
const char* CopyPlain(const char* at, const char* end, char* to, uint32_t& high) {
  for (int i = 0; i < kBlocksAtHand && at != end; ++i) {
    const size_t size = std::min(static_cast<size_t>(end - at), kBlock);
    const Block block = size == kBlock ? Block::Load(at) : LoadPart(at, size);
    block.Store(to);
    const uint32_t special = block.Special() & BitsOf(size);
    high |= block.High();  // what is behind a special character counts too: such a text is looked at as a whole anyway
    if (special != 0) return at + std::countr_zero(special);
    at += size;
    to += size;
  }
  return at == end ? end : Kernels().copy_plain(at, end, to, high);
}

// The rest of a text, from a character on that must be escaped. It goes in pieces, so that little room is kept for what
// may become of them.
void AppendRest(const char* at, const char* end, Buffer& out) {
  constexpr size_t kPiece = 1024;  // bytes
  uint32_t high = 0;
  while (at != end) {
    const char* const stop = at + std::min<size_t>(kPiece, static_cast<size_t>(end - at));
    out.Reserve(static_cast<size_t>(stop - at) * kLongestEscape + kCopySlack);
    char* const begin = out.data() + out.size();
    char* to = begin;
    while (at != stop) {
      if (NeedsEscape(*at)) {
        to = PutEscape(to, *at++);
        continue;
      }
      const char* const plain_end = CopyPlain(at, stop, to, high);
      to += plain_end - at;
      at = plain_end;
    }
    out.Extend(static_cast<size_t>(to - begin));
  }
}

// A text of any length, as AppendEscaped.
bool AppendLongEscaped(std::string_view text, Buffer& out) {
  const size_t before = out.size();
  char* const begin = out.Extend(text.size() + 2 + kCopySlack);
  const char* const end = text.data() + text.size();
  uint32_t high = 0;
  const char* const special = CopyPlain(text.data(), end, begin + 1, high);
  out.Truncate(before);
  if ((high != 0 || special != end) && !IsUtf8(text)) return false;
  *begin = '"';
  out.Extend(static_cast<size_t>(special - text.data()) + 1);
  if (special != end) AppendRest(special, end, out);
  out.Append('"');
  return true;
}

}  // namespace

char* PutShortEscaped(std::string_view text, const char* readable, char* to) {
  const char* at = text.data();
  const char* const end = at + text.size();
  uint32_t high = 0;
  *to++ = '"';
  while (at != end) {
    const auto left = static_cast<size_t>(end - at);
    const bool whole = static_cast<size_t>(readable - at) >= kBlock;
    const Block block = whole ? Block::Load(at) : LoadPart(at, left);
    block.Store(to);
    const size_t size = std::min(left, kBlock);
    const uint32_t asked = BitsOf(size);
    if (block.SpecialOrHigh() & asked) [[unlikely]] {
      high |= block.High() & asked;
      if (const uint32_t special = block.Special() & asked; special != 0) {
        const int plain = std::countr_zero(special);
        to = PutEscape(to + plain, at[plain]);
        at += plain + 1;
        continue;
      }
    }
    at += size;
    to += size;
  }
  if (high != 0 && !IsUtf8(text)) return nullptr;
  *to++ = '"';
  return to;
}

bool AppendEscaped(std::string_view text, Buffer& out) {
  if (text.size() > kShortText) return AppendLongEscaped(text, out);
  char* const end = PutShortEscaped(text, text.data() + text.size(), out.Reserve(RoomForShort(text)));
  if (end == nullptr) return false;
  out.EndAt(end);
  return true;
}

}  // namespace dragoman::transcoding
