#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz.h"
#include "jose/verifier.h"
#include "token_signer.h"

using dragoman::Base64Url;
using dragoman::TokenSigner;
using namespace dragoman::jose;

using dragoman::fuzz::Require;

namespace {

const TokenSigner& Signer() {
  static const TokenSigner signer = TokenSigner::Secret("a secret that only the issuer has");
  return signer;
}

// The corpus has tokens that this secret signs, and these public keys have signed nothing in it.
const KeySet& Keys() {
  static const KeySet keys =
      *KeySet::Parse("{\"keys\":[" + Signer().Jwk(R"("kid":"hs")") + "," +
                     TokenSigner::Ec("P-256").Jwk(R"("kid":"ec")") + "," + TokenSigner::Ed25519().Jwk() + "]}");
  return keys;
}

bool Printable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ') return false;
  }
  return !text.empty() && text.size() < 512;
}

void Judge(std::string_view text) {
  AlgorithmSet algorithms = kAsymmetric;
  algorithms.Add(Algorithm::kHs256);
  const auto token = Token::Parse(text);
  if (!token) return Require(Printable(token.error()));
  const auto verified = VerifyToken(*token, Keys(), algorithms);
  if (!verified) return Require(Printable(verified.error().what));
  // Nobody but the holder of the secret signs.
  Require(token->algorithm == Algorithm::kHs256);
  Require(token->signature.view() == Signer().SignBytes("HS256", token->signed_text));
  const ClaimRules rules = {.issuer = "joe", .audiences = {"a", "b"}, .required = {"sub", "x.y"}};
  const auto why_not = WhyNot(*verified->claims, rules, 1'800'000'000);
  if (why_not) Require(Printable(*why_not));
  if (!why_not) {
    const Validity validity = ValidityOf(*verified->claims, rules.leeway);
    Require(validity.from <= 1'800'000'000 && 1'800'000'000 < validity.until);
  }
  Require(UnverifiedIssuer(text) == verified->claims->Text("iss"));
}

}  // namespace

// A token as it comes; then, cut at the first line's end, a header and claims, which are signed before they are judged.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Judge(input);
  const size_t end = input.find('\n');
  if (end == std::string_view::npos) return 0;
  Judge(Signer().Sign("HS256", input.substr(0, end), input.substr(end + 1)));
  Judge(Signer().Sign("HS256", R"({"alg":"HS256","kid":"hs"})", input.substr(end + 1)));
  return 0;
}
