#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "auth/jwt_provider.h"
#include "base/loop.h"
#include "base/task.h"
#include "http_client/client.h"

namespace dragoman::auth {

// http_client::Client::Make, or what a test has in its stead.
using MakeClient = std::function<tl::expected<std::unique_ptr<http_client::Client>, Problem>(
    Loop& loop, const config::HttpTarget& target)>;

// Gets the text of a provider's key set: a file as it is now, what a URL answers, or what the URL that the issuer's
// discovery document names does.
//
// The document counts only if it is of the configured issuer; its `jwks_uri` may be `http:` only where the issuer is.
//
// Threads: its loop's.   Lifetime: outlives what it fetches.
// Spec: OpenID Connect Discovery 1.0, sections 4 and 7.
class KeyFetcher {
 public:
  KeyFetcher(Loop& loop, std::shared_ptr<const JwtProvider> provider, MakeClient make_client);

  // Errors, for the operator: kBackendUnavailable, naming who did what: "https://issuer.example/keys: answered 503".
  Task<Result<std::string>> Fetch();

 private:
  // A client for one URL, made when it is first asked for.
  struct Source {
    std::string url;
    std::unique_ptr<http_client::Client> client;
  };
  Task<Result<std::string>> FetchFrom(Source& source, std::string url, const config::HttpTarget& target);
  Result<std::string> KeysUrlOf(std::string_view document, const std::string& from) const;

  Loop& loop_;
  std::shared_ptr<const JwtProvider> provider_;
  MakeClient make_client_;
  Source document_;
  Source keys_;
};

}  // namespace dragoman::auth
