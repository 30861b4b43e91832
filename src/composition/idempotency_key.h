#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.h"

namespace dragoman::composition {

// A client that sends `idempotency-key: K` may send its request again. Each call of a composition gets a key of its
// own, the same when the request is sent again:
//
//   K.checkout.charge                       of a call
//   K.checkout.reserve.5d41402abc4b2a76     of an item of a for_each, by its request (SHA-256); of equal ones the
//   second has a .2 behind
//
// Empty where the client sent none. `item`: "" of a call that is the only one of its part; of an item "1" for the first
// with that request, "2" …
std::string DeriveIdempotencyKey(std::string_view composition, std::string_view call, std::string_view item,
                                 std::string_view message, std::span<const Header> metadata);

// By which requests are told apart: 64 bits of their SHA-256, in hexadecimal.
std::string DigestOf(std::string_view message);

bool HasIdempotencyKey(std::span<const Header> metadata);

// The metadata with `key`, a view of it, in the place of all that the client has sent.
std::vector<Header> WithIdempotencyKey(std::span<const Header> metadata, std::string_view key);

}  // namespace dragoman::composition
