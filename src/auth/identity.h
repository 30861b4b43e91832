#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jose/claims.h"

namespace dragoman::auth {

// A client that the configuration or the file of API keys knows.
struct Consumer {
  std::string name;
  std::string tenant;
  std::string tier;
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  bool disabled = false;

  bool operator==(const Consumer&) const = default;
};

// Who is calling, as far as a credential proves it.
struct Identity {
  std::string_view scheme;                     // "api_key", "jwt.main"; empty: anonymous
  const Consumer* consumer = nullptr;          // null: none that is known by name. Lives as long as the generation
  std::shared_ptr<const jose::Claims> claims;  // null: the credential carries none
  std::string_view username{};                 // of a password; lives as long as the generation

  bool anonymous() const { return scheme.empty(); }
  // Them, as the credential has it: the user name, a token's `sub`, else the consumer's name; empty: it names nobody.
  // Holds as long as the identity.
  std::string_view name() const {
    if (!username.empty()) return username;
    if (claims) {
      if (const std::string_view subject = claims->Text("sub"); !subject.empty()) return subject;
    }
    return consumer != nullptr ? std::string_view(consumer->name) : std::string_view();
  }
};

}  // namespace dragoman::auth
