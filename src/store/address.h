#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/address.h"

namespace dragoman::store {

// Where a Redis is, and as whom it is spoken to.
//
//   "redis://app:s%40cret@redis.internal/2" → redis.internal:6379, user "app", password "s@cret", database 2
//   "redis://:secret@[::1]:6380"            → [::1]:6380, password "secret" of the default user
//   "unix:/run/redis.sock"
struct Address {
  config::Address at;
  std::string user;      // empty: the default one
  std::string password;  // empty: nobody authenticates
  uint32_t database = 0;
};

// Errors: a text for the operator, which holds nothing of the URL, since a part of it is secret.
tl::expected<Address, std::string> ParseUrl(std::string_view url);

}  // namespace dragoman::store
