#pragma once

#include <span>

#include "exchange/exchange.h"
#include "rpc/rules.h"
#include "transcoding/status.h"

namespace dragoman::dialects::rest {

// Appends what of a backend's metadata becomes headers (src/dialects/rest/README.md, "Response headers").
void AppendMetadata(std::span<const Header> metadata, ResponseHead& head);

// The HTTP status of a reply: what the backend asks for in the x-http-code of its metadata, initial ones first, or 200.
// Errors: Code::kInternal, where that is no status between 200 and 599.
Result<int> StatusOfReply(std::span<const Header> metadata, std::span<const Header> trailers);

// What every response of the RPC ends its headers with.
void CompleteHead(const Exchange& exchange, const rpc::Rules& rules, ResponseHead& head);

}  // namespace dragoman::dialects::rest
