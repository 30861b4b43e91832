#include "transcoding/json_escape.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "transcoding/json_blocks.h"
#include "transcoding/text_kernels.h"
#include "transcoding/utf8.h"

namespace dragoman::transcoding {
namespace {

constexpr size_t kLongestEscape = 6;  // \u001b

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

// Copies `size` bytes, at least one word and at most two, unless one must be escaped. They are looked at as one block.
template <typename Word>
[[gnu::always_inline]] inline bool CopyWords(const char* at, size_t size, char* to, uint32_t& high) {
  Word first = 0, last = 0;  // they overlap
  std::memcpy(&first, at, sizeof first);
  std::memcpy(&last, at + size - sizeof last, sizeof last);
  const Block block = [&] {
    if constexpr (sizeof(Word) == sizeof(uint64_t)) {
      return Block::Of(first, last);
    } else {
      const uint64_t both = uint64_t{last} << 32 | first;
      return Block::Of(both, both);
    }
  }();
  if (block.Special() != 0) return false;
  high |= block.High();
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + size - sizeof last, &last, sizeof last);
  return true;
}

// The same of 1 to 15 bytes.
[[gnu::always_inline]] inline bool CopyShort(const char* at, size_t size, char* to, uint32_t& high) {
  if (size >= sizeof(uint64_t)) return CopyWords<uint64_t>(at, size, to, high);
  if (size >= sizeof(uint32_t)) return CopyWords<uint32_t>(at, size, to, high);
  const char first = at[0], middle = at[size / 2], last = at[size - 1];
  if (NeedsEscape(first) || NeedsEscape(middle) || NeedsEscape(last)) return false;
  high |= static_cast<uint8_t>(first | middle | last) & 0x80U;
  to[0] = first;
  to[size / 2] = middle;
  to[size - 1] = last;
  return true;
}

const char* CopyBytes(const char* at, const char* end, char* to, uint32_t& high) {
  for (; at != end && !NeedsEscape(*at); ++at) {
    high |= static_cast<uint8_t>(*at) & 0x80U;
    *to++ = *at;
  }
  return at;
}

// Copies [at, end) up to the first character that must be escaped, whose place is returned; `high` becomes other than 0
// where a byte above ASCII was passed. Up to kCopySlack bytes behind are written too. Most strings are short: only what
// is beyond a few blocks is worth a call.
const char* CopyPlain(const char* at, const char* end, char* to, uint32_t& high) {
  const auto size = static_cast<size_t>(end - at);
  if (size < kBlock) {
    return size == 0 || CopyShort(at, size, to, high) ? end : CopyBytes(at, end, to, high);
  }
  const auto copy_block = [&high](const char* from, char* into) {
    const Block block = Block::Load(from);
    block.Store(into);
    const uint32_t special = block.Special();
    high |= block.High();  // what is behind a special character counts too: such a text is looked at as a whole anyway
    return special;
  };
  for (int i = 0; i < kBlocksAtHand; ++i, at += kBlock, to += kBlock) {
    const auto left = static_cast<size_t>(end - at);
    if (left < kBlock) {
      // The last block overlaps the one before it, which is plain.
      const uint32_t special = left == 0 ? 0 : copy_block(end - kBlock, to + left - kBlock);
      return special == 0 ? end : end - kBlock + std::countr_zero(special);
    }
    if (const uint32_t special = copy_block(at, to); special != 0) return at + std::countr_zero(special);
  }
  return Kernels().copy_plain(at, end, to, high);
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
      const char* const plain_end =
          static_cast<size_t>(stop - at) < kBlock ? CopyBytes(at, stop, to, high) : CopyPlain(at, stop, to, high);
      to += plain_end - at;
      at = plain_end;
    }
    out.Extend(static_cast<size_t>(to - begin));
  }
}

// Any text, as AppendEscaped.
bool AppendAnyEscaped(std::string_view text, Buffer& out) {
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

bool AppendEscaped(std::string_view text, Buffer& out) {
  const size_t size = text.size();
  if (size >= kBlock) return AppendAnyEscaped(text, out);
  // Most strings are short, ASCII, and as they are.
  const size_t before = out.size();
  char* const to = out.Extend(kBlock + 1);
  uint32_t high = 0;
  const bool plain = size == 0 || CopyShort(text.data(), size, to + 1, high);
  if (!plain || high != 0) {
    out.Truncate(before);
    return AppendAnyEscaped(text, out);
  }
  to[0] = '"';
  to[size + 1] = '"';
  out.Truncate(before + size + 2);
  return true;
}

}  // namespace dragoman::transcoding
