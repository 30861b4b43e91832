#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/ip_address.h"
#include "config/position.h"

namespace dragoman::config {

// Networks, said here and in files: a network a line, `#` begins a comment.
struct NetworkList {
  std::vector<Network> networks;
  std::vector<std::string> files;  // already relative to the configuration's folder
  Position at;
};

// Who is shut out.
struct Guard {
  // Bans of the same address or identity double, from the first to the longest.
  struct Ban {
    Milliseconds first{60'000};
    Milliseconds longest{24 * 3'600'000};
  };
  // Credentials that were refused, by address and by claimed identity.
  struct BruteForce {
    uint32_t failures = 10;
    Milliseconds within{60'000};
    Ban ban;
  };
  // Points that an address gets for what well-behaved clients do rarely; they halve every half_life.
  struct Patterns {
    uint32_t score = 100;  // bans
    Milliseconds half_life{60'000};
    uint32_t not_found = 2;        // points of a 404
    uint32_t wrong_method = 5;     // of a 405
    uint32_t malformed = 5;        // of a request that is no HTTP, and of a 400
    uint32_t unauthenticated = 2;  // of a 401
    uint32_t new_identity = 10;    // of a further identity that was claimed in vain
    uint32_t new_route = 1;        // of a further RPC that is refused with 401 or 403
    Ban ban;
  };
  struct Connections {
    uint32_t per_address = 0;     // open at once; 0: as many as limits.max_connections
    uint32_t new_per_second = 0;  // of one address; 0: no bound
    uint32_t burst = 0;           // of those at once
  };
  // Requests whose header has a value that one of the patterns matches are refused. `*`: any text. Case does not count.
  struct HeaderRule {
    std::string header;  // in lower case; "user-agent" of `user_agents`
    std::vector<std::string> deny;
    bool required = false;  // a request without it is refused
    Position at;
  };
  NetworkList allow;  // never banned, denied or limited here
  NetworkList deny;
  Milliseconds reload{30'000};  // how often the files are looked at
  std::optional<BruteForce> brute_force = BruteForce{};
  std::optional<Patterns> patterns = Patterns{};
  Connections connections;
  std::vector<HeaderRule> headers;
  uint32_t max_entries = 100'000;  // addresses and identities that are remembered
  bool shared = false;             // bans go through `store`
  Position at;
};

}  // namespace dragoman::config
