#pragma once

#include <memory>
#include <random>
#include <tl/expected.hpp>

#include "auth/backend_credentials.h"
#include "auth/token_cell.h"
#include "base/loop.h"

namespace dragoman::auth {

struct TokenFetcherOptions {
  Duration min_backoff = std::chrono::seconds(1);  // after a fetch that failed; doubled each time …
  Duration max_backoff = std::chrono::minutes(1);  // … up to this
  Duration cooldown = std::chrono::seconds(30);    // between two fetches for the sake of a token that was not taken
};

// How long after it was asked for a token of that lifetime is replaced: between 70 and 80 %, `dice` from 0 to 1, so
// that gateways that were started together do not ask together.
Duration RenewAfter(Duration lifetime, double dice);

// Keeps one backend's access token fresh: fetched at once, replaced before it expires, one fetch at a time. While no
// new one is to be had the old one stays, until it expires.
//
// A fetch that fails is logged, with its cause and without any secret; the back-off bounds how often.
// Threads: its loop's.   Lifetime: what is under way when it is destroyed ends without effect.
class TokenFetcher {
 public:
  // `credentials` has a grant. `cell` may hold a token of the same grant already. Errors: as of
  // http_client::Client::Make.
  static tl::expected<std::unique_ptr<TokenFetcher>, Problem> Make(Loop& loop, const BackendCredentials& credentials,
                                                                   std::shared_ptr<TokenCell> cell,
                                                                   const TokenFetcherOptions& options = {});
  ~TokenFetcher();
  TokenFetcher(const TokenFetcher&) = delete;
  TokenFetcher& operator=(const TokenFetcher&) = delete;

  void Start();

 private:
  class Fetching;

  TokenFetcher(Loop& loop, std::shared_ptr<Fetching> fetching);

  Loop& loop_;
  const std::shared_ptr<Fetching> fetching_;
};

}  // namespace dragoman::auth
