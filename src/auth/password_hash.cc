#include "auth/password_hash.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace dragoman::auth {
namespace {

constexpr std::string_view kCharacters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

constexpr int kMaxBcryptCost = 14;           // about a second
constexpr int kMaxSha512Rounds = 1'000'000;  // likewise
constexpr size_t kBcryptSize = 60;
constexpr size_t kSha512Hash = 86;
constexpr size_t kYescryptHash = 43;

bool IsText(std::string_view text) { return text.find_first_not_of(kCharacters) == std::string_view::npos; }

// Takes what is in front of the next '$', and the '$'; false if there is none.
bool TakeField(std::string_view& rest, std::string_view& field) {
  const size_t end = rest.find('$');
  if (end == std::string_view::npos) return false;
  field = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

bool TakeNumber(std::string_view text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

constexpr const char* kNotWhole = "the hash is not whole";

// $2b$12$ and 53 characters.
std::string WhyNoBcrypt(std::string_view hash) {
  std::string_view rest = hash.substr(4);
  std::string_view cost_text;
  int cost = 0;
  if (hash.size() != kBcryptSize || !TakeField(rest, cost_text) || cost_text.size() != 2 ||
      !TakeNumber(cost_text, cost) || !IsText(rest)) {
    return kNotWhole;
  }
  return cost > kMaxBcryptCost
             ? "bcrypt's cost is " + std::to_string(cost) + ", expected at most " + std::to_string(kMaxBcryptCost)
             : "";
}

// $6$rounds=5000$salt$ and 86 characters; the rounds may be absent.
std::string WhyNoSha512(std::string_view hash) {
  constexpr std::string_view kRounds = "rounds=";
  std::string_view rest = hash.substr(3);
  std::string_view salt;
  if (!TakeField(rest, salt)) return kNotWhole;
  if (salt.starts_with(kRounds)) {
    int rounds = 0;
    if (!TakeNumber(salt.substr(kRounds.size()), rounds) || !TakeField(rest, salt)) return kNotWhole;
    if (rounds > kMaxSha512Rounds) return "SHA-512's rounds are more than " + std::to_string(kMaxSha512Rounds);
  }
  return rest.size() == kSha512Hash && IsText(rest) && IsText(salt) ? "" : kNotWhole;
}

// $y$j9T$salt$ and 43 characters. The parameters that mkpasswd writes up to a cost of 7: 64 MiB, tenths of a second.
std::string WhyNoYescrypt(std::string_view hash) {
  constexpr std::string_view kSizes = "789AB";  // 2^10 to 2^14 blocks …
  constexpr std::string_view kBlocks = "5T";    // … of 1 or 4 KiB
  std::string_view rest = hash.substr(3);
  std::string_view parameters;
  std::string_view salt;
  if (!TakeField(rest, parameters) || !TakeField(rest, salt) || rest.size() != kYescryptHash || !IsText(rest) ||
      !IsText(salt)) {
    return kNotWhole;
  }
  const bool usual = parameters.size() == 3 && parameters[0] == 'j' &&
                     kSizes.find(parameters[1]) != std::string_view::npos &&
                     kBlocks.find(parameters[2]) != std::string_view::npos;
  return usual ? "" : "yescrypt's parameters are unusual, expected a cost of 1 to 7";
}

}  // namespace

std::string WhyNoHash(std::string_view hash) {
  if (hash.starts_with("$2b$") || hash.starts_with("$2y$")) return WhyNoBcrypt(hash);
  if (hash.starts_with("$6$")) return WhyNoSha512(hash);
  if (hash.starts_with("$y$")) return WhyNoYescrypt(hash);
  return "expected a hash of crypt(3): $2b$… (bcrypt), $y$… (yescrypt) or $6$… (SHA-512)";
}

bool PasswordMatches(const std::string& password, const std::string& hash) {
  if (!WhyNoHash(hash).empty() || password.size() >= kMaxPassword) return false;
  const auto data = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
  const bool matches = made != nullptr && std::string_view(made).size() == hash.size() &&
                       CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof *data);
  return matches;
}

}  // namespace dragoman::auth
