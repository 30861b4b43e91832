#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/identity.h"
#include "base/task.h"
#include "transcoding/status.h"

namespace dragoman::auth {

// One way to prove who one is, on one worker: what is remembered is the worker's own.
//
// Errors of both: kUnauthenticated, with a text that helps the legitimate and quotes nothing of the credential;
// kBackendUnavailable where whoever has to be asked cannot be. The challenge of WWW-Authenticate is added by the
// caller. Threads: its worker's.
class Scheme {
 public:
  virtual ~Scheme() = default;

  // "api_key", "jwt.main".
  virtual std::string_view name() const = 0;
  // The WWW-Authenticate challenge without parameters of an error: `Bearer realm="…"`; empty: none fits.
  virtual std::string_view challenge() const = 0;
  // Whether it is this scheme's to judge the credential, where several have theirs in the same place: of tokens, who
  // issued them. Cheap, and believes nothing yet.
  virtual bool Recognises(std::string_view credential) const { return !credential.empty(); }
  // Whom the credential claims to be of, as Identity::name() would have it; empty: it does not say. Believes nothing.
  virtual std::string ClaimedName(std::string_view) const { return {}; }
  // Whether trying credentials long enough finds one that is right.
  virtual bool guessable() const { return false; }
  // The answer where it can be given at once; nothing where Verify has to be asked. `now`: seconds since 1970.
  virtual std::optional<Result<Identity>> TryVerify(std::string_view credential, int64_t now) = 0;
  // The answer, whatever it takes. `credential` must hold until it is there.
  virtual Task<Result<Identity>> Verify(std::string_view credential, int64_t now) = 0;
};

}  // namespace dragoman::auth
