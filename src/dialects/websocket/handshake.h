#pragma once

#include <string_view>

#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::dialects::websocket {

// The one subprotocol that is spoken: JSON messages as the README of this folder tells.
inline constexpr std::string_view kSubprotocol = "dragoman.json";

// What a client says when it opens a WebSocket. Views of the head.
//
//   GET /v1/rooms/lobby:join
//   upgrade: websocket
//   connection: upgrade
//   sec-websocket-version: 13
//   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==
//   sec-websocket-protocol: dragoman.json
struct Handshake {
  std::string_view key;
  std::string_view subprotocol;  // kSubprotocol if it was offered; empty: none is spoken of
};

// Of an exchange that offers the upgrade.
// Errors: kInvalidRequest: another method than GET, a body, no key or none of 16 bytes, another version than 13 (with
// HTTP status 426 and the header that names it). kForbidden: a page makes the request whose origin may not call
// (Exchange::page_rights). Spec: RFC 6455, 4.2.1, 4.2.2, 10.2.
Result<Handshake> ReadHandshake(const Exchange& exchange);

}  // namespace dragoman::dialects::websocket
