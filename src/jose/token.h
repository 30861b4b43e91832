#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "jose/algorithm.h"
#include "transcoding/buffer.h"

namespace dragoman::jose {

// A signed token in its three parts, nothing of it verified yet.
//
//   eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJqb2UifQ.3q2-7w…
//   header {"alg":"ES256","kid":"a"}    claims {"iss":"joe"}
//
// Holds views of the text that it was read from.
// Spec: RFC 7515, sections 3.1, 4.1 and 5.2; RFC 8725, sections 2 and 3.
struct Token {
  static constexpr size_t kMaxBytes = 16 << 10;
  static constexpr size_t kMaxHeaderBytes = 4 << 10;  // in base64url
  static constexpr size_t kMaxHeaderDepth = 8;        // levels

  // Refuses, with a text for the client that quotes nothing of the token: what is not three parts of base64url;
  // encrypted and unsigned tokens; unknown algorithms; extensions that must be understood (`crit`, `b64`); types other
  // than JWT and at+jwt; tokens in tokens. Keys and addresses of keys in the header are never looked at.
  static tl::expected<Token, std::string> Parse(std::string_view text);

  Algorithm algorithm = Algorithm::kRs256;
  std::optional<std::string> kid;
  std::string_view signed_text;  // header and claims with the dot between
  std::string_view claims;       // in base64url
  Buffer signature;              // bytes
};

// A text of a token's claims before anything is verified: only fit for choosing by whose keys it is then verified, and for
// counting what was claimed in vain. Empty if there is none that can be read.
std::string UnverifiedText(std::string_view text, std::string_view claim);
inline std::string UnverifiedIssuer(std::string_view text) { return UnverifiedText(text, "iss"); }

}  // namespace dragoman::jose
