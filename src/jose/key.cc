#include "jose/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <utility>

#include "jose/base64url.h"
#include "jose/strict_json.h"

namespace dragoman::jose {
namespace {

constexpr size_t kMaxTextBytes = 1024;          // of `kid` and other names
constexpr size_t kMaxExponentBytes = 4;         // 65537 takes three
constexpr size_t kMaxMaterialBytes = 16 << 10;  // of a member in base64url

tl::unexpected<KeyFault> Malformed(std::string what) { return tl::unexpected(KeyFault{false, std::move(what)}); }
tl::unexpected<KeyFault> Foreign(std::string what) { return tl::unexpected(KeyFault{true, std::move(what)}); }

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// A member that is a text; nothing if it is absent.
tl::expected<std::optional<std::string_view>, KeyFault> TextMember(const rapidjson::Value& jwk, std::string_view name) {
  const rapidjson::Value* value = FindMember(jwk, name);
  if (value == nullptr) return std::nullopt;
  if (!value->IsString()) return Malformed("its \"" + std::string(name) + "\" is no text");
  if (value->GetStringLength() > kMaxTextBytes) return Malformed("its \"" + std::string(name) + "\" is too long");
  return TextOf(*value);
}

tl::expected<std::string, KeyFault> BytesMember(const rapidjson::Value& jwk, std::string_view name) {
  const rapidjson::Value* value = FindMember(jwk, name);
  Buffer bytes;
  if (value == nullptr || !value->IsString() || value->GetStringLength() > kMaxMaterialBytes ||
      !AppendFromBase64Url(TextOf(*value), bytes) || bytes.empty()) {
    return Malformed("its \"" + std::string(name) + "\" is no base64url text");
  }
  return std::string(bytes.view());
}

// True unless `key_ops` says what the key is for, and verifying is not among it.
tl::expected<bool, KeyFault> MayVerify(const rapidjson::Value& jwk) {
  const rapidjson::Value* operations = FindMember(jwk, "key_ops");
  if (operations == nullptr) return true;
  if (!operations->IsArray()) return Malformed("its \"key_ops\" is no list");
  return std::any_of(operations->Begin(), operations->End(), [](const rapidjson::Value& operation) {
    return operation.IsString() && TextOf(operation) == "verify";
  });
}

struct Curve {
  std::string_view name;
  const char* group;  // OpenSSL's name
  size_t bytes;       // of a coordinate
  Algorithm algorithm;
};
constexpr Curve kCurves[] = {
    {"P-256", "P-256", 32, Algorithm::kEs256},
    {"P-384", "P-384", 48, Algorithm::kEs384},
    {"P-521", "P-521", 66, Algorithm::kEs512},
};

// True for the points of small order of Ed25519 (RFC 8032, section 5.1.2, little-endian; the highest bit is the sign of
// x): for a key that is one of them anybody can make signatures.
bool HasSmallOrder(std::string_view point) {
  using namespace std::string_view_literals;
  constexpr std::string_view kZeros = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv;
  const std::string ones(30, '\xFF');
  const std::string prefix(point.substr(0, 31));
  const int last = static_cast<unsigned char>(point.back()) & 0x7F;
  const char first = point.front();
  if (prefix.substr(1) == kZeros.substr(1)) return last == 0 && (first == '\0' || first == '\1');  // y = 0, 1
  if (prefix.substr(1) == ones)
    return last == 0x7F && (first == '\xEC' || first == '\xED' || first == '\xEE');  // -1, p, p + 1
  return (last == 0x05 && prefix ==
                              "\x26\xE8\x95\x8F\xC2\xB2\x27\xB0\x45\xC3\xF4\x89\xF2\xEF\x98\xF0\xD5\xDF\xAC\x05"
                              "\xD3\xC6\x33\x39\xB1\x38\x02\x88\x6D\x53\xFC"sv) ||
         (last == 0x7A && prefix ==
                              "\xC7\x17\x6A\x70\x3D\x4D\xD8\x4F\xBA\x3C\x0B\x76\x0D\x10\x67\x0F\x2A\x20\x53\xFA"
                              "\x2C\x39\xCC\xC6\x4E\xC7\xFD\x77\x92\xAC\x03"sv);
}

class Parameters {
 public:
  Parameters() : builder_(OSSL_PARAM_BLD_new()) {}
  ~Parameters() {
    OSSL_PARAM_free(parameters_);
    OSSL_PARAM_BLD_free(builder_);
  }
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  OSSL_PARAM_BLD* builder() { return builder_; }
  // Null where OpenSSL finds no such key.
  EVP_PKEY* MakeKey(const char* type) {
    EVP_PKEY* key = nullptr;
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
    parameters_ = OSSL_PARAM_BLD_to_param(builder_);
    if (context != nullptr && parameters_ != nullptr && EVP_PKEY_fromdata_init(context) == 1) {
      (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters_);
    }
    EVP_PKEY_CTX_free(context);
    return key;
  }

