#include "gateway/pages.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/hex.h"
#include "base/log.h"
#include "coding/encoder.h"
#include "docs/docs.h"
#include "exchange/accept.h"
#include "openapi/openapi.h"
#include "transcoding/quote.h"

namespace dragoman::gateway {
namespace {

std::string DigestOf(std::string_view bytes) {
  constexpr size_t kBytes = 12;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return RenderHex(std::span(digest).first(kBytes));
}

Pages::Page Made(std::string path, std::string_view content_type, std::string text) {
  Buffer gzip;
  if (!coding::EncodeWhole(coding::Coding::kGzip, text, gzip)) gzip = Buffer();  // no memory
  std::string digest = DigestOf(text);
  return {.path = std::move(path),
          .content_type = content_type,
          .plain = std::move(text),
          .gzip = std::string(gzip.view()),
          .digest = std::move(digest)};
}

const docs::Asset& AssetOf(std::string_view name) { return *std::ranges::find(docs::Assets(), name, &docs::Asset::name); }

struct Body {
  std::string_view bytes;
  bool coded = false;
};

Body BodyOf(const Pages::Page& page, bool takes_gzip) {
  const std::string_view gzip = page.asset.empty() ? std::string_view(page.gzip) : AssetOf(page.asset).gzip;
  if (takes_gzip && !gzip.empty()) return {gzip, true};
  const std::string_view plain = page.asset.empty() ? std::string_view(page.plain) : docs::PlainOf(AssetOf(page.asset));
  return plain.empty() ? Body{gzip, true} : Body{plain, false};
}

bool TakesGzip(const RequestHead& head) {
  const std::string_view accepted = head.Find("accept-encoding");
  const Quality gzip = QualityOfCoding(accepted, "gzip");
  return gzip > 0 && gzip >= QualityOfCoding(accepted, "identity");
}

// Whether If-None-Match names it (RFC 9110, 13.1.2), compared weakly.
bool IsKnown(std::string_view names, std::string_view etag) {
  while (!names.empty()) {
    std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    while (name.starts_with(' ') || name.starts_with('\t')) name.remove_prefix(1);
    while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
    if (name.starts_with("W/")) name.remove_prefix(2);
    if (name == etag || name == "*") return true;
  }
  return false;
}

}  // namespace

Pages::Pages(const Generation& generation) {
  const std::optional<config::OpenApi>& openapi = generation.config.openapi;
  if (!openapi || !generation.waiting.empty()) return;
  tl::expected<std::string, std::string> document = openapi::Render(generation);
  if (!document) {
    LogWarn("openapi_left_out", {{"path", openapi->path}, {"reason", document.error()}});
    return;
  }
  pages_.push_back(Made(openapi->path, "application/json; charset=utf-8", *std::move(document)));
  if (!openapi->docs) return;
  pages_.push_back(Made(*openapi->docs, "text/html; charset=utf-8", docs::RenderPage(*openapi)));
  pages_.back().policy = docs::ContentSecurityPolicy(*openapi);
  for (const docs::Asset& asset : docs::Assets()) {
    pages_.push_back({.path = docs::AssetPath(*openapi->docs, asset.name),
                      .content_type = asset.content_type,
                      .asset = asset.name,
                      .digest = DigestOf(asset.gzip)});
  }
  const std::string slashed = docs::SlashedPath(*openapi->docs);
  if (slashed != *openapi->docs) pages_.push_back({.path = slashed, .location = docs::RelativePath(slashed, *openapi->docs)});
}

const Pages::Page* Pages::Find(std::string_view target) const {
  const auto page = std::ranges::find(pages_, target.substr(0, target.find('?')), &Page::path);
  return page == pages_.end() ? nullptr : &*page;
}

Task<Status> Pages::Answer(Exchange& exchange, const Page& page) {
  ResponseHead head;
  head.headers.push_back({"x-request-id", exchange.request_id()});
  if (!page.location.empty()) {
    head.status = 307;  // which nobody remembers
    head.headers.push_back({"location", page.location});
    co_return co_await exchange.Reply(head, {});
  }
  const Body body = BodyOf(page, TakesGzip(exchange.head()));
  const std::string etag = '"' + page.digest + (body.coded ? "-gzip\"" : "\"");
  head.headers.push_back({"etag", etag});
  // no-transform: it is compressed already, or its client wants none of that.
  head.headers.push_back({"cache-control", "no-cache, no-transform"});
  head.headers.push_back({"vary", "Accept-Encoding"});
  head.headers.push_back({"x-content-type-options", "nosniff"});
  if (!page.policy.empty()) {
    head.headers.push_back({"content-security-policy", page.policy});
    head.headers.push_back({"referrer-policy", "no-referrer"});
  }
  if (IsKnown(exchange.head().Find("if-none-match"), etag)) {
    head.status = 304;
    co_return co_await exchange.Reply(head, {});
  }
  head.content_type = page.content_type;
  if (body.coded) head.headers.push_back({"content-encoding", "gzip"});
  co_return co_await exchange.Reply(head, body.bytes);
}

}  // namespace dragoman::gateway
