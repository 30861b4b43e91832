#pragma once

#include <string_view>

#include "config/ip_address.h"
#include "exchange/exchange.h"
#include "jose/claims.h"

namespace dragoman::rate_limit {

// Whose request it is, as far as limits ask. Views and references of the caller's.
struct Caller {
  const RequestHead& head;
  const config::IpAddress& address;  // the client's
  std::string_view consumer;         // the name of a known one; empty: none
  std::string_view tier;             // the consumer's; empty: none
  const jose::Claims* claims;        // of its token; null: none
};

}  // namespace dragoman::rate_limit
