#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::auth {

// What the gateway shows one backend, its secrets read. Plain facts, part of the generation; BackendTokens keeps what
// changes, ShownCredentials puts both into calls.
struct BackendCredentials {
  struct Entry {
    std::string name;  // in lower case
    std::string value;
  };
  struct File {
    std::string path;
    std::string token;  // as it was at load
  };
  struct Grant {
    config::OAuth2Client client;
    std::string client_secret;
  };
  std::string backend;              // its name
  std::vector<Entry> fixed;         // with every call
  std::optional<File> bearer_file;  // authorization: Bearer …
  std::optional<Grant> grant;       // likewise, with an access token

  bool empty() const { return fixed.empty() && !has_token(); }
  bool has_token() const { return bearer_file.has_value() || grant.has_value(); }
  // The names of the metadata that only the gateway may say to this backend: what a client sends under one is dropped.
  std::vector<std::string_view> names() const;

  // Errors, for the operator, all of them: a name that gRPC does not allow or that comes twice, a value that it cannot
  // carry, a secret that cannot be read, a token endpoint that is no URL.
  static tl::expected<BackendCredentials, Problems> Build(const config::Backend& backend);
};

}  // namespace dragoman::auth
