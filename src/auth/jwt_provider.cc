#include "auth/jwt_provider.h"

#include <utility>

#include "config/text_source.h"
#include "http_client/client.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

using jose::Algorithm;
using jose::AlgorithmSet;
using transcoding::Quote;

// Collects what is wrong with one provider.
class Builder {
 public:
  explicit Builder(const config::JwtProvider& from) : from_(from), to_(std::make_shared<JwtProvider>()) {}

  tl::expected<std::shared_ptr<const JwtProvider>, Problems> Build() {
    to_->name = "jwt." + from_.name;
    to_->consumer_claim = from_.consumer_claim;
    to_->cache_entries = from_.cache_entries;
    to_->jwks = from_.jwks;
    TakeRules();
    TakeAlgorithms();
    TakeKeys();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return to_;
  }

 private:
  void Report(std::string what) {
    problems_.push_back({from_.at.ToString(), "provider " + Quote(from_.name) + ": " + std::move(what)});
  }

  void TakeRules() {
    if (from_.issuer.empty()) Report("expected an issuer");
    if (from_.audiences.empty() && !from_.any_audience) {
      Report(
          "without audiences it would accept tokens that the issuer made for others; expected audiences, or "
          "any_audience: "
          "true where that is meant");
    }
    if (!from_.audiences.empty() && from_.any_audience) Report("audiences and any_audience: true exclude each other");
    jose::ClaimRules& rules = to_->rules;
    rules.issuer = from_.issuer;
    rules.audiences = from_.audiences;
    rules.all_audiences = from_.all_audiences;
    rules.any_audience = from_.any_audience;
    rules.leeway = std::chrono::ceil<std::chrono::seconds>(from_.leeway).count();
    rules.required = from_.required_claims;
  }

  void TakeAlgorithms() {
    const AlgorithmSet fitting = from_.secret ? jose::kSymmetric : jose::kAsymmetric;
    if (from_.algorithms.empty()) to_->algorithms = fitting;
    for (const std::string& name : from_.algorithms) {
      const auto algorithm = jose::ParseAlgorithm(name);
      if (!algorithm) {
        std::vector<std::string_view> known;
        for (size_t i = 0; i < jose::kAlgorithms; ++i) known.push_back(jose::NameOf(static_cast<Algorithm>(i)));
        Report("expected a signature algorithm such as RS256, got " + Quote(name) + DidYouMean(name, known));
      } else if (!fitting.Has(*algorithm)) {
        Report(from_.secret ? name + " needs jwks: a secret serves " + jose::kSymmetric.ToString()
                            : name + " needs a secret: the keys of jwks are public");
      } else {
        to_->algorithms.Add(*algorithm);
      }
    }
  }

  void TakeKeys() {
    const config::Jwks& jwks = from_.jwks;
    const bool has_jwks = jwks.text || jwks.url || jwks.issuer;
    if (from_.secret && has_jwks) Report("secret and jwks exclude each other");
    if (!from_.secret && !has_jwks) Report("expected jwks, or a secret");
    if (from_.secret) return TakeSecret();
    if (jwks.text) return TakeText(*jwks.text);
    for (const auto* target : {&jwks.url, &jwks.issuer}) {
      if (!*target) continue;
      if (const auto url = http_client::Url::Parse((*target)->url); !url) Report("jwks: " + url.error());
    }
  }

  void TakeSecret() {
    const auto secret = config::ResolveText(*from_.secret);
    if (!secret) return problems_.push_back(secret.error());
    auto key = jose::Key::FromSecret(*secret);
    if (!key) return Report("secret: " + key.error().what);
    const AlgorithmSet served = (*key)->algorithms();
    for (const std::string& name : from_.algorithms) {
      const auto algorithm = jose::ParseAlgorithm(name);
      if (algorithm && jose::kSymmetric.Has(*algorithm) && !served.Has(*algorithm)) {
        Report("secret: it has " + std::to_string(secret->size()) + " bytes; " + name + " demands " +
               (*algorithm == Algorithm::kHs384 ? "48" : "64") + " or more");
      }
    }
    to_->algorithms = to_->algorithms & served;
    to_->keys = std::make_shared<const jose::KeySet>(std::vector{*std::move(key)});
  }

  // What stands in a file of the operator's own must be right as a whole.
  void TakeText(const config::TextSource& source) {
    const auto text = config::ResolveText(source);
    if (!text) return problems_.push_back(text.error());
    const std::string where = source.kind == config::TextSource::Kind::kFile ? source.value + ": " : "jwks: ";
    if (const auto set = jose::KeySet::Parse(*text)) {
      for (const std::string& problem : set->problems()) Report(where + problem);
      if (!set->problems().empty()) return;
    }
    auto keys = ReadKeySet(*text, to_->algorithms);
    if (!keys) return Report(where + keys.error());
    to_->keys = *std::move(keys);
  }

  const config::JwtProvider& from_;
  std::shared_ptr<JwtProvider> to_;
  Problems problems_;
};

}  // namespace

tl::expected<std::shared_ptr<const JwtProvider>, Problems> BuildJwtProvider(const config::JwtProvider& provider) {
  return Builder(provider).Build();
}

tl::expected<std::vector<std::shared_ptr<const JwtProvider>>, Problems> BuildJwtProviders(
    std::span<const config::JwtProvider> providers) {
  std::vector<std::shared_ptr<const JwtProvider>> built;
  Problems problems;
  for (size_t i = 0; i < providers.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (providers[k].issuer != providers[i].issuer) continue;
      problems.push_back({providers[i].at.ToString(), "provider " + Quote(providers[i].name) +
                                                          ": its issuer is that of " + Quote(providers[k].name) +
                                                          " already"});
    }
    auto provider = BuildJwtProvider(providers[i]);
    if (provider) {
      built.push_back(*std::move(provider));
    } else {
      problems.insert(problems.end(), provider.error().begin(), provider.error().end());
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return built;
}

tl::expected<std::shared_ptr<const jose::KeySet>, std::string> ReadKeySet(std::string_view text,
                                                                          jose::AlgorithmSet algorithms) {
  const auto set = jose::KeySet::Parse(text);
  if (!set) return tl::unexpected(set.error());
  auto serving = std::make_shared<const jose::KeySet>(set->Serving(algorithms));
  if (serving->keys().empty()) {
    std::string why = "the key set has no key for " + algorithms.ToString();
    if (!set->problems().empty()) why += "; " + set->problems()[0];
    return tl::unexpected(std::move(why));
  }
  return serving;
}

}  // namespace dragoman::auth
