#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace dragoman::cli {

struct AdminAnswer {
  int status = 0;
  std::string body;
};

// Asks the admin interface of a running gateway: POST, JSON there. `address`: "127.0.0.1:9901", "unix:/run/admin.sock";
// `token`: empty: none is shown. Errors: an address that is none, what kept it from being asked, an answer that is no
// HTTP. Blocks, at most kAdminPatience for each piece of the answer.
inline constexpr int kAdminPatience = 30;  // seconds
tl::expected<AdminAnswer, std::string> PostToAdmin(std::string_view address, std::string_view token,
                                                   std::string_view path, std::string_view json);

}  // namespace dragoman::cli
