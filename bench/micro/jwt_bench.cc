// Tokens verified for the first time, beside OpenSSL's own verification of the same signature, and tokens remembered.

#include <benchmark/benchmark.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "allocations.h"
#include "auth/jwt_scheme.h"
#include "auth/key_source.h"
#include "token_signer.h"

namespace {

using namespace dragoman;
using namespace dragoman::auth;

constexpr int64_t kNow = 1'800'000'000;  // seconds since 1970

void Require(bool holds) {
  if (!holds) std::abort();
}

const unsigned char* Bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

enum class Kind { kRs256, kEs256, kEdDsa, kHs256 };

// An issuer's key, and a token of the size that issuers make: some 900 bytes with RS256.
struct Issuer {
  explicit Issuer(Kind kind)
      : algorithm(kind == Kind::kRs256   ? "RS256"
                  : kind == Kind::kEs256 ? "ES256"
                  : kind == Kind::kEdDsa ? "EdDSA"
                                         : "HS256"),
        signer(kind == Kind::kRs256   ? TokenSigner::Rsa(2048)
               : kind == Kind::kEs256 ? TokenSigner::Ec("P-256")
               : kind == Kind::kEdDsa ? TokenSigner::Ed25519()
                                      : TokenSigner::Secret(secret)) {
    token = signer.Sign(
        algorithm, R"({"alg":")" + algorithm + R"(","typ":"JWT","kid":"2026-11-key-of-the-month"})",
        R"({"iss":"https://issuer.example/realms/shop","sub":"f3b1c8d2-6a9e-4b7c-8d2e-1f0a9b8c7d6e",)"
        R"("aud":["shop-api","account"],"exp":1800000300,"iat":1799999990,"nbf":1799999990,)"
        R"("jti":"0c9d8e7f-6a5b-4c3d-2e1f-0a9b8c7d6e5f","azp":"shop-mobile","scope":"openid profile orders.read",)"
        R"("realm_access":{"roles":["buyer","reviewer"]},"tenant":"acme","email_verified":true,)"
        R"("preferred_username":"joe","email":"joe@example.com"})");
    const size_t dot = token.rfind('.');
    text = token.substr(0, dot);
    signature = signer.SignBytes(algorithm, text);
  }

  // One worker's scheme that remembers so many tokens.
  struct Worker {
    Loop loop;
    std::shared_ptr<KeySource> source;
    std::vector<std::unique_ptr<Scheme>> schemes;
  };
  std::unique_ptr<Worker> MakeWorker(uint64_t cache_entries) const {
    config::JwtProvider from;
    from.name = "main";
    from.issuer = "https://issuer.example/realms/shop";
    from.audiences = {"shop-api"};
    from.cache_entries = cache_entries;
    const auto text_of = [](std::string value) {
      return config::TextSource{config::TextSource::Kind::kText, std::move(value), {}};
    };
    if (algorithm == "HS256") {
      from.secret = text_of(secret);
    } else {
      from.jwks.text = text_of("{\"keys\":[" + signer.Jwk(R"("kid":"2026-11-key-of-the-month")") + "]}");
    }
    auto worker = std::make_unique<Worker>();
    const auto provider = *BuildJwtProvider(from);
    worker->source = KeySource::Make(worker->loop, provider, nullptr);
    const std::shared_ptr<const JwtProvider> providers[] = {provider};
    const std::shared_ptr<JwtKeys> keys[] = {worker->source->keys()};
    worker->schemes = MakeJwtSchemes(providers, keys, worker->loop, nullptr);
    return worker;
  }

  std::string secret = std::string(32, 's');
  std::string algorithm;
  TokenSigner signer;
  std::string token;
  std::string text;       // that is signed
  std::string signature;  // bytes as JWS has them
};

void CountAllocations(benchmark::State& state, uint64_t before) {
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(bench::Allocations() - before), benchmark::Counter::kAvgIterations);
}

void VerifyBy(benchmark::State& state, Scheme& scheme, const std::string& token) {
  Require(scheme.TryVerify(token, kNow)->has_value());
  const uint64_t before = bench::Allocations();
  for (auto _ : state) {
    const auto identity = scheme.TryVerify(token, kNow);
    benchmark::DoNotOptimize(identity);
  }
  CountAllocations(state, before);
}

void Cached(benchmark::State& state) {
  const Issuer issuer(Kind::kRs256);
  const auto worker = issuer.MakeWorker(10'000);
  VerifyBy(state, *worker->schemes[0], issuer.token);
}
BENCHMARK(Cached)->Name("jwt/cached");

void Uncached(benchmark::State& state, Kind kind) {
  const Issuer issuer(kind);
  const auto worker = issuer.MakeWorker(0);
  VerifyBy(state, *worker->schemes[0], issuer.token);
}
BENCHMARK_CAPTURE(Uncached, rs256, Kind::kRs256)->Name("jwt/uncached/RS256");
BENCHMARK_CAPTURE(Uncached, es256, Kind::kEs256)->Name("jwt/uncached/ES256");
BENCHMARK_CAPTURE(Uncached, eddsa, Kind::kEdDsa)->Name("jwt/uncached/EdDSA");
BENCHMARK_CAPTURE(Uncached, hs256, Kind::kHs256)->Name("jwt/uncached/HS256");

// What the signature costs whoever asks OpenSSL's EVP with everything at hand: key, bytes, DER where it wants that.
void SignatureAlone(benchmark::State& state, Kind kind) {
  const Issuer issuer(kind);
  if (kind == Kind::kHs256) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    for (auto _ : state) {
      unsigned size = 0;
      Require(HMAC(EVP_sha256(), issuer.secret.data(), static_cast<int>(issuer.secret.size()), Bytes(issuer.text),
                   issuer.text.size(), out.data(), &size) != nullptr);
      benchmark::DoNotOptimize(out);
    }
    return;
  }
  const std::string pem = issuer.signer.Pem();
  BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PUBKEY(memory, nullptr, nullptr, nullptr);
  BIO_free(memory);
  std::string signature = issuer.signature;
  if (kind == Kind::kEs256) {
    ECDSA_SIG* pair = ECDSA_SIG_new();
    Require(ECDSA_SIG_set0(pair, BN_bin2bn(Bytes(signature), 32, nullptr),
                           BN_bin2bn(Bytes(signature) + 32, 32, nullptr)) == 1);
    std::string der(static_cast<size_t>(i2d_ECDSA_SIG(pair, nullptr)), '\0');
    auto* to = reinterpret_cast<unsigned char*>(der.data());
    i2d_ECDSA_SIG(pair, &to);
    ECDSA_SIG_free(pair);
    signature = der;
  }
  for (auto _ : state) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const EVP_MD* hash = kind == Kind::kEdDsa ? nullptr : EVP_sha256();
    Require(EVP_DigestVerifyInit(context, nullptr, hash, nullptr, key) == 1 &&
            EVP_DigestVerify(context, Bytes(signature), signature.size(), Bytes(issuer.text), issuer.text.size()) == 1);
    EVP_MD_CTX_free(context);
  }
  EVP_PKEY_free(key);
}
BENCHMARK_CAPTURE(SignatureAlone, rs256, Kind::kRs256)->Name("jwt/signature/RS256");
BENCHMARK_CAPTURE(SignatureAlone, es256, Kind::kEs256)->Name("jwt/signature/ES256");
BENCHMARK_CAPTURE(SignatureAlone, eddsa, Kind::kEdDsa)->Name("jwt/signature/EdDSA");
BENCHMARK_CAPTURE(SignatureAlone, hs256, Kind::kHs256)->Name("jwt/signature/HS256");

}  // namespace
