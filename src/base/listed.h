#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace dragoman {

// "shop and 3 more"; "shop" where there are none.
std::string AndMore(std::string text, size_t more);

// The first `shown` of them, and how many more there are: "10.0.0.7:50051, 10.0.0.8:50051 and 3 more".
std::string Listed(std::span<const std::string> names, size_t shown);

}  // namespace dragoman
