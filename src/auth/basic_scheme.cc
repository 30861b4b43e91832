#include "auth/basic_scheme.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "auth/password_hash.h"
#include "config/text_source.h"
#include "transcoding/base64.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

constexpr size_t kMaxCredential = 4 * (BasicScheme::kMaxUsername + 1 + kMaxPassword) / 3 + 4;

constexpr const char* kWrong = "the user name or the password is wrong";

bool HoldsControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

// The realm as a quoted-string (RFC 9110, 5.6.4).
std::string ChallengeOf(const std::string& realm) {
  std::string challenge = "Basic realm=\"";
  for (const char c : realm) {
    if (c == '"' || c == '\\') challenge += '\\';
    challenge += c;
  }
  return challenge + "\", charset=\"UTF-8\"";
}

}  // namespace

std::optional<UserPassword> UserPassword::Parse(std::string_view credential) {
  if (credential.size() > kMaxCredential) return std::nullopt;
  Buffer bytes;
  Buffer again;
  if (!transcoding::AppendFromBase64(credential, bytes)) return std::nullopt;
  transcoding::AppendBase64(bytes.view(), again);
  const std::string_view text = bytes.view();
  const size_t colon = text.find(':');
  std::optional<UserPassword> parsed;
  if (again.view() == credential && colon != std::string_view::npos && !HoldsControl(text) &&
      colon <= BasicScheme::kMaxUsername && text.size() - colon - 1 < kMaxPassword) {
    parsed = UserPassword{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  OPENSSL_cleanse(again.data(), again.size());
  return parsed;
}

tl::expected<std::shared_ptr<const BasicUsers>, Problems> BasicUsers::Build(const std::vector<User>& users) {
  auto built = std::make_shared<BasicUsers>();
  Problems problems;
  for (const User& user : users) {
    const auto problem = [&](std::string what) { problems.push_back({user.password.at.ToString(), std::move(what)}); };
    const std::string& name = user.password.username;
    if (name.empty() || name.size() > BasicScheme::kMaxUsername || name.find(':') != std::string::npos ||
        HoldsControl(name)) {
      problem("expected a user name of 1 to " + std::to_string(BasicScheme::kMaxUsername) +
              " bytes without colon and control characters, got " + transcoding::Quote(name));
      continue;
    }
    auto hash = config::ResolveText(user.password.hash);
    if (!hash) {
      problems.push_back(std::move(hash.error()));
      continue;
    }
    if (std::string why = WhyNoHash(*hash); !why.empty()) {
      problem("the password of " + transcoding::Quote(name) + ": " + why);
    } else if (const auto [added, is_new] = built->by_name_.emplace(name, Entry{*hash, user.consumer, {}}); !is_new) {
      problem("the user name " + transcoding::Quote(name) + " comes twice");
    } else {
      added->second.username = added->first;
      built->hashes_.push_back(*std::move(hash));
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return built;
}

BasicUsers::Entry BasicUsers::Find(const std::string& username) const {
  if (const auto found = by_name_.find(username); found != by_name_.end()) return found->second;
  if (hashes_.empty()) return {};
  const Digest digest = DigestOf(username);
  return {hashes_[(digest[0] + 256u * digest[1]) % hashes_.size()], nullptr, {}};
}

BasicScheme::BasicScheme(Loop& worker, SideThread& side_thread, const config::Basic& config,
                         std::shared_ptr<const BasicUsers> users)
    : worker_(worker),
      side_thread_(side_thread),
      remembered_for_(std::chrono::duration_cast<std::chrono::seconds>(config.cache).count()),
      challenge_(ChallengeOf(config.realm)),
      users_(std::move(users)),
      remembered_(kMaxRemembered),
      flights_(kMaxHashed),
      self_(std::make_shared<BasicScheme*>(this)) {}

BasicScheme::~BasicScheme() { *self_ = nullptr; }

std::string BasicScheme::ClaimedName(std::string_view credential) const {
  std::optional<UserPassword> presented = UserPassword::Parse(credential);
  if (!presented) return {};
  OPENSSL_cleanse(presented->password.data(), presented->password.size());
  return std::move(presented->username);
}

std::optional<Result<Identity>> BasicScheme::TryVerify(std::string_view credential, int64_t now) {
  if (credential.size() > kMaxCredential) return Refuse(Reason::kUnauthenticated, kWrong);
  const Owner* known = remembered_.Find(DigestOf(credential), now);
  if (known == nullptr) return std::nullopt;
  return IdentityOf(*known);
}

Task<Result<Identity>> BasicScheme::Verify(std::string_view credential, int64_t now) {
  if (std::optional<Result<Identity>> known = TryVerify(credential, now)) co_return *std::move(known);
  const Digest digest = DigestOf(credential);
  auto flight = flights_.Find(digest);
  if (!flight) {
    if (!UserPassword::Parse(credential)) {
      co_return Refuse(Reason::kUnauthenticated, "the credential is not base64 of a user name, a colon and a password");
    }
    flight = flights_.Begin(digest);
    if (!flight) co_return Refuse(Reason::kOverloaded, "too many passwords are being checked already");
    if (!Hash(digest, credential, now)) {
      flights_.Land(digest, Refuse(Reason::kOverloaded, "too many passwords are being checked already"));
    }
  }
  const Answer answer = co_await flight->Wait();
  if (!answer) co_return tl::unexpected(answer.error());
  co_return IdentityOf(*answer);
}

bool BasicScheme::Hash(const Digest& digest, std::string_view credential, int64_t now) {
  auto presented = std::make_shared<UserPassword>(*UserPassword::Parse(credential));
  return side_thread_.Post([self = self_, &io = worker_.io(), users = users_, digest, presented, now] {
    const BasicUsers::Entry entry = users->Find(presented->username);
    const bool right = PasswordMatches(presented->password, entry.hash);
    OPENSSL_cleanse(presented->password.data(), presented->password.size());
    const Owner owner = right ? Owner{entry.consumer, entry.username} : Owner{};
    asio::post(io, [self, digest, owner, now] {
      if (BasicScheme* alive = *self) alive->OnHashed(digest, owner, now);
    });
  });
}

void BasicScheme::OnHashed(const Digest& digest, const Owner& owner, int64_t now) {
  if (owner.consumer == nullptr) return flights_.Land(digest, Refuse(Reason::kUnauthenticated, kWrong));
  remembered_.Add(digest, owner, now, now + remembered_for_);
  flights_.Land(digest, owner);
}

Result<Identity> BasicScheme::IdentityOf(const Owner& owner) const {
  if (owner.consumer->disabled) return Refuse(Reason::kUnauthenticated, "the consumer is disabled");
  return Identity{name(), owner.consumer, nullptr, owner.username};
}

}  // namespace dragoman::auth
