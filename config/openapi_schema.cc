#include "config/openapi_schema.h"

#include <algorithm>
#include <string_view>

#include "config/schema_parts.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

constexpr size_t kMaxPathBytes = 256;
constexpr size_t kMaxUrlBytes = 1024;
constexpr size_t kMaxServers = 100;
constexpr size_t kMaxTextBytes = 64 << 10;

// A path that a client asks for as it stands: nothing in it needs an escape.
bool IsPath(std::string_view text) {
  return text.starts_with('/') && text.size() <= kMaxPathBytes && IsMadeOf(text, "/-._~") && text.find("//") == std::string_view::npos &&
         (text.size() == 1 || !text.ends_with('/'));
}

void ReportPath(ReadContext& context, const Node& node, std::string_view or_what) {
  ReportExpected(context, node, R"(a path of letters, digits, "/", "-", ".", "_" and "~", such as /openapi.json)" + std::string(or_what));
}

// An absolute URL, or one relative to where the document is: "/", "/api".
bool IsServer(std::string_view text) {
  const bool blank = std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '{' || c == '}'; });
  return !blank && text.size() <= kMaxUrlBytes &&
         (text.starts_with('/') || text.starts_with("https://") || text.starts_with("http://"));
}

void ReadShortText(MappingReader& map, std::string_view key, std::string& out) {
  std::string text = out;
  map.Text(key, text);
  if (text.size() <= kMaxTextBytes) {
    out = std::move(text);
  } else {
    map.context().Report(*map.Find(key), "expected at most 64 KiB of text");
  }
}

void ReadKeys(MappingReader& map, OpenApi& out) {
  ReadContext& context = map.context();
  if (const Node* node = map.Find("path")) {
    const std::string* text = ReadText(*node, context);
    if (text != nullptr && IsPath(*text)) {
      out.path = *text;
    } else if (text != nullptr) {
      ReportPath(context, *node, "");
    }
  }
  if (const Node* node = map.Find("docs")) {
    const std::string* text = ReadText(*node, context);
    if (text != nullptr && *text == "off") {
      out.docs.reset();
    } else if (text != nullptr && IsPath(*text)) {
      out.docs = *text;
    } else if (text != nullptr) {
      ReportPath(context, *node, ", or off");
    }
    if (out.docs == out.path) context.Report(*node, "docs and path are both " + transcoding::Quote(out.path));
  }
  ReadShortText(map, "title", out.title);
  ReadShortText(map, "version", out.version);
  ReadShortText(map, "description", out.description);
  map.List("servers", kMaxServers, [&](const Node& item, const std::string&) {
    const std::string* text = ReadText(item, context);
    if (text == nullptr) return;
    if (!IsServer(*text)) return ReportExpected(context, item, "a URL such as https://api.example/shop, or a path such as /shop");
    out.servers.push_back(*text);
  });
}

}  // namespace

void ReadOpenApi(MappingReader& root, std::optional<OpenApi>& out) {
  root.Mapping("openapi", [&](MappingReader& map, const Node& node) {
    out.emplace().at = root.context().At(node);
    ReadKeys(map, *out);
  });
}

}  // namespace dragoman::config
