#include "auth/api_keys.h"

#include <openssl/sha.h>

#include <bit>
#include <cstring>
#include <utility>

#include "auth/api_key_file.h"

namespace dragoman::auth {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string Short(const Sha256& digest) { return RenderHex(digest).substr(0, 8) + "…"; }

}  // namespace

Sha256 Sha256Of(std::string_view bytes) {
  Sha256 digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

std::optional<Sha256> ParseSha256(std::string_view hex) {
  Sha256 digest;
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (size_t i = 0; i < digest.size(); ++i) {
    const size_t high = kDigits.find(hex[2 * i]);
    const size_t low = kDigits.find(hex[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    digest[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return digest;
}

ApiKeyTable::ApiKeyTable(size_t count) : places_(std::bit_ceil(2 * count + 1)) {}

size_t ApiKeyTable::PlaceOf(const Sha256& digest) const {
  uint64_t first = 0;
  std::memcpy(&first, digest.data(), sizeof first);
  return first & (places_.size() - 1);
}

bool ApiKeyTable::Add(const ApiKey& key) {
  size_t at = PlaceOf(key.digest);
  for (; places_[at].consumer != nullptr; at = (at + 1) & (places_.size() - 1)) {
    if (places_[at].digest == key.digest) return false;
  }
  places_[at] = key;
  ++size_;
  return true;
}

const ApiKey* ApiKeyTable::Find(const Sha256& digest) const {
  for (size_t at = PlaceOf(digest); places_[at].consumer != nullptr; at = (at + 1) & (places_.size() - 1)) {
    if (places_[at].digest == digest) return &places_[at];
  }
  return nullptr;
}

tl::expected<ApiKeyTable, Problems> LoadApiKeys(const config::Config& config, ConsumerDirectory& consumers) {
  Problems problems;
  struct Loaded {
    ApiKey key;
    const config::Position* at;  // null: in the file
    int line = 0;
  };
  std::vector<Loaded> keys;
  for (const config::Consumer& consumer : config.consumers) {
    for (const config::Consumer::Key& key : consumer.keys) {
      keys.push_back({{.digest = ParseSha256(key.sha256).value_or(Sha256{}),
                       .consumer = consumers.FindByName(consumer.name),
                       .expires = key.expires.value_or(std::numeric_limits<int64_t>::max()),
                       .disabled = key.disabled},
                      &key.at});
    }
  }
  const std::string file =
      config.authentication && config.authentication->api_keys ? config.authentication->api_keys->file : std::string();
  if (!file.empty()) {
    const auto take = [&](ApiKeyLine line, int number) {
      const Consumer* known = consumers.FindByName(line.consumer);
      if (known == nullptr || line.describes_consumer()) {
        const Consumer described{.name = std::move(line.consumer),
                                 .tenant = std::move(line.tenant),
                                 .tier = std::move(line.tier),
                                 .scopes = std::move(line.scopes),
                                 .roles = std::move(line.roles),
                                 .disabled = known != nullptr && known->disabled};
        if (known == nullptr || described != *known) known = &consumers.Add(described);
      }
      keys.push_back({{.digest = line.digest, .consumer = known, .expires = line.expires_at, .disabled = line.disabled},
                      nullptr,
                      number});
    };
    ReadApiKeyFile(file, take, problems);
  }
  ApiKeyTable table(keys.size());
  for (Loaded& each : keys) {
    each.key.disabled = each.key.disabled || each.key.consumer->disabled;
    if (!table.Add(each.key)) {
      problems.push_back({each.at ? each.at->ToString() : file + ":" + std::to_string(each.line),
                          "the key of SHA-256 " + Short(each.key.digest) + " stands twice"});
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return table;
}

std::optional<Result<Identity>> ApiKeyScheme::TryVerify(std::string_view credential, int64_t now) {
  const auto refuse = [](const char* what) { return Result<Identity>(Refuse(Reason::kUnauthenticated, what)); };
  const ApiKey* key = table_.Find(Sha256Of(credential));
  if (key == nullptr) return refuse("the API key is not known");
  if (key->disabled) return refuse("the API key is disabled");
  if (now >= key->expires) return refuse("the API key has expired");
  return Identity{.scheme = "api_key", .consumer = key->consumer, .claims = nullptr};
}

Task<Result<Identity>> ApiKeyScheme::Verify(std::string_view credential, int64_t now) {
  co_return *TryVerify(credential, now);
}

}  // namespace dragoman::auth
