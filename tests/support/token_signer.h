#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace dragoman {

std::string Base64Url(std::string_view bytes);

// A key that signs tokens as an issuer does, or as somebody does who would like to be taken for one.
//
//   const TokenSigner key = TokenSigner::Ec("P-256");
//   key.Jwk(R"("kid":"a")")                                  → {"kty":"EC","crv":"P-256","x":"…","y":"…","kid":"a"}
//   key.Sign("ES256", R"({"alg":"ES256","kid":"a"})", R"({"iss":"joe"})")
class TokenSigner {
 public:
  static TokenSigner Rsa(int bits, unsigned long exponent = 65537);
  static TokenSigner Ec(std::string_view curve);  // "P-256"
  static TokenSigner Ed25519();
  static TokenSigner Secret(std::string secret);

  // The public JWK (of a secret the JWK with it), further members behind.
  std::string Jwk(std::string_view more = {}) const;
  // The public key as PEM.
  std::string Pem() const;
  // The signature's bytes as JWS has them. `algorithm`: "RS256" …; must suit the key.
  std::string SignBytes(std::string_view algorithm, std::string_view text) const;
  // A compact token, whatever the header says.
  std::string Sign(std::string_view algorithm, std::string_view header, std::string_view claims) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::string secret_;
};

}  // namespace dragoman
