#pragma once

#include <cstddef>
#include <vector>

namespace dragoman::transcoding {

// Empties scratch memory that is kept from message to message, and gives it back where one message made it large.
template <typename Element>
void Settle(std::vector<Element>& scratch) {
  constexpr size_t kKept = size_t{256} << 10;  // bytes
  scratch.clear();
  if (scratch.capacity() * sizeof(Element) > kKept) scratch.shrink_to_fit();
}

}  // namespace dragoman::transcoding
