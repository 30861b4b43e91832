#pragma once

#include <optional>
#include <string_view>

#include "coding/coding.h"
#include "config/web.h"
#include "exchange/exchange.h"

namespace dragoman::compression {

// How the body of a request is coded, by its Content-Encoding; kIdentity without one. Nothing: in a way that is not
// known here, or in several one upon another.
std::optional<coding::Coding> RequestCodingOf(const RequestHead& head);

enum class Shape : uint8_t { kWhole, kStream };

// How a client wants to have a response.
struct Wish {
  coding::Coding coding = coding::Coding::kIdentity;
  bool not_as_is = false;  // "identity;q=0": everything is to be coded
};

// By Accept-Encoding (RFC 9110, 12.5.3), among what the configuration allows. Of codings that are as welcome as each
// other, a whole response takes the one that the configuration prefers, a stream gzip, whose encoder is small;
// kIdentity where that is more welcome than any, or nothing fits.
Wish WishOf(const RequestHead& head, const config::Compression& compression, Shape shape);

// False where a look is enough to see that WishOf would not say `not_as_is`.
bool MayForbidIdentity(const RequestHead& head);

}  // namespace dragoman::compression
