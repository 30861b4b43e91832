#pragma once

#include "auth/identity.h"
#include "concurrency/admission.h"
#include "exchange/exchange.h"
#include "rate_limit/caller.h"

// Who calls, in the words of those who count calls.
namespace dragoman::rpc {

// Views of what it is given.
inline rate_limit::Caller CallerOf(const Exchange& exchange, const auth::Identity& identity) {
  return {.head = exchange.head(),
          .address = exchange.client_ip(),
          .consumer = identity.consumer ? std::string_view(identity.consumer->name) : std::string_view(),
          .tier = identity.consumer ? std::string_view(identity.consumer->tier) : std::string_view(),
          .claims = identity.claims.get()};
}

inline concurrency::Who WhoIs(const Exchange& exchange, const auth::Identity& identity) {
  return {.consumer = identity.consumer ? std::string_view(identity.consumer->name) : std::string_view(),
          .tier = identity.consumer ? std::string_view(identity.consumer->tier) : std::string_view(),
          .address = exchange.client_ip()};
}

}  // namespace dragoman::rpc
