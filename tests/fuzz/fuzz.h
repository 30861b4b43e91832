#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

// What the fuzz targets share.
namespace dragoman::fuzz {

// A promise that was not kept ends the run.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view Text(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

}  // namespace dragoman::fuzz
