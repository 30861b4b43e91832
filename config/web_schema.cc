#include "config/web_schema.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "config/schema_parts.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

constexpr size_t kMaxOrigins = 1000;
constexpr size_t kMaxOriginBytes = 300;

bool IsHost(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    return host.size() > 2 && IsMadeOf(host.substr(1, host.size() - 2), ":.");
  }
  return !host.empty() && IsMadeOf(host, "-._") && !host.starts_with('.') && !host.ends_with('.');
}

bool IsPort(std::string_view port) {
  return !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "https://App.Example:443" → "https://app.example", as browsers write it (RFC 6454, 6.2).
std::optional<std::string> NormaliseOrigin(std::string_view text) {
  if (text == "*") return "*";
  if (text.size() > kMaxOriginBytes) return std::nullopt;
  std::string origin(text);
  std::transform(origin.begin(), origin.end(), origin.begin(), [](unsigned char c) { return std::tolower(c); });
  const size_t mark = origin.find("://");
  if (mark == std::string::npos) return std::nullopt;
  const std::string_view scheme = std::string_view(origin).substr(0, mark);
  if (scheme.empty() || !IsMadeOf(scheme, "+-.")) return std::nullopt;
  std::string_view host = std::string_view(origin).substr(mark + 3);
  if (host.starts_with("*.")) host.remove_prefix(2);
  const size_t colon = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (!IsPort(port) || !IsHost(host.substr(0, colon))) return std::nullopt;
    if ((scheme == "https" && port == "443") || (scheme == "http" && port == "80")) {
      origin.resize(origin.size() - port.size() - 1);
    }
  } else if (!IsHost(host)) {
    return std::nullopt;
  }
  return origin;
}

void ReadHeaderNames(MappingReader& map, std::string_view key, std::vector<std::string>& out) {
  map.List(key, kMaxTexts, [&](const Node& item, const std::string&) {
    if (std::optional<std::string> name = ReadHeaderName(item, map.context())) out.push_back(*std::move(name));
  });
}

void ReadCors(MappingReader& map, Cors& out) {
  ReadContext& context = map.context();
  map.List("origins", kMaxOrigins, [&](const Node& item, const std::string&) {
    const std::string* text = ReadText(item, context);
    if (text == nullptr) return;
    if (std::optional<std::string> origin = NormaliseOrigin(*text)) {
      out.origins.push_back({*std::move(origin), context.At(item)});
    } else {
      context.Report(item,
                     "expected an origin such as https://app.example, https://*.example.com or *, got " + Quote(*text));
    }
  });
  if (map.Find("origins") == nullptr) context.Report(out.at, "cors without origins; which pages may call?");
  map.Boolean("credentials", out.credentials);
  ReadHeaderNames(map, "headers", out.headers);
  ReadHeaderNames(map, "exposed", out.exposed);
  map.Duration("max_age", out.max_age, Milliseconds(0), std::chrono::hours(24));
  if (!out.credentials) return;
  for (const CorsOrigin& origin : out.origins) {
    if (origin.text == "*") {
      context.Report(
          origin.at,
          "the origin \"*\" beside credentials: true would let every page act for its visitors; name the origins");
    }
  }
}

}  // namespace

void ReadCors(MappingReader& map, std::optional<Cors>& out) {
  map.Mapping("cors", [&](MappingReader& cors, const Node& value) {
    out.emplace().at = map.context().At(value);
    ReadCors(cors, *out);
  });
}

void ReadCompression(MappingReader& map, Compression& out) {
  if (map.Find("codings") != nullptr) out.codings.clear();
  map.List("codings", kMaxTexts, [&](const Node& item, const std::string&) {
    const std::string* text = ReadText(item, map.context());
    if (text == nullptr) return;
    if (*text != "gzip" && *text != "br") return ReportExpected(map.context(), item, "gzip or br");
    const ContentCoding coding = *text == "br" ? ContentCoding::kBrotli : ContentCoding::kGzip;
    if (std::find(out.codings.begin(), out.codings.end(), coding) != out.codings.end()) {
      return map.context().Report(item, Quote(*text) + " stands twice");
    }
    out.codings.push_back(coding);
  });
  map.Size("min_bytes", out.min_bytes, 0, 1u << 30);
}

}  // namespace dragoman::config
