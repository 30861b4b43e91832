#include "jose/key.h"

#include <gtest/gtest.h>

#include <string>

#include "jose/key_set.h"
#include "token_signer.h"

namespace dragoman::jose {
namespace {

const TokenSigner& Rsa() {
  static const TokenSigner key = TokenSigner::Rsa(2048);
  return key;
}

// What becomes of one JWK in a set: "RS256 or ES256" (what it serves), "foreign", or its problem.
std::string Fate(const std::string& jwk) {
  const auto set = KeySet::Parse("{\"keys\":[" + jwk + "]}");
  if (!set) return "no set: " + set.error();
  if (!set->problems().empty()) return set->problems()[0];
  if (set->foreign() == 1) return "foreign";
  return set->keys()[0]->algorithms().ToString();
}

TEST(Key, TypeAndCurveDecideWhatItServes) {
  constexpr const char* kOfRsa = "RS256, RS384, RS512, PS256, PS384 or PS512";
  const std::string n(342, 'g');  // 2052 bits would be 342 digits and more; the first has its highest bit set
  const auto ec = [](const char* curve) { return TokenSigner::Ec(curve); };
  const TokenSigner p256 = ec("P-256");
  const std::string point = p256.Jwk();
  const auto rsa = [](const std::string& modulus, const std::string& exponent) {
    return R"({"kty":"RSA","n":")" + modulus + R"(","e":")" + exponent + "\"}";
  };
  const std::string odd2048 = n.substr(0, 341) + "Q";
  struct Case {
    const char* name;
    std::string jwk;
    std::string fate;
  };
  const Case cases[] = {
      {"RSA", Rsa().Jwk(), kOfRsa},
      {"RSA pinned", Rsa().Jwk(R"("alg":"PS256","use":"sig","key_ops":["verify"],"kid":"a")"), "PS256"},
      {"RSA with private and unknown members", Rsa().Jwk(R"("d":"AQ","x5c":["MII"],"x5t":7)"), kOfRsa},
      {"P-256", point, "ES256"},
      {"P-384", ec("P-384").Jwk(), "ES384"},
      {"P-521", ec("P-521").Jwk(), "ES512"},
      {"Ed25519", TokenSigner::Ed25519().Jwk(), "EdDSA"},
      {"Ed25519 by its newer name", TokenSigner::Ed25519().Jwk(R"("alg":"Ed25519")"), "EdDSA"},
      {"a secret of 32 bytes", TokenSigner::Secret(std::string(32, 's')).Jwk(), "HS256"},
      {"a secret of 48 bytes", TokenSigner::Secret(std::string(48, 's')).Jwk(), "HS256 or HS384"},
      {"a secret of 64 bytes", TokenSigner::Secret(std::string(64, 's')).Jwk(), "HS256, HS384 or HS512"},

      {"for encryption", Rsa().Jwk(R"("use":"enc")"), "foreign"},
      {"for something new", Rsa().Jwk(R"("use":"tls")"), "foreign"},
      {"for signing only", Rsa().Jwk(R"("key_ops":["sign"])"), "foreign"},
      {"for nothing", Rsa().Jwk(R"("key_ops":[])"), "foreign"},
      {"of an encryption algorithm", Rsa().Jwk(R"("alg":"RSA-OAEP")"), "foreign"},
      {"of no algorithm", Rsa().Jwk(R"("alg":"none")"), "foreign"},
      {"an unknown type", R"({"kty":"AKP","pub":"AA"})", "foreign"},
      {"a type in another case", R"({"kty":"rsa"})", "foreign"},
      {"an unknown curve", R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})", "foreign"},
      {"X25519", R"({"kty":"OKP","crv":"X25519","x":"AA"})", "foreign"},

