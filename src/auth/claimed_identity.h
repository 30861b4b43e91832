#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dragoman::auth {

// Whom a request claims to be of. Nothing of it is proven: it is what guesses are counted by.
//
//   Authorization: Basic YWxpY2U6Z3Vlc3M=   {"basic", "alice", guessable}
//   Authorization: Bearer eyJ…              {"jwt.main", `sub`}
//   X-Api-Key: dgm_…                        {"api_key", "", fingerprint}
struct ClaimedIdentity {
  static constexpr size_t kMaxName = 256;  // bytes; what is longer is cut

  std::string_view scheme;   // empty: no credential is shown. Lives as long as the generation
  std::string name;          // as Identity::name() has it once it is proven; empty: the credential names nobody
  bool guessable = false;    // whoever tries long enough gets in: a password
  uint64_t fingerprint = 0;  // of a credential that names nobody, keyed by a secret of the process; 0: none
};

}  // namespace dragoman::auth