 private:
  OSSL_PARAM_BLD* builder_;
  OSSL_PARAM* parameters_ = nullptr;
};

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

Number NumberOf(std::string_view bytes) {
  return Number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

}  // namespace

Key::Key(std::unique_ptr<const PublicKey> key, std::string secret, AlgorithmSet algorithms) noexcept
    : key_(std::move(key)), secret_(std::move(secret)), algorithms_(algorithms) {}

Key::~Key() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

void Key::Seal(std::string_view material) {
  const uint16_t bits = algorithms_.bits();
  const size_t kid_size = kid_ ? kid_->size() : SIZE_MAX;
  EVP_MD_CTX* const hash = EVP_MD_CTX_new();
  EVP_DigestInit_ex(hash, EVP_sha256(), nullptr);
  EVP_DigestUpdate(hash, &bits, sizeof bits);
  EVP_DigestUpdate(hash, &kid_size, sizeof kid_size);
  if (kid_) EVP_DigestUpdate(hash, kid_->data(), kid_->size());
  EVP_DigestUpdate(hash, material.data(), material.size());
  EVP_DigestFinal_ex(hash, fingerprint_.data(), nullptr);
  EVP_MD_CTX_free(hash);
}

std::shared_ptr<Key> Key::Public(KeyHandle key, AlgorithmSet algorithms) {
  return std::shared_ptr<Key>(new Key(std::make_unique<const PublicKey>(std::move(key), algorithms), {}, algorithms));
}

tl::expected<std::shared_ptr<Key>, KeyFault> Key::MakeRsa(const rapidjson::Value& jwk) {
  const auto modulus = BytesMember(jwk, "n");
  if (!modulus) return tl::unexpected(modulus.error());
  const auto exponent = BytesMember(jwk, "e");
  if (!exponent) return tl::unexpected(exponent.error());
  const Number n = NumberOf(*modulus);
  const Number e = NumberOf(*exponent);
  const int bits = BN_num_bits(n.get());
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return Malformed("its modulus has " + std::to_string(bits) + " bits; expected " + std::to_string(kMinRsaBits) +
                     " to " + std::to_string(kMaxRsaBits));
  }
  if (!BN_is_odd(n.get())) return Malformed("its modulus is even");
  if (exponent->size() > kMaxExponentBytes || !BN_is_odd(e.get()) || BN_is_one(e.get())) {
    return Malformed("its exponent is none of RSA: expected an odd number from 3 to 2^32");
  }
  Parameters parameters;
  OSSL_PARAM_BLD_push_BN(parameters.builder(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(parameters.builder(), OSSL_PKEY_PARAM_RSA_E, e.get());
  KeyHandle made(parameters.MakeKey("RSA"));
  if (!made) return Malformed("it is no RSA key");
  return Public(std::move(made), {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256,
                                  Algorithm::kPs384, Algorithm::kPs512});
}

tl::expected<std::shared_ptr<Key>, KeyFault> Key::MakeEc(const rapidjson::Value& jwk) {
  const auto name = TextMember(jwk, "crv");
  if (!name) return tl::unexpected(name.error());
  if (!*name) return Malformed("it has no \"crv\"");
  const Curve* const curve =
      std::find_if(std::begin(kCurves), std::end(kCurves), [&](const Curve& known) { return known.name == **name; });
  if (curve == std::end(kCurves)) return Foreign("its curve is none of P-256, P-384 and P-521");
  const auto x = BytesMember(jwk, "x");
  if (!x) return tl::unexpected(x.error());
  const auto y = BytesMember(jwk, "y");
  if (!y) return tl::unexpected(y.error());
  if (x->size() != curve->bytes || y->size() != curve->bytes) {
    return Malformed("its coordinates are not of " + std::to_string(curve->bytes) + " bytes");
  }
  const std::string point = '\x04' + *x + *y;  // SEC 1, 2.3.3: uncompressed
  Parameters parameters;
  OSSL_PARAM_BLD_push_utf8_string(parameters.builder(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0);
  OSSL_PARAM_BLD_push_octet_string(parameters.builder(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  KeyHandle made(parameters.MakeKey("EC"));
  EVP_PKEY_CTX* const check = made ? EVP_PKEY_CTX_new_from_pkey(nullptr, made.get(), nullptr) : nullptr;
  const bool on_curve = check != nullptr && EVP_PKEY_public_check(check) == 1;
  EVP_PKEY_CTX_free(check);
  if (!on_curve) return Malformed("its point is not on the curve");
  return Public(std::move(made), {curve->algorithm});
}

tl::expected<std::shared_ptr<Key>, KeyFault> Key::MakeOkp(const rapidjson::Value& jwk) {
  const auto curve = TextMember(jwk, "crv");
  if (!curve) return tl::unexpected(curve.error());
  if (!*curve) return Malformed("it has no \"crv\"");
  if (**curve != "Ed25519") return Foreign("its curve is not Ed25519");
  const auto x = BytesMember(jwk, "x");
  if (!x) return tl::unexpected(x.error());
  KeyHandle made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x), x->size()));
  if (!made) return Malformed("its \"x\" is no Ed25519 key");
  if (HasSmallOrder(*x)) return Malformed("its point is of small order: anybody could sign for it");
  return Public(std::move(made), {Algorithm::kEdDsa});
}

tl::expected<std::shared_ptr<Key>, KeyFault> Key::MakeSecret(std::string secret) {
  AlgorithmSet algorithms;
  if (secret.size() >= 32) algorithms.Add(Algorithm::kHs256);
  if (secret.size() >= 48) algorithms.Add(Algorithm::kHs384);
  if (secret.size() >= 64) algorithms.Add(Algorithm::kHs512);
  const size_t size = secret.size();
  std::shared_ptr<Key> key(new Key({}, std::move(secret), algorithms));
  if (size > kMaxSecretBytes)
    return Malformed("its secret has more than " + std::to_string(kMaxSecretBytes) + " bytes");
  if (algorithms.empty()) {
    return Malformed("its secret has " + std::to_string(size) + " bytes; HS256 demands 32 or more");
  }
  return key;
}

tl::expected<std::shared_ptr<const Key>, KeyFault> Key::FromSecret(std::string_view secret) {
  auto key = MakeSecret(std::string(secret));
  if (!key) return tl::unexpected(std::move(key.error()));
  (*key)->Seal(secret);
  return std::shared_ptr<const Key>(*std::move(key));
}

tl::expected<std::shared_ptr<Key>, KeyFault> Key::Make(const rapidjson::Value& jwk, std::string_view type) {
  if (type == "RSA") return MakeRsa(jwk);
  if (type == "EC") return MakeEc(jwk);
  if (type == "OKP") return MakeOkp(jwk);
  if (type != "oct") return Foreign("its type is none of RSA, EC, OKP and oct");
  auto secret = BytesMember(jwk, "k");
  if (!secret) return tl::unexpected(std::move(secret.error()));
  return MakeSecret(*std::move(secret));
}

tl::expected<std::shared_ptr<const Key>, KeyFault> Key::FromJwk(const rapidjson::Value& jwk) {
  if (!jwk.IsObject()) return Malformed("it is no JSON object");
  if (HasRepeatedNames(jwk)) return Malformed("it has a name twice in one object");
  std::optional<std::string_view> type, use, algorithm, kid;
  for (const auto& [name, to] :
       {std::pair{"kty", &type}, std::pair{"use", &use}, std::pair{"alg", &algorithm}, std::pair{"kid", &kid}}) {
    const auto member = TextMember(jwk, name);
    if (!member) return tl::unexpected(member.error());
    *to = *member;
  }
  if (!type) return Malformed("it has no \"kty\"");
  if (use && *use != "sig") return Foreign("it is not for signatures (use)");
  const auto may_verify = MayVerify(jwk);
  if (!may_verify) return tl::unexpected(may_verify.error());
  if (!*may_verify) return Foreign("it is not for verifying (key_ops)");

  auto key = Make(jwk, *type);
  ERR_clear_error();
  if (!key) return tl::unexpected(std::move(key.error()));
  if (algorithm) {
    const std::optional<Algorithm> known = ParseAlgorithm(*algorithm);
    if (!known) return Foreign("its algorithm is not one for signatures that is supported");
    if (!(*key)->algorithms_.Has(*known)) return Malformed("its algorithm is not one for such a key");
    (*key)->algorithms_ = {*known};
  }
  if (kid) (*key)->kid_.emplace(*kid);
  std::string material(*type);
  for (const char* name : {"crv", "n", "e", "x", "y", "k"}) {
    const rapidjson::Value* value = FindMember(jwk, name);
    material += '\0';
    if (value != nullptr && value->IsString()) material += TextOf(*value);
  }
  (*key)->Seal(material);
  OPENSSL_cleanse(material.data(), material.size());
  return std::shared_ptr<const Key>(*std::move(key));
}

bool Key::Verify(Algorithm algorithm, std::string_view text, std::string_view signature) const {
  if (!algorithms_.Has(algorithm)) return false;
  return key_ ? key_->Verify(algorithm, text, signature) : VerifyHmac(secret_, algorithm, text, signature);
}

}  // namespace dragoman::jose
