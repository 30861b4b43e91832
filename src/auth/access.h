#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "auth/credentials.h"
#include "auth/identity.h"
#include "config/config.h"
#include "routing/router.h"
#include "transcoding/field_reader.h"
#include "transcoding/message_plan.h"
#include "transcoding/status.h"

namespace dragoman::auth {

// One scheme as the configuration sets it up.
struct SchemeFacts {
  enum class Kind : uint8_t { kApiKey, kJwt, kBasic, kMtls, kIntrospection };
  Kind kind;
  std::string name;           // "api_key", "jwt.main"
  std::vector<Place> places;  // none of kMtls: the certificate is the connection's
  std::string challenge;      // for WWW-Authenticate: `Bearer realm="dragoman"`
  size_t provider = 0;        // of kJwt: index into Authentication::jwt
};

// All schemes, in a fixed order; none where there is no `authentication`.
std::vector<SchemeFacts> SchemesOf(const config::Config& config);

// Who may call one RPC: compiled from its policy.
//
// Threads: immutable; safe to use concurrently.
class Access {
 public:
  // A place, and whose credentials may stand there.
  struct Spot {
    Place place;
    std::vector<size_t> schemes;  // into SchemesOf
  };
  // One credential out of these.
  struct Group {
    std::vector<Spot> spots;
    bool certificate = false;     // or the connection's certificate
    std::vector<size_t> schemes;  // all of them
  };

  // Adds to `problems`: fields that the request message does not have (a composition has none), a public RPC with an `authorize` that demands
  // something.
  Access(const routing::Rpc& rpc, const config::Config& config, const std::vector<SchemeFacts>& schemes,
         const transcoding::PlanSet& plans, Problems& problems);

  // Nobody is asked who they are.
  bool open() const { return open_; }
  // Who shows nothing is served all the same, as long as nothing is demanded of the identity.
  bool anonymous_may() const { return optional_; }
  // Who shows nothing at all is served.
  bool lets_anybody_in() const { return open_ || (optional_ && authorize_ == nullptr); }
  bool forwards_credentials() const { return open_ || forwards_credentials_; }
  // Each needs a credential.
  const std::vector<Group>& groups() const { return groups_; }

  // Errors: kForbidden, saying what is missing; kUnauthenticated for an anonymous identity where something is demanded.
  Status AdmitIdentity(const Identity& identity) const;
  bool reads_message() const { return !fields_.empty(); }
  // `message`: the request's wire bytes. Errors: kForbidden, naming the field.
  Status AdmitMessage(std::string_view message, const Identity& identity) const;

  // What AdmitIdentity and AdmitMessage look at, one by one: everything that is demanded, held or not. `message`: null
  // while there is none. The first that is not held is what refuses.
  struct Check {
    std::string what;  // `scope "orders.read"`, `field "user_id" = claims.sub`
    bool decided = true;  // false: the message is not there
    Status refusal{};  // OK: it holds
  };
  std::vector<Check> Checks(const Identity& identity, const std::string_view* message) const;

  // For people: "public", "api_key or jwt.main; scopes orders.read; user_id = claims.sub".
  const std::string& description() const { return description_; }

 private:
  struct Field {
    transcoding::FieldReader reader;
    const config::Authorize::Field* rule;
  };

  void AddGroup(const std::vector<std::string>& names, const std::vector<SchemeFacts>& schemes);
  Status CheckScopes(const Identity& identity) const;
  Status CheckRoles(const Identity& identity) const;
  Status CheckConsumer(const Identity& identity) const;
  Status CheckTenant(const Identity& identity) const;
  Status CheckNames(const Identity& identity) const;
  Status CheckClaims(const Identity& identity) const;
  Status CheckField(const Field& field, std::string_view message, const Identity& identity) const;

  bool open_ = false;
  bool optional_ = false;
  bool forwards_credentials_ = false;
  std::vector<Group> groups_;
  const config::Authorize* authorize_ = nullptr;  // null: nothing is demanded
  std::vector<Field> fields_;
  std::string description_;
};

}  // namespace dragoman::auth
