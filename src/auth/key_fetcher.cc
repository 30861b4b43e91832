#include "auth/key_fetcher.h"

#include <utility>

#include "config/text_source.h"
#include "jose/strict_json.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

using transcoding::Quote;

constexpr size_t kMaxDocumentDepth = 16;  // levels
constexpr size_t kMaxUrlBytes = 2048;

tl::unexpected<Status> Unavailable(std::string what) { return Refuse(Reason::kBackendUnavailable, std::move(what)); }

std::string DocumentUrlOf(std::string issuer) {
  if (issuer.ends_with('/')) issuer.pop_back();
  return issuer + "/.well-known/openid-configuration";
}

}  // namespace

KeyFetcher::KeyFetcher(Loop& loop, std::shared_ptr<const JwtProvider> provider, MakeClient make_client)
    : loop_(loop), provider_(std::move(provider)), make_client_(std::move(make_client)) {}

Task<Result<std::string>> KeyFetcher::Fetch() {
  const config::Jwks& jwks = provider_->jwks;
  if (jwks.text) {
    auto text = config::ResolveText(*jwks.text);
    if (!text) co_return Unavailable(std::move(text.error().what));
    co_return *std::move(text);
  }
  if (jwks.url) {
    Result<std::string> keys = co_await FetchFrom(keys_, jwks.url->url, *jwks.url);
    co_return keys;
  }
  const std::string from = DocumentUrlOf(jwks.issuer->url);
  const Result<std::string> document = co_await FetchFrom(document_, from, *jwks.issuer);
  if (!document) co_return document;
  Result<std::string> url = KeysUrlOf(*document, from);
  if (!url) co_return url;
  Result<std::string> keys = co_await FetchFrom(keys_, *std::move(url), *jwks.issuer);
  co_return keys;
}

Task<Result<std::string>> KeyFetcher::FetchFrom(Source& source, std::string url, const config::HttpTarget& target) {
  if (!source.client || source.url != url) {
    config::HttpTarget to = target;
    to.url = url;
    auto client = make_client_(loop_, to);
    if (!client) co_return Unavailable(url + ": " + client.error().what);
    source.client = *std::move(client);
    source.url = url;
  }
  http_client::Request request;
  request.headers.emplace_back("accept", "application/json");
  Result<http_client::Response> response = co_await source.client->Fetch(std::move(request));
  if (!response) co_return Refuse(std::move(response.error()));
  if (response->status != 200) co_return Unavailable(url + ": answered " + std::to_string(response->status));
  co_return std::move(response->body);
}

Result<std::string> KeyFetcher::KeysUrlOf(std::string_view document, const std::string& from) const {
  jose::StrictJson json;
  if (const auto fault = json.Parse(document, kMaxDocumentDepth); fault != jose::JsonFault::kNone) {
    return Unavailable(from + ": the discovery document " + std::string(TextOf(fault)));
  }
  const auto text = [&](std::string_view name) {
    const rapidjson::Value* value = jose::FindMember(json.root(), name);
    return value != nullptr && value->IsString() ? std::string(jose::TextOf(*value)) : std::string();
  };
  const std::string& expected = provider_->rules.issuer;
  if (const std::string issuer = text("issuer"); issuer != expected) {
    return Unavailable(from + ": the discovery document is of issuer " + Quote(issuer) + ", expected " +
                       Quote(expected));
  }
  std::string url = text("jwks_uri");
  if (url.empty() || url.size() > kMaxUrlBytes) return Unavailable(from + ": the discovery document has no jwks_uri");
  if (!url.starts_with("https://") && !expected.starts_with("http://")) {
    return Unavailable(from + ": its jwks_uri " + Quote(url) + " is not https");
  }
  return url;
}

}  // namespace dragoman::auth
