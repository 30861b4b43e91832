#include "rate_limit/redis_key.h"

#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <cstdint>

#include "base/hex.h"

namespace dragoman::rate_limit {
namespace {

void Append(KeyText& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

void Append(KeyText& out, int64_t number) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.insert(out.end(), text.data(), end);
}

// Its own length in front of it, a name ends where nothing in it or behind it can say otherwise.
void AppendPlain(KeyText& out, std::string_view name, std::string_view key) {
  Append(out, static_cast<int64_t>(name.size()));
  out.push_back(':');
  Append(out, name);
  Append(out, ":k");
  Append(out, key);
}

}  // namespace

void AppendKey(KeyText& out, std::string_view prefix, const Charge& charge) {
  const config::LimitWindow& window = *charge.window;
  Append(out, prefix);
  out.push_back(window.kind == config::LimitWindow::Kind::kRate ? 'r' : 'q');
  Append(out, static_cast<int64_t>(window.per.count()));
  out.push_back(':');
  if (window.name.size() + charge.key.size() <= kMaxPlainKey) return AppendPlain(out, window.name, charge.key);

  KeyText whole;
  AppendPlain(whole, window.name, charge.key);
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(whole.data()), whole.size(), digest.data());
  out.push_back('h');
  AppendHex(digest, out);
}

}  // namespace dragoman::rate_limit
