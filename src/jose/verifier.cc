#include "jose/verifier.h"

#include <algorithm>
#include <utility>

#include "jose/base64url.h"
#include "transcoding/quote.h"

namespace dragoman::jose {
namespace {

using transcoding::Quote;

tl::unexpected<TokenFault> Refused(std::string what) {
  return tl::unexpected(TokenFault{TokenFault::Kind::kRefused, std::move(what)});
}

tl::expected<Verified, TokenFault> ReadClaims(const Token& token, std::shared_ptr<const Key> key) {
  Buffer json;
  if (!AppendFromBase64Url(token.claims, json)) return Refused("the token's content is not base64url");
  auto claims = Claims::Parse(json.view());
  if (!claims) return Refused(std::move(claims.error()));
  return Verified{*std::move(claims), std::move(key)};
}

// `"shop-api"`, `one of "a", "b"`, `all of "a", "b"`.
std::string Listed(const std::vector<std::string>& names, bool all) {
  std::string text = names.size() < 2 ? "" : all ? "all of " : "one of ";
  for (size_t i = 0; i < names.size(); ++i) text += (i > 0 ? ", " : "") + Quote(names[i]);
  return text;
}

// The texts of `aud`; nothing if it is neither a text nor a list of texts.
std::optional<std::vector<std::string_view>> AudiencesOf(const rapidjson::Value& aud) {
  std::vector<std::string_view> audiences;
  if (aud.IsString()) {
    audiences.push_back(TextOf(aud));
  } else if (aud.IsArray()) {
    for (const rapidjson::Value& one : aud.GetArray()) {
      if (!one.IsString()) return std::nullopt;
      audiences.push_back(TextOf(one));
    }
  } else {
    return std::nullopt;
  }
  return audiences;
}

std::optional<std::string> WhyNotAudience(const Claims& claims, const ClaimRules& rules) {
  if (rules.any_audience) return std::nullopt;
  const std::string expected = "; expected " + Listed(rules.audiences, rules.all_audiences);
  const rapidjson::Value* aud = claims.Find("aud");
  if (aud == nullptr) return "the token names no audience (aud)" + expected;
  const auto audiences = AudiencesOf(*aud);
  if (!audiences) return "the token's audience (aud) is neither a text nor a list of texts" + expected;
  const auto named = [&](const std::string& audience) {
    return std::find(audiences->begin(), audiences->end(), audience) != audiences->end();
  };
  const bool fits = rules.all_audiences ? std::all_of(rules.audiences.begin(), rules.audiences.end(), named)
                                        : std::any_of(rules.audiences.begin(), rules.audiences.end(), named);
  if (fits && !rules.audiences.empty()) return std::nullopt;
  return "the token is for another audience" + expected;
}

std::optional<std::string> WhyNotNow(const Claims& claims, const ClaimRules& rules, int64_t now) {
  for (const std::string_view name : {"exp", "nbf", "iat"}) {
    if (claims.Find(name) != nullptr && !claims.Seconds(name)) {
      return "the token's " + std::string(name) + " is no time in seconds since 1970";
    }
  }
  const std::optional<int64_t> exp = claims.Seconds("exp");
  if (!exp) return "the token does not say when it expires (exp)";
  if (now >= *exp + rules.leeway) return "the token expired " + std::to_string(now - *exp) + " s ago";
  if (const auto nbf = claims.Seconds("nbf"); nbf && now < *nbf - rules.leeway) {
    return "the token is not valid until " + std::to_string(*nbf - now) + " s from now";
  }
  if (const auto iat = claims.Seconds("iat"); iat && now < *iat - rules.leeway) {
    return "the token was issued " + std::to_string(*iat - now) + " s in the future";
  }
  return std::nullopt;
}

}  // namespace

tl::expected<Verified, TokenFault> VerifyToken(const Token& token, const KeySet& keys, AlgorithmSet algorithms) {
  const std::string algorithm(NameOf(token.algorithm));
  if (!algorithms.Has(token.algorithm)) {
    return Refused("the token is signed by " + algorithm + "; expected " + algorithms.ToString());
  }
  const auto verifies = [&](const Key& key) {
    return key.Verify(token.algorithm, token.signed_text, token.signature.view());
  };
  // A token that names a key is held against keys of that name; where there is none, against those without a name.
  bool named = false;
  bool served = false;
  size_t tried = 0;
  if (token.kid) {
    for (const auto& key : keys.keys()) {
      if (key->kid() != token.kid) continue;
      named = true;
      if (!key->algorithms().Has(token.algorithm)) continue;
      served = true;
      if (++tried > kMaxKeysTried) break;
      if (verifies(*key)) return ReadClaims(token, key);
    }
  }
  if (named && !served) return Refused("the key that the token names does not serve " + algorithm);
  if (named) return Refused("the token's signature is wrong");
  for (const auto& key : keys.keys()) {
    if ((token.kid && key->kid()) || !key->algorithms().Has(token.algorithm)) continue;
    if (++tried > kMaxKeysTried) break;
    if (verifies(*key)) return ReadClaims(token, key);
  }
  return tl::unexpected(TokenFault{TokenFault::Kind::kUnknownKey,
                                   tried == 0 ? "the token is signed with a key that its issuer does not publish"
                                              : "the token's signature is not by any key of its issuer"});
}

std::optional<std::string> WhyNot(const Claims& claims, const ClaimRules& rules, int64_t now) {
  if (claims.Text("iss") != rules.issuer) {
    return "the token is of another issuer; expected " + Quote(rules.issuer);
  }
  if (auto why_not = WhyNotAudience(claims, rules)) return why_not;
  if (auto why_not = WhyNotNow(claims, rules, now)) return why_not;
  for (const std::string& path : rules.required) {
    const rapidjson::Value* value = claims.Find(path);
    if (value == nullptr || value->IsNull()) return "the token lacks the claim " + Quote(path);
  }
  return std::nullopt;
}

Validity ValidityOf(const Claims& claims, int64_t leeway) {
  Validity validity;
  validity.until = claims.Seconds("exp").value_or(0) + leeway;
  validity.from = std::max(claims.Seconds("nbf").value_or(0), claims.Seconds("iat").value_or(0)) - leeway;
  return validity;
}

}  // namespace dragoman::jose
