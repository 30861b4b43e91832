#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "auth/access.h"
#include "auth/certificates.h"
#include "auth/claimed_identity.h"
#include "auth/identity.h"
#include "auth/scheme.h"
#include "base/task.h"
#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::auth {

// Finds out who makes a request, on one worker.
//
// Of each group of an RPC's access one credential counts. One that stands twice, or two of them in different places,
// are refused as ambiguous, also where one of the two is good; what is presented and wrong is refused, also where none
// is needed. A certificate counts where nothing else is presented, since a client cannot but present it.
//
// Errors: kUnauthenticated with WWW-Authenticate; what a scheme says beside.
// Threads: its worker's.
class Authenticator {
 public:
  // `schemes`: of each of `facts` the scheme; null for mtls. `certificates` may be null. What is referred to outlives
  // it.
  Authenticator(const std::vector<SchemeFacts>& facts, std::vector<std::unique_ptr<Scheme>> schemes,
                const CertificateTable* certificates);

  // The answer where it can be given at once; nothing where Authenticate has to be asked. `access` is not open.
  std::optional<Result<Identity>> TryAuthenticate(const Access& access, const Exchange& exchange) const;
  Task<Result<Identity>> Authenticate(const Access& access, const Exchange& exchange) const;

  // What a request shows for one group of an access, for people. Nothing of it is verified.
  struct Presented {
    const SchemeFacts* scheme = nullptr;  // whose it is to judge; null: nothing is shown, or nobody's
    std::string place;                    // `header "x-api-key"`, "a client certificate"; empty: nothing is shown
    std::string name;                     // whom it claims to be of; empty: it does not say
    Status refusal{};                     // what is wrong with how it is shown
  };
  std::vector<Presented> Show(const Access& access, const Exchange& exchange) const;

  // Whom the request claims to be of: the first credential that is shown for the access, whatever it is worth.
  // Cost: of a token, that of reading its claims.
  ClaimedIdentity ClaimOf(const Access& access, const Exchange& exchange) const;

 private:
  // What a request shows for one group.
  struct Shown {
    std::string scratch;       // where the credential had to be decoded
    Scheme* scheme = nullptr;  // null: no credential, or a certificate
    std::string_view credential;
    const tls::PeerCertificate* certificate = nullptr;
  };

  Status Look(const Access& access, const Access::Group& group, const Exchange& exchange, Shown& shown) const;
  Scheme* Choose(const std::vector<size_t>& candidates, std::string_view credential) const;
  Status Add(const Access& access, const Scheme* scheme, Result<Identity> proven, Identity& whole) const;
  Status Challenge(const Access& access, const Scheme* failed, std::string text) const;

  const std::vector<SchemeFacts>& facts_;
  std::vector<std::unique_ptr<Scheme>> schemes_;
  const CertificateTable* certificates_;
};

}  // namespace dragoman::auth
