#include "jose/token.h"

#include <gtest/gtest.h>

#include <string>

#include "jose/verifier.h"
#include "token_signer.h"

namespace dragoman::jose {
namespace {

constexpr const char* kClaims = R"({"iss":"https://issuer.example","exp":2000000000})";

const TokenSigner& Rsa() {
  static const TokenSigner key = TokenSigner::Rsa(2048);
  return key;
}
const TokenSigner& P256() {
  static const TokenSigner key = TokenSigner::Ec("P-256");
  return key;
}

// The issuer's keys: an RSA key "rsa", a P-256 key "ec".
const KeySet& Keys() {
  static const KeySet keys =
      *KeySet::Parse("{\"keys\":[" + Rsa().Jwk(R"("kid":"rsa")") + "," + P256().Jwk(R"("kid":"ec")") + "]}");
  return keys;
}

// "" if the token is accepted, else why not.
std::string Fate(const std::string& text, AlgorithmSet algorithms = kAsymmetric) {
  const auto token = Token::Parse(text);
  if (!token) return token.error();
  const auto verified = VerifyToken(*token, Keys(), algorithms);
  return verified ? "" : verified.error().what;
}

// Signed as it should be, with that header.
std::string WithHeader(const std::string& header) { return P256().Sign("ES256", header, kClaims); }

TEST(Token, HeadersAreHeldToWhatIsUnderstood) {
  struct Case {
    const char* name;
    std::string header;
    std::string error;
  };
  std::string long_header = R"({"alg":"ES256","kid":"ec","x":")" + std::string(4096, 'x') + "\"}";
  const Case cases[] = {
      {"plain", R"({"alg":"ES256"})", ""},
      {"with kid and type", R"({"alg":"ES256","kid":"ec","typ":"JWT"})", ""},
      {"type in lower case", R"({"alg":"ES256","typ":"jwt"})", ""},
      {"an access token", R"({"alg":"ES256","typ":"at+jwt"})", ""},
      {"an access token in full", R"({"alg":"ES256","typ":"application/AT+JWT"})", ""},
      {"an embedded key, which is not looked at", R"({"alg":"ES256","jwk":)" + TokenSigner::Ec("P-256").Jwk() + "}",
       ""},
      {"addresses of keys, which are not looked at",
       R"({"alg":"ES256","jku":"http://evil.example","x5u":"http://evil.example"})", ""},
      {"unknown members", R"({"alg":"ES256","foo":{"bar":[1]}})", ""},

      {"another type", R"({"alg":"ES256","typ":"logout+jwt"})", "the token's type (typ) is neither JWT nor at+jwt"},
      {"a type that is no text", R"({"alg":"ES256","typ":["JWT"]})",
       "the token's type (typ) is neither JWT nor at+jwt"},
      {"a token in a token", R"({"alg":"ES256","cty":"JWT"})", "the token holds another token (cty)"},
      {"no algorithm", R"({"typ":"JWT"})", "the token's header names no algorithm (alg)"},
      {"an algorithm that is no text", R"({"alg":["ES256"]})", "the token's header names no algorithm (alg)"},
      {"null for an algorithm", R"({"alg":null})", "the token's header names no algorithm (alg)"},
      {"none", R"({"alg":"none"})", "the token is not signed (alg none)"},
      {"None", R"({"alg":"None"})", "the token is not signed (alg none)"},
      {"NONE", R"({"alg":"NONE"})", "the token is not signed (alg none)"},
      {"nOnE", R"({"alg":"nOnE"})", "the token is not signed (alg none)"},
      {"none behind an escape", R"({"alg":"n\u006fne"})", "the token is not signed (alg none)"},
      {"none and a blank", R"({"alg":"none "})", "the token is signed by an algorithm that is not supported"},
      {"an empty algorithm", R"({"alg":""})", "the token is signed by an algorithm that is not supported"},
      {"lower case", R"({"alg":"es256"})", "the token is signed by an algorithm that is not supported"},
      {"a curve that is not supported", R"({"alg":"ES256K"})",
       "the token is signed by an algorithm that is not supported"},
      {"an encryption algorithm", R"({"alg":"RSA-OAEP"})", "the token is signed by an algorithm that is not supported"},
      {"an algorithm cut by a NUL", R"({"alg":"ES256\u0000"})",
       "the token is signed by an algorithm that is not supported"},
      {"crit", R"({"alg":"ES256","crit":["exp"],"exp":1})",
       "the token demands an extension (crit) that is not understood"},
      {"empty crit", R"({"alg":"ES256","crit":[]})", "the token demands an extension (crit) that is not understood"},
      {"b64", R"({"alg":"ES256","b64":false})", "the token demands an extension (crit) that is not understood"},
      {"algorithm twice", R"({"alg":"ES256","alg":"none"})", "the token's header has a name twice in one object"},
      {"algorithm twice, once escaped", R"({"alg":"none","\u0061lg":"ES256"})",
       "the token's header has a name twice in one object"},
      {"no object", R"(["ES256"])", "the token's header is no JSON object"},
      {"no JSON", "ES256", "the token's header is no JSON object"},
      {"cut JSON", R"({"alg":"ES256")", "the token's header is no JSON object"},
      {"a NUL behind", std::string(R"({"alg":"ES256"})") + '\0', "the token's header is no JSON object"},
      {"nested", R"({"alg":"ES256","x":)" + std::string(9, '[') + std::string(9, ']') + "}",
       "the token's header nests too deeply"},
      {"no UTF-8", "{\"alg\":\"ES256\",\"kid\":\"\xFF\"}", "the token's header is not UTF-8"},
      {"too long", long_header, "the token's header has more than 4 KiB"},

      {"an unknown kid", R"({"alg":"ES256","kid":"ed"})",
       "the token is signed with a key that its issuer does not publish"},
      {"a kid that is no text", R"({"alg":"ES256","kid":1})", "the token's kid is no text"},
      {"an empty kid", R"({"alg":"ES256","kid":""})",
       "the token is signed with a key that its issuer does not publish"},
      {"a kid that is a path", R"({"alg":"ES256","kid":"../../dev/null"})",
       "the token is signed with a key that its issuer does not publish"},
      {"a kid that is SQL", R"({"alg":"ES256","kid":"ec' OR '1'='1"})",
       "the token is signed with a key that its issuer does not publish"},
      {"a kid cut by a NUL", R"({"alg":"ES256","kid":"ec\u0000"})",
       "the token is signed with a key that its issuer does not publish"},
      {"the kid of the RSA key", R"({"alg":"ES256","kid":"rsa"})", "the key that the token names does not serve ES256"},
      {"another algorithm of the family", R"({"alg":"ES384","kid":"ec"})",
       "the key that the token names does not serve ES384"},
      {"the RSA key's algorithm", R"({"alg":"RS256","kid":"rsa"})", "the token's signature is wrong"},
  };
  for (const Case& c : cases) EXPECT_EQ(Fate(WithHeader(c.header)), c.error) << c.name;
}

TEST(Token, AnyOtherFormIsRefused) {
  const std::string good = WithHeader(R"({"alg":"ES256","kid":"ec"})");
  ASSERT_EQ(Fate(good), "");
  const size_t first = good.find('.');
  const size_t second = good.find('.', first + 1);
  const std::string header = good.substr(0, first);
  const std::string claims = good.substr(first + 1, second - first - 1);
  const std::string signature = good.substr(second + 1);
  constexpr const char* kParts = "the token is no JWT: expected three parts with dots between them";
  struct Case {
    const char* name;
    std::string text;
    std::string error;
  };
  const Case cases[] = {
      {"nothing", "", kParts},
      {"a word", "secret", kParts},
      {"two parts", header + "." + claims, kParts},
      {"four parts", good + "." + signature, kParts},
      {"five parts", good + "..", "the token is encrypted (JWE); a signed one (JWS) is expected"},
      {"a thousand parts", std::string(1000, '.'), kParts},
      {"dots only", "..", "the token's header is no JSON object"},
      {"JSON serialization", R"({"payload":"a","signatures":[]})", kParts},
      {"too long", good + std::string(Token::kMaxBytes, 'A'), "the token has more than 16 KiB"},
      {"no header", "." + claims + "." + signature, "the token's header is no JSON object"},
      {"no claims", header + ".." + signature, "the token's signature is wrong"},
      {"no signature", header + "." + claims + ".", "the token has no signature"},
      {"padding behind the header", header + "=." + claims + "." + signature, "the token's header is not base64url"},
      {"padding behind the signature", good + "==", "the token's signature is not base64url"},
      {"a blank in front", " " + good, "the token's header is not base64url"},
      {"a line's end behind", good + "\n", "the token's signature is not base64url"},
      {"the other alphabet", header + "." + claims + "." + std::string(85, 'A') + "+",
       "the token's signature is not base64url"},
      {"a bit that stands for nothing", good.substr(0, good.size() - 1) + static_cast<char>(good.back() + 1),
       "the token's signature is not base64url"},
      {"signature cut", good.substr(0, good.size() - 2), "the token's signature is wrong"},
      {"signature longer", good + "AA", "the token's signature is wrong"},
      {"signature of another length", good.substr(0, good.size() - 1) + "AAA", "the token's signature is wrong"},
      {"claims cut", header + "." + claims.substr(4) + "." + signature, "the token's signature is wrong"},
      {"claims that are not base64url", header + "." + claims + "=." + signature, "the token's signature is wrong"},
      {"other claims",
       header + "." + Base64Url(R"({"iss":"https://issuer.example","exp":9000000000})") + "." + signature,
       "the token's signature is wrong"},
      {"a hash sign", "#." + claims + "." + signature, "the token's header is not base64url"},
      {"bytes", std::string("\0\xFF.\x80.\n", 6), "the token's header is not base64url"},
  };
  for (const Case& c : cases) EXPECT_EQ(Fate(c.text), c.error) << c.name;
}

TEST(Token, EveryPrefixIsRefused) {
  const std::string good = WithHeader(R"({"alg":"ES256","kid":"ec"})");
  for (size_t size = 0; size < good.size(); ++size) EXPECT_NE(Fate(good.substr(0, size)), "") << size;
}

TEST(Token, APublicKeyIsNoSecret) {
  AlgorithmSet all = kAsymmetric;
  all.Add(Algorithm::kHs256);
  // Whatever form of the public key the forger takes for the secret.
  for (const std::string& secret : {Rsa().Pem(), Rsa().Jwk(), Rsa().Jwk(R"("kid":"rsa")"), std::string()}) {
    const TokenSigner forger = TokenSigner::Secret(secret);
    EXPECT_EQ(Fate(forger.Sign("HS256", R"({"alg":"HS256","kid":"rsa"})", kClaims), all),
              "the key that the token names does not serve HS256");
    EXPECT_EQ(Fate(forger.Sign("HS256", R"({"alg":"HS256"})", kClaims), all),
              "the token is signed with a key that its issuer does not publish");
    EXPECT_EQ(Fate(forger.Sign("HS256", R"({"alg":"HS256","kid":"rsa"})", kClaims)),
              "the token is signed by HS256; expected RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or "
              "EdDSA");
  }
}

TEST(Token, TheAlgorithmIsTheProvidersChoice) {
  const std::string token = WithHeader(R"({"alg":"ES256"})");
  EXPECT_EQ(Fate(token, {Algorithm::kEs256}), "");
  EXPECT_EQ(Fate(token, {Algorithm::kRs256, Algorithm::kEdDsa}),
            "the token is signed by ES256; expected RS256 or EdDSA");
}

TEST(Token, RsaSignaturesOfTheOtherPaddingAreRefused) {
  EXPECT_EQ(Fate(Rsa().Sign("RS256", R"({"alg":"PS256","kid":"rsa"})", kClaims)), "the token's signature is wrong");
  EXPECT_EQ(Fate(Rsa().Sign("PS256", R"({"alg":"RS256","kid":"rsa"})", kClaims)), "the token's signature is wrong");
  EXPECT_EQ(Fate(Rsa().Sign("RS512", R"({"alg":"RS256","kid":"rsa"})", kClaims)), "the token's signature is wrong");
}

TEST(Token, EcdsaSignaturesAreTwoNumbersInRange) {
  // The order of P-256.
  const std::string n =
      "\xFF\xFF\xFF\xFF" + std::string(4, '\0') +
      "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51";
  ASSERT_EQ(n.size(), 32u);
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\1';
  const std::string text = Base64Url(R"({"alg":"ES256","kid":"ec"})") + "." + Base64Url(kClaims);
  const std::string raw = P256().SignBytes("ES256", text);
  ASSERT_EQ(Fate(text + "." + Base64Url(raw)), "");
  const auto der_integer = [](const std::string& bytes) {
    const std::string lead = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? std::string(1, '\0') : std::string();
    return "\x02" + std::string(1, static_cast<char>(bytes.size() + lead.size())) + lead + bytes;
  };
  const std::string both = der_integer(raw.substr(0, 32)) + der_integer(raw.substr(32));
  struct Case {
    const char* name;
    std::string signature;
  };
  const Case cases[] = {
      {"zeros (CVE-2022-21449)", zero + zero},
      {"r is zero", zero + raw.substr(32)},
      {"s is zero", raw.substr(0, 32) + zero},
      {"r is n", n + raw.substr(32)},
      {"s is n", raw.substr(0, 32) + n},
      {"both are n", n + n},
      {"both are one", one + one},
      {"all ones", std::string(64, '\xFF')},
      {"DER", "\x30" + std::string(1, static_cast<char>(both.size())) + both},
      {"halves swapped", raw.substr(32) + raw.substr(0, 32)},
      {"r alone", raw.substr(0, 32)},
      {"a byte more", raw + '\0'},
      {"a leading zero each", '\0' + raw.substr(0, 32) + '\0' + raw.substr(32)},
      {"of another curve", TokenSigner::Ec("P-384").SignBytes("ES384", text)},
      {"of another key", TokenSigner::Ec("P-256").SignBytes("ES256", text)},
  };
  for (const Case& c : cases)
    EXPECT_EQ(Fate(text + "." + Base64Url(c.signature)), "the token's signature is wrong") << c.name;
}

TEST(Token, EddsaSignaturesAreCanonical) {
  // The order of the group, little-endian: a signature stays right by arithmetic when it is added to s.
  constexpr unsigned char kOrder[32] = {0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7,
                                        0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0,    0,    0,    0,    0,    0,
                                        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  const TokenSigner signer = TokenSigner::Ed25519();
  const KeySet keys = *KeySet::Parse("{\"keys\":[" + signer.Jwk() + "]}");
  std::string signature = signer.SignBytes("EdDSA", "text");
  EXPECT_TRUE(keys.keys()[0]->Verify(Algorithm::kEdDsa, "text", signature));
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(signature[32 + i]) + kOrder[i];
    signature[32 + i] = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  EXPECT_FALSE(keys.keys()[0]->Verify(Algorithm::kEdDsa, "text", signature));
}

TEST(Token, WithoutKidItIsHeldAgainstEachKeyThatFits) {
  EXPECT_EQ(Fate(Rsa().Sign("RS256", R"({"alg":"RS256"})", kClaims)), "");
  EXPECT_EQ(Fate(TokenSigner::Ec("P-256").Sign("ES256", R"({"alg":"ES256"})", kClaims)),
            "the token's signature is not by any key of its issuer");
}

// A set without names serves tokens that name a key, as long as a signature says so.
TEST(Token, AKeyWithoutNameServesEveryName) {
  const KeySet keys = *KeySet::Parse("{\"keys\":[" + P256().Jwk() + "," + Rsa().Jwk(R"("kid":"rsa")") + "]}");
  const std::string text = P256().Sign("ES256", R"({"alg":"ES256","kid":"whatever"})", kClaims);
  EXPECT_TRUE(VerifyToken(*Token::Parse(text), keys, kAsymmetric));
  const std::string forged = Rsa().Sign("RS256", R"({"alg":"RS256","kid":"whatever"})", kClaims);
  const auto refused = VerifyToken(*Token::Parse(forged), keys, kAsymmetric);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, TokenFault::Kind::kUnknownKey);
}

TEST(Token, NoMoreThanAFewKeysAreTried) {
  const TokenSigner last = TokenSigner::Ed25519();
  std::string json = "{\"keys\":[";
  for (size_t i = 0; i < kMaxKeysTried; ++i) json += TokenSigner::Ed25519().Jwk() + ",";
  const KeySet keys = *KeySet::Parse(json + last.Jwk() + "]}");
  const std::string text = last.Sign("EdDSA", R"({"alg":"EdDSA"})", kClaims);
  EXPECT_FALSE(VerifyToken(*Token::Parse(text), keys, kAsymmetric));
}

TEST(Token, TheIssuerCanBeReadAheadOfTheSignature) {
  const auto with = [](const std::string& claims) {
    return UnverifiedIssuer(Base64Url("{}") + "." + Base64Url(claims) + ".AA");
  };
  EXPECT_EQ(with(R"({"iss":"joe"})"), "joe");
  EXPECT_EQ(with(R"({"iss":7})"), "");
  EXPECT_EQ(with(R"({"iss":"joe","iss":"jim"})"), "");
  EXPECT_EQ(with("[]"), "");
  EXPECT_EQ(UnverifiedIssuer("a.b"), "");
  EXPECT_EQ(UnverifiedIssuer(""), "");
  EXPECT_EQ(UnverifiedIssuer("..."), "");
  EXPECT_EQ(UnverifiedText(Base64Url("{}") + "." + Base64Url(R"({"iss":"joe","sub":"ann"})") + ".AA", "sub"), "ann");
}

}  // namespace
}  // namespace dragoman::jose
