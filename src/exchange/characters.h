#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

// The character classes of RFC 9110 section 5.6 as tables, so that a header is checked in one look at each byte.
namespace dragoman {

namespace internal {

constexpr std::array<char, 256> MakeTokenTable() {
  std::array<char, 256> table{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")) table[static_cast<uint8_t>(c)] = c;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<uint8_t>(c)] = static_cast<char>(c - 'A' + 'a');
  return table;
}

constexpr std::array<bool, 256> MakeHostTable() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) table[static_cast<size_t>(c)] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  for (char c : std::string_view("-._~!$&'()*+;=")) table[static_cast<uint8_t>(c)] = true;
  return table;
}

inline constexpr std::array<char, 256> kToken = MakeTokenTable();
inline constexpr std::array<bool, 256> kHost = MakeHostTable();

}  // namespace internal

// The lower-case form of a token's character; NUL for what no token may hold.
inline char LowerTokenCharacter(char c) { return internal::kToken[static_cast<uint8_t>(c)]; }

// field-vchar, space, tab, obs-text.
inline bool IsValueCharacter(char c) {
  const uint8_t byte = static_cast<uint8_t>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

// Anything visible; bytes above ASCII are let through, because clients send unescaped UTF-8.
inline bool IsTargetCharacter(char c) {
  const uint8_t byte = static_cast<uint8_t>(c);
  return byte > 0x20 && byte != 0x7f && byte != '#';
}

// What a registered name is made of, but for percent-encoding; no comma, so that a list of hosts is none (RFC 3986 section 3.2.2).
inline bool IsHostCharacter(char c) { return internal::kHost[static_cast<uint8_t>(c)]; }

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

inline bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

template <typename Predicate>
bool EveryCharacter(std::string_view text, Predicate predicate) {
  for (char c : text) {
    if (!predicate(c)) return false;
  }
  return true;
}

// token = 1*tchar
inline bool IsToken(std::string_view text) {
  return !text.empty() && EveryCharacter(text, [](char c) { return LowerTokenCharacter(c) != 0; });
}

inline bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) { return x == y || lower(x) == lower(y); });
}

// Without the spaces and tabs around it (OWS).
inline std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Whether IsValueCharacter holds for every byte: eight of them at a time, since nearly all that comes is plain text.
inline bool IsHeaderValue(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = kOnes * 0x80;
  size_t at = 0;
  while (at < text.size()) {
    const size_t count = text.size() - at < 8 ? text.size() - at : 8;
    uint64_t word = kOnes * ' ';
    if (count == 8) {
      std::memcpy(&word, text.data() + at, 8);
    } else {
      std::memcpy(&word, text.data() + at, count);
    }
    const uint64_t deletes = word ^ kOnes * 0x7f;
    const uint64_t below_blank = (word - kOnes * 0x20) & ~word & kHighs;
    const uint64_t is_delete = (deletes - kOnes) & ~deletes & kHighs;
    if ((below_blank | is_delete) != 0 && !EveryCharacter(text.substr(at, count), IsValueCharacter)) return false;
    at += count;
  }
  return true;
}

}  // namespace dragoman
