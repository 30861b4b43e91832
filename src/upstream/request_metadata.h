#pragma once

#include <string_view>

#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::upstream {

// Only 0x20…0x7e, as the values of gRPC metadata and the paths of methods.
bool IsPrintable(std::string_view text);

// Errors: kInvalidRequest for a name that gRPC does not allow or that the head of a call has already, and for a value
// that is not printable. Spec: PROTOCOL-HTTP2, "Custom-Metadata".
Status CheckMetadata(const Header& entry);

// False for what differs from call to call, or is secret: in HPACK's table it would only wash out the useful entries.
bool RepeatsItself(std::string_view name);

}  // namespace dragoman::upstream
