#include "transcoding/name_table.h"

#include <bit>

namespace dragoman::transcoding {

void NameTable::Build(const std::vector<std::pair<std::string_view, int32_t>>& names) {
  slots_.assign(std::bit_ceil(names.size() * 2 + 1), Slot{});
  mask_ = slots_.size() - 1;
  for (const auto& [name, number] : names) {
    size_t i = Hash(name) & mask_;
    while (slots_[i].name.data() != nullptr && slots_[i].name != name) i = (i + 1) & mask_;
    if (slots_[i].name.data() == nullptr) slots_[i] = {name, number};
  }
}

}  // namespace dragoman::transcoding
