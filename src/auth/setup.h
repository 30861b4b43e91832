#pragma once

#include <memory>
#include <optional>
#include <span>
#include <tl/expected.hpp>
#include <vector>

#include "auth/access.h"
#include "auth/api_keys.h"
#include "auth/authenticator.h"
#include "auth/basic_scheme.h"
#include "auth/certificates.h"
#include "auth/consumers.h"
#include "auth/introspection_scheme.h"
#include "auth/jwt_provider.h"
#include "auth/key_source.h"
#include "base/side_thread.h"
#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::auth {

// All that `authentication` and `consumers` say, built and frozen: what every worker's authenticator is made of.
//
// Threads: immutable; shared by all workers.
class Setup {
 public:
  // Errors: every problem of keys, providers and secrets. `config` outlives the setup.
  static tl::expected<std::unique_ptr<const Setup>, Problems> Build(const config::Config& config);

  const std::vector<SchemeFacts>& schemes() const { return schemes_; }
  const ConsumerDirectory& consumers() const { return consumers_; }
  size_t api_keys() const { return api_keys_.size(); }

  // The keys of each issuer, kept fresh on the control loop once they are started. `before`: those that they replace.
  std::vector<std::shared_ptr<KeySource>> MakeKeySources(Loop& control,
                                                         std::span<const std::shared_ptr<KeySource>> before = {}) const;
  // One worker's. `sources`: of MakeKeySources. Passwords are hashed on the side thread, which ends before the loop.
  std::unique_ptr<Authenticator> MakeAuthenticator(Loop& worker, SideThread& side_thread,
                                                   const std::vector<std::shared_ptr<KeySource>>& sources) const;

 private:
  explicit Setup(const config::Config& config)
      : config_(config), consumers_(config.consumers), schemes_(SchemesOf(config)) {}

  const config::Config& config_;
  ConsumerDirectory consumers_;
  std::vector<SchemeFacts> schemes_;
  ApiKeyTable api_keys_{0};
  std::optional<CertificateTable> certificates_;
  std::vector<std::shared_ptr<const JwtProvider>> jwt_providers_;
  std::shared_ptr<const BasicUsers> basic_users_;              // null: not configured
  std::shared_ptr<const IntrospectionRules> introspection_;  // likewise
};

// Names of headers that carry credentials of clients, in lower case: such a header never travels on, but
// `authorization` where an RPC forwards credentials.
std::vector<std::string> CredentialHeaders(const std::vector<SchemeFacts>& schemes);

// Names of query parameters that carry them.
std::vector<std::string> CredentialParameters(const std::vector<SchemeFacts>& schemes);

}  // namespace dragoman::auth
