#include "composition/idempotency_key.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "base/hex.h"

namespace dragoman::composition {
namespace {

constexpr std::string_view kHeader = "idempotency-key";
constexpr size_t kDigestBytes = 8;

bool IsKey(const Header& header) { return header.name == kHeader; }

}  // namespace

std::string DigestOf(std::string_view message) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash;
  SHA256(reinterpret_cast<const unsigned char*>(message.data()), message.size(), hash.data());
  return RenderHex(std::span(hash).first(kDigestBytes));
}

std::string DeriveIdempotencyKey(std::string_view composition, std::string_view call, std::string_view item,
                                 std::string_view message, std::span<const Header> metadata) {
  const auto sent = std::find_if(metadata.begin(), metadata.end(), IsKey);
  if (sent == metadata.end()) return {};
  std::string key(sent->value);
  key.append(".").append(composition).append(".").append(call);
  if (!item.empty()) key.append(".").append(DigestOf(message));
  if (!item.empty() && item != "1") key.append(".").append(item);
  return key;
}

bool HasIdempotencyKey(std::span<const Header> metadata) {
  return std::find_if(metadata.begin(), metadata.end(), IsKey) != metadata.end();
}

std::vector<Header> WithIdempotencyKey(std::span<const Header> metadata, std::string_view key) {
  std::vector<Header> own(metadata.begin(), metadata.end());
  std::erase_if(own, IsKey);
  own.push_back({kHeader, key});
  return own;
}

}  // namespace dragoman::composition