      {"no object", "7", "key 1: it is no JSON object"},
      {"no type", "{}", "key 1: it has no \"kty\""},
      {"a type that is no text", R"({"kty":7})", "key 1: its \"kty\" is no text"},
      {"a name twice", R"({"kty":"RSA","kty":"oct"})", "key 1: it has a name twice in one object"},
      {"a kid that is no text", Rsa().Jwk(R"("kid":7)"), "key 1: its \"kid\" is no text"},
      {"a kid that is too long", R"({"kty":"RSA","kid":")" + std::string(1025, 'k') + "\"}",
       "key 1 (\"" + std::string(64, 'k') + "…\"): its \"kid\" is too long"},
      {"operations that are no list", Rsa().Jwk(R"("key_ops":"verify")"), "key 1: its \"key_ops\" is no list"},
      {"an algorithm for another type", Rsa().Jwk(R"("kid":"a\nb","alg":"ES256")"),
       "key 1 (\"a\\nb\"): its algorithm is not one for such a key"},
      {"an RSA key for HMAC", Rsa().Jwk(R"("alg":"HS256")"), "key 1: its algorithm is not one for such a key"},
      {"a curve for another hash", p256.Jwk(R"("alg":"ES512")"), "key 1: its algorithm is not one for such a key"},
      {"a secret too short for its algorithm", TokenSigner::Secret(std::string(32, 's')).Jwk(R"("alg":"HS512")"),
       "key 1: its algorithm is not one for such a key"},

      {"RSA with 1024 bits", TokenSigner::Rsa(1024).Jwk(), "key 1: its modulus has 1024 bits; expected 2048 to 16384"},
      {"RSA with 2047 bits", rsa("f" + odd2048.substr(1), "AQAB"),
       "key 1: its modulus has 2047 bits; expected 2048 to 16384"},
      {"RSA with a leading zero", rsa("AA" + std::string(340, '_') + "8A", "AQAB"), "key 1: its modulus is even"},
      {"RSA far too big", rsa(std::string(4096, '_'), "AQAB"),
       "key 1: its modulus has 24576 bits; expected 2048 to 16384"},
      {"RSA absurdly big", rsa(std::string(20'000, '_'), "AQAB"), "key 1: its \"n\" is no base64url text"},
      {"RSA without modulus", R"({"kty":"RSA","e":"AQAB"})", "key 1: its \"n\" is no base64url text"},
      {"RSA with an empty exponent", rsa(odd2048, ""), "key 1: its \"e\" is no base64url text"},
      {"RSA with padding", rsa(odd2048, "AQA="), "key 1: its \"e\" is no base64url text"},
      {"RSA with exponent 0", rsa(odd2048, "AA"),
       "key 1: its exponent is none of RSA: expected an odd number from 3 to 2^32"},
      {"RSA with exponent 1", rsa(odd2048, "AQ"),
       "key 1: its exponent is none of RSA: expected an odd number from 3 to 2^32"},
      {"RSA with exponent 2", rsa(odd2048, "Ag"),
       "key 1: its exponent is none of RSA: expected an odd number from 3 to 2^32"},
      {"RSA with a huge exponent", rsa(odd2048, "AQAAAAAB"),
       "key 1: its exponent is none of RSA: expected an odd number from 3 to 2^32"},
      {"a point off the curve",
       R"({"kty":"EC","crv":"P-256","x":")" + Base64Url(std::string(32, '\1')) + R"(","y":")" +
           Base64Url(std::string(32, '\1')) + "\"}",
       "key 1: its point is not on the curve"},
      {"coordinates over the prime",
       R"({"kty":"EC","crv":"P-256","x":")" + Base64Url(std::string(32, '\xFF')) + R"(","y":")" +
           Base64Url(std::string(32, '\xFF')) + "\"}",
       "key 1: its point is not on the curve"},
      {"a point of another curve", R"({"kty":"EC","crv":"P-384")" + point.substr(point.find(",\"x\"")),
       "key 1: its coordinates are not of 48 bytes"},
      {"the origin",
       R"({"kty":"EC","crv":"P-256","x":")" + Base64Url(std::string(32, '\0')) + R"(","y":")" +
           Base64Url(std::string(32, '\0')) + "\"}",
       "key 1: its point is not on the curve"},
      {"no curve", R"({"kty":"EC","x":"AA","y":"AA"})", "key 1: it has no \"crv\""},
      {"no y", R"({"kty":"EC","crv":"P-256","x":"AA"})", "key 1: its \"y\" is no base64url text"},
      {"an Ed25519 key of 31 bytes", R"({"kty":"OKP","crv":"Ed25519","x":")" + Base64Url(std::string(31, 'x')) + "\"}",
       "key 1: its \"x\" is no Ed25519 key"},
      {"an Ed25519 key of order four",
       R"({"kty":"OKP","crv":"Ed25519","x":")" + Base64Url(std::string(32, '\0')) + "\"}",
       "key 1: its point is of small order: anybody could sign for it"},
      {"the same with the sign of x",
       R"({"kty":"OKP","crv":"Ed25519","x":")" + Base64Url(std::string(31, '\0') + '\x80') + "\"}",
       "key 1: its point is of small order: anybody could sign for it"},
      {"an Ed25519 key of order two",
       R"({"kty":"OKP","crv":"Ed25519","x":")" + Base64Url('\xEC' + std::string(30, '\xFF') + '\x7F') + "\"}",
       "key 1: its point is of small order: anybody could sign for it"},
      {"an Ed25519 key of order eight",
       R"({"kty":"OKP","crv":"Ed25519","x":"JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU"})",
       "key 1: its point is of small order: anybody could sign for it"},
      {"a short secret", TokenSigner::Secret(std::string(31, 's')).Jwk(),
       "key 1: its secret has 31 bytes; HS256 demands 32 or more"},
      {"a secret that is too long", TokenSigner::Secret(std::string(4097, 's')).Jwk(),
       "key 1: its secret has more than 4096 bytes"},
      {"no secret", R"({"kty":"oct"})", "key 1: its \"k\" is no base64url text"},
  };
  for (const Case& c : cases) EXPECT_EQ(Fate(c.jwk), c.fate) << c.name;
}

