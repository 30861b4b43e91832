#include "dialects/websocket/handshake.h"

#include <algorithm>
#include <string>

#include "exchange/characters.h"
#include "exchange/origin.h"
#include "transcoding/quote.h"

namespace dragoman::dialects::websocket {
namespace {

constexpr std::string_view kVersion = "13";

bool IsBase64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// 16 bytes in base64: 22 characters and "==".
bool IsKey(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, IsBase64);
}

// The header's value; nothing of one that stands there twice.
Result<std::string_view> One(const RequestHead& head, std::string_view name) {
  std::string_view value;
  for (const Header& header : head.headers) {
    if (header.name != name) continue;
    if (!value.empty())
      return Refuse(Reason::kInvalidRequest, "the header " + std::string(name) + " stands there twice");
    value = header.value;
  }
  return value;
}

// Names are case-sensitive (RFC 6455, 11.3.4).
bool OffersSubprotocol(const RequestHead& head) {
  for (const Header& header : head.headers) {
    if (header.name != "sec-websocket-protocol") continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      if (Trim(name) == kSubprotocol) return true;
    }
  }
  return false;
}

}  // namespace

Result<Handshake> ReadHandshake(const Exchange& exchange) {
  const RequestHead& head = exchange.head();
  if (head.http_method != "GET") {
    return Refuse(Reason::kInvalidRequest,
                  "a WebSocket is opened by GET, not by " + transcoding::Excerpt(head.http_method));
  }
  if (!exchange.bodyless()) return Refuse(Reason::kInvalidRequest, "a request that opens a WebSocket has no body");
  const Result<std::string_view> version = One(head, "sec-websocket-version");
  if (!version) return tl::unexpected(version.error());
  if (*version != kVersion) {
    return Refuse(Status(Reason::kInvalidRequest,
                         "expected the header sec-websocket-version: 13, got " + transcoding::Quote(*version))
                      .WithHttpStatus(426)
                      .WithHeader("upgrade", "websocket")
                      .WithHeader("sec-websocket-version", std::string(kVersion)));
  }
  const Result<std::string_view> key = One(head, "sec-websocket-key");
  if (!key) return tl::unexpected(key.error());
  if (!IsKey(*key)) {
    return Refuse(Reason::kInvalidRequest,
                  "expected 16 bytes in base64 in the header sec-websocket-key, got " + transcoding::Quote(*key));
  }
  // No preflight has asked: browsers let every page open a WebSocket, with the cookies of its visitor.
  if (exchange.page_rights() == Exchange::PageRights::kNone && IsFromForeignPage(exchange)) {
    return Refuse(Status(Reason::kForbidden, "pages of " + transcoding::Excerpt(OriginOf(head)) +
                                                 " may not call this; `cors` says which may")
                      .WithRule("cors"));
  }
  return Handshake{.key = *key, .subprotocol = OffersSubprotocol(head) ? kSubprotocol : std::string_view()};
}

}  // namespace dragoman::dialects::websocket
