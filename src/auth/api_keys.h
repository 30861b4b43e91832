#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/consumers.h"
#include "auth/scheme.h"
#include "base/hex.h"
#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::auth {

using Sha256 = std::array<unsigned char, 32>;

Sha256 Sha256Of(std::string_view bytes);
// Nothing for anything but 64 hexadecimal digits in lower case.
std::optional<Sha256> ParseSha256(std::string_view hex);

// What is known of one API key. The key itself is nowhere: it is at least 128 random bits, so that its SHA-256 tells
// nobody.
struct ApiKey {
  Sha256 digest{};
  const Consumer* consumer = nullptr;                     // null: an empty place of the table
  int64_t expires = std::numeric_limits<int64_t>::max();  // seconds since 1970
  bool disabled = false;  // or its consumer is
};

// All API keys by their digest: an open table of 56 bytes a place, half of them used at most.
//
// Threads: immutable once built.   Cost of Find: a cache line or two, however many keys there are.
class ApiKeyTable {
 public:
  // Room for `count` keys.
  explicit ApiKeyTable(size_t count);

  // False if the digest is there already. Only as many as there is room for.
  bool Add(const ApiKey& key);
  const ApiKey* Find(const Sha256& digest) const;
  size_t size() const { return size_; }

 private:
  // The digest's own first bytes: nobody can choose keys whose digests collide in them and still guess a live one.
  size_t PlaceOf(const Sha256& digest) const;

  std::vector<ApiKey> places_;  // a power of two
  size_t size_ = 0;
};

// The keys of `consumers` and of authentication.api_keys.file; who only the file knows is added to the directory.
// Errors: all lines that cannot be read, with file and line; a key that stands twice.
tl::expected<ApiKeyTable, Problems> LoadApiKeys(const config::Config& config, ConsumerDirectory& consumers);

// The scheme "api_key".
class ApiKeyScheme final : public Scheme {
 public:
  // `table` outlives it.
  ApiKeyScheme(const ApiKeyTable& table, std::string challenge) : table_(table), challenge_(std::move(challenge)) {}

  std::string_view name() const override { return "api_key"; }
  std::string_view challenge() const override { return challenge_; }
  std::optional<Result<Identity>> TryVerify(std::string_view credential, int64_t now) override;
  Task<Result<Identity>> Verify(std::string_view credential, int64_t now) override;

 private:
  const ApiKeyTable& table_;
  const std::string challenge_;
};

}  // namespace dragoman::auth
