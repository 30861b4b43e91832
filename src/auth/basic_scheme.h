#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "auth/flights.h"
#include "auth/remembered.h"
#include "auth/scheme.h"
#include "base/loop.h"
#include "base/side_thread.h"
#include "config/config.h"

namespace dragoman::auth {

// Who may come in with a password. Immutable, shared by the workers.
class BasicUsers {
 public:
  struct User {
    config::Consumer::Password password;
    const Consumer* consumer = nullptr;  // outlives this
  };
  struct Entry {
    std::string hash;
    const Consumer* consumer = nullptr;  // null: nobody
    std::string_view username;           // lives as long as the users
  };
  // Whose a credential is.
  struct Owner {
    const Consumer* consumer = nullptr;  // null: nobody's
    std::string_view username;           // lives as long as the users
  };

  // Errors, for the operator: a hash that cannot be read or is none, a name that comes twice, is too long, or holds a
  // colon or a control character.
  static tl::expected<std::shared_ptr<const BasicUsers>, Problems> Build(const std::vector<User>& users);

  // The user of that name; for a name that there is not, nobody with some user's hash, always the same one, so that
  // finding out takes as long.
  Entry Find(const std::string& username) const;

 private:
  std::unordered_map<std::string, Entry> by_name_;
  std::vector<std::string> hashes_;
};

// HTTP Basic (RFC 7617). A credential is the base64 text behind "Basic ". Passwords are hashed on the side thread; what
// was right is remembered for a while, and the same credential is hashed once at a time.
//
// Errors: kUnauthenticated, the same text whether name or password is wrong; kOverloaded, when too many are being
// hashed. Threads: its worker's.   Lifetime: who waits ends before it does; the side thread ends before the loop.
class BasicScheme final : public Scheme {
 public:
  static constexpr size_t kMaxUsername = 256;  // bytes
  static constexpr size_t kMaxHashed = 64;     // credentials at once
  static constexpr size_t kMaxRemembered = 10'000;

  BasicScheme(Loop& worker, SideThread& side_thread, const config::Basic& config,
              std::shared_ptr<const BasicUsers> users);
  ~BasicScheme() override;

  std::string_view name() const override { return "basic"; }
  std::string_view challenge() const override { return challenge_; }
  std::string ClaimedName(std::string_view credential) const override;
  bool guessable() const override { return true; }
  std::optional<Result<Identity>> TryVerify(std::string_view credential, int64_t now) override;
  Task<Result<Identity>> Verify(std::string_view credential, int64_t now) override;

 private:
  using Owner = BasicUsers::Owner;
  using Answer = Result<Owner>;

  // Begins to hash; false if the side thread has too much to do.
  bool Hash(const Digest& digest, std::string_view credential, int64_t now);
  void OnHashed(const Digest& digest, const Owner& owner, int64_t now);
  Result<Identity> IdentityOf(const Owner& owner) const;

  Loop& worker_;
  SideThread& side_thread_;
  const int64_t remembered_for_;  // seconds
  const std::string challenge_;
  const std::shared_ptr<const BasicUsers> users_;
  Remembered<Owner> remembered_;
  Flights<Answer> flights_;
  std::shared_ptr<BasicScheme*> self_;  // null inside once this is gone
};

// The user name and the password that a credential holds.
struct UserPassword {
  std::string username;
  std::string password;

  // Nothing unless it is canonical base64 of a name, a colon and a password without control characters, within the
  // bounds (RFC 7617, section 2).
  static std::optional<UserPassword> Parse(std::string_view credential);
};

}  // namespace dragoman::auth