TEST(Key, VerifiesWhatItsOwnAlgorithmsSign) {
  struct Case {
    const char* algorithm;
    TokenSigner signer;
  };
  const Case cases[] = {
      {"HS256", TokenSigner::Secret(std::string(64, 's'))},
      {"HS384", TokenSigner::Secret(std::string(64, 's'))},
      {"HS512", TokenSigner::Secret(std::string(64, 's'))},
      {"RS256", Rsa()},
      {"RS384", Rsa()},
      {"RS512", Rsa()},
      {"PS256", Rsa()},
      {"PS384", Rsa()},
      {"PS512", Rsa()},
      {"ES256", TokenSigner::Ec("P-256")},
      {"ES384", TokenSigner::Ec("P-384")},
      {"ES512", TokenSigner::Ec("P-521")},
      {"EdDSA", TokenSigner::Ed25519()},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.algorithm);
    const KeySet set = *KeySet::Parse("{\"keys\":[" + c.signer.Jwk() + "]}");
    const Key& key = *set.keys()[0];
    const std::string signature = c.signer.SignBytes(c.algorithm, "text");
    for (size_t i = 0; i < kAlgorithms; ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      EXPECT_EQ(key.Verify(algorithm, "text", signature), NameOf(algorithm) == c.algorithm) << NameOf(algorithm);
    }
    const Algorithm algorithm = *ParseAlgorithm(c.algorithm);
    EXPECT_FALSE(key.Verify(algorithm, "Text", signature));
    EXPECT_FALSE(key.Verify(algorithm, "text", ""));
    EXPECT_FALSE(key.Verify(algorithm, "text", signature + '\0'));
    EXPECT_FALSE(key.Verify(algorithm, "text", signature.substr(1)));
    EXPECT_FALSE(key.Verify(algorithm, "text", std::string(signature.size(), '\0')));
    EXPECT_FALSE(key.Verify(algorithm, "text", std::string(signature.size(), '\xFF')));
  }
}

