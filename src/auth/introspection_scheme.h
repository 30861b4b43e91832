#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "auth/flights.h"
#include "auth/remembered.h"
#include "auth/scheme.h"
#include "base/loop.h"
#include "config/config.h"
#include "http_client/client.h"
#include "upstream/endpoint.h"

namespace dragoman::auth {

// An introspection endpoint as configured, its secret read. Immutable, shared by the workers.
struct IntrospectionRules {
  config::Introspection config;
  std::string client_secret;

  // Errors, for the operator: a secret that cannot be read, a URL that is none, a CA that cannot be read.
  static tl::expected<std::shared_ptr<const IntrospectionRules>, Problems> Build(const config::Introspection& config);
};

// Tokens that say nothing themselves: whoever issued them is asked (RFC 7662). A credential is the bare token.
//
// An answer is remembered for a while, never past the token's own end; concurrent requests with one token ask once.
// Nothing but an answer that says so makes a token a good one.
//
// Errors: kUnauthenticated; kBackendUnavailable, "the token cannot be checked: its issuer answers 500"; kOverloaded, when
// too many are being asked about. Where the issuer is and why it cannot be asked stands in the log (`token_not_checked`, once a
// minute). Threads: its worker's.   Lifetime: who waits ends before it does.
class IntrospectionScheme final : public Scheme {
 public:
  using FindConsumer = std::function<const Consumer*(std::string_view name)>;

  static constexpr size_t kMaxToken = 8 << 10;  // bytes
  static constexpr size_t kMaxAsked = 64;       // at once
  static constexpr int64_t kRefusedFor = 10;    // seconds that "not active" is remembered, or `cache` if that is less
  static constexpr int64_t kLeeway = 30;        // seconds, for exp and nbf

  // `find_consumer`: null where there is none of that name.
  IntrospectionScheme(Loop& worker, std::shared_ptr<const IntrospectionRules> rules, FindConsumer find_consumer);
  ~IntrospectionScheme() override;

  std::string_view name() const override { return "introspection"; }
  std::string_view challenge() const override { return "Bearer realm=\"dragoman\""; }
  std::optional<Result<Identity>> TryVerify(std::string_view token, int64_t now) override;
  Task<Result<Identity>> Verify(std::string_view token, int64_t now) override;

 private:
  // What the endpoint said of a token; null: it is not active.
  using Claims = std::shared_ptr<const jose::Claims>;
  using Answer = Result<Claims>;

  Task<void> Ask(Digest digest, std::string token, int64_t now);
  // `why`: for the operator; `told`: what of it anybody may know.
  tl::unexpected<Status> NotChecked(std::string_view why, std::string_view told);
  void Remember(const Digest& digest, const Claims& claims, int64_t now);
  Result<Identity> Judge(const Claims& claims, int64_t now) const;

  Loop& worker_;
  const std::shared_ptr<const IntrospectionRules> rules_;
  std::unique_ptr<http_client::Client> client_;
  const std::string authority_;
  const FindConsumer find_consumer_;
  Remembered<Claims> remembered_;
  Flights<Answer> flights_;
  upstream::ToldLately told_;
  std::shared_ptr<IntrospectionScheme*> self_;  // null inside once this is gone
};

// What an introspection answer says (RFC 7662, section 2.2); null: the token is not active. Errors: "answers 500",
// "answers without saying whether the token is active".
tl::expected<std::shared_ptr<const jose::Claims>, std::string> ReadIntrospectionAnswer(
    const http_client::Response& response);

}  // namespace dragoman::auth