TEST(Key, FingerprintsAreOfEverything) {
  const auto set = *KeySet::Parse("{\"keys\":[" + Rsa().Jwk() + "," + Rsa().Jwk() + "," + Rsa().Jwk(R"("kid":"")") +
                                  "," + Rsa().Jwk(R"("kid":"a")") + "," + Rsa().Jwk(R"("alg":"RS256")") + "]}");
  ASSERT_EQ(set.keys().size(), 5u);
  EXPECT_EQ(set.keys()[0]->fingerprint(), set.keys()[1]->fingerprint());
  for (size_t i = 1; i < 5; ++i) {
    for (size_t k = i + 1; k < 5; ++k) EXPECT_NE(set.keys()[i]->fingerprint(), set.keys()[k]->fingerprint());
  }
}

TEST(Key, ASecretServesWhatItIsLongEnoughFor) {
  EXPECT_EQ((*Key::FromSecret(std::string(47, 's')))->algorithms().ToString(), "HS256");
  EXPECT_EQ(Key::FromSecret("short").error().what, "its secret has 5 bytes; HS256 demands 32 or more");
}

TEST(KeySet, IsReadAsAWhole) {
  struct Case {
    const char* name;
    std::string json;
    std::string error;
  };
  std::string many = "{\"keys\":[";
  for (int i = 0; i < 257; ++i) many += i == 0 ? "{}" : ",{}";
  const Case cases[] = {
      {"empty", R"({"keys":[]})", ""},
      {"with more members", R"({"keys":[],"issuer":"x"})", ""},
      {"nothing", "", "the key set is no JSON object"},
      {"HTML", "<html>", "the key set is no JSON object"},
      {"a list", "[]", "the key set is no JSON object"},
      {"no keys", "{}", "the key set has no list \"keys\""},
      {"keys that are no list", R"({"keys":{}})", "the key set has no list \"keys\""},
      {"keys twice", R"({"keys":[],"keys":[]})", "the key set has \"keys\" twice"},
      {"too many", many + "]}", "the key set has more than 256 keys"},
      {"too deep", R"({"keys":)" + std::string(100'000, '['), "the key set nests too deeply"},
      {"too long", "{\"keys\":[], \"a\":\"" + std::string(1 << 20, 'x') + "\"}", "the key set has more than 1024 KiB"},
      {"no UTF-8", "{\"keys\":[\"\xFF\"]}", "the key set is not UTF-8"},
  };
  for (const Case& c : cases) {
    const auto set = KeySet::Parse(c.json);
    EXPECT_EQ(set ? "" : set.error(), c.error) << c.name;
  }
}

TEST(KeySet, AMalformedKeyHurtsNoOther) {
  const auto set = *KeySet::Parse("{\"keys\":[7," + TokenSigner::Ed25519().Jwk(R"("kid":"good")") +
                                  R"(,{"kty":"RSA","kid":"bad"},{"kty":"EC","crv":"P-999"}]})");
  ASSERT_EQ(set.keys().size(), 1u);
  EXPECT_EQ(set.keys()[0]->kid(), "good");
  EXPECT_EQ(set.foreign(), 1u);
  ASSERT_EQ(set.problems().size(), 2u);
  EXPECT_EQ(set.problems()[1], "key 3 (\"bad\"): its \"n\" is no base64url text");
}

TEST(KeySet, CanBeReducedToWhatServesAnAlgorithm) {
  const auto set =
      *KeySet::Parse("{\"keys\":[" + Rsa().Jwk() + "," + TokenSigner::Secret(std::string(64, 's')).Jwk() + "]}");
  const KeySet reduced = set.Serving(kAsymmetric);
  ASSERT_EQ(reduced.keys().size(), 1u);
  EXPECT_EQ(reduced.foreign(), 1u);
  EXPECT_TRUE(reduced.Has(*set.keys()[0]));
  EXPECT_FALSE(reduced.Has(*set.keys()[1]));
}

}  // namespace
}  // namespace dragoman::jose
