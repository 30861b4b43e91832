#include "exchange/header_block.h"

#include <algorithm>
#include <cstring>

namespace dragoman {

void HeaderBlock::Add(std::string_view name, std::string_view value) {
  const size_t wanted = name.size() + value.size();
  if (text_->capacity() - text_->size() < wanted) Grow(wanted);
  char* begin = text_->Extend(wanted);
  if (!name.empty()) std::memcpy(begin, name.data(), name.size());
  if (!value.empty()) std::memcpy(begin + name.size(), value.data(), value.size());
  entries_.push_back({{begin, name.size()}, {begin + name.size(), value.size()}});
}

void HeaderBlock::Join(size_t first, std::string_view name, std::string_view separator) {
  const auto named = [name](const Header& entry) { return entry.name == name; };
  const auto place = std::find_if(entries_.begin() + static_cast<ptrdiff_t>(first), entries_.end(), named);
  const auto second = std::find_if(place == entries_.end() ? place : place + 1, entries_.end(), named);
  if (second == entries_.end()) return;
  size_t wanted = place->value.size();
  for (auto entry = second; entry != entries_.end(); ++entry) {
    if (named(*entry)) wanted += separator.size() + entry->value.size();
  }
  if (text_->capacity() - text_->size() < wanted) Grow(wanted);
  char* const begin = text_->Extend(wanted);
  char* to = std::copy(place->value.begin(), place->value.end(), begin);
  for (auto entry = second; entry != entries_.end(); ++entry) {
    if (!named(*entry)) continue;
    to = std::copy(separator.begin(), separator.end(), to);
    to = std::copy(entry->value.begin(), entry->value.end(), to);
  }
  place->value = {begin, wanted};
  entries_.erase(std::remove_if(second, entries_.end(), named), entries_.end());
}

// Goes on in a further buffer.
void HeaderBlock::Grow(size_t more) {
  Buffer further;
  further.Reserve(std::max(kFirstBytes, 2 * (bytes() + more)));
  if (!text_->empty()) {
    full_bytes_ += text_->size();
    full_.push_back(std::move(*text_));
  }
  *text_ = std::move(further);
}

void HeaderBlock::Clear() {
  text_->Clear();
  full_.clear();
  full_bytes_ = 0;
  entries_.clear();
}

}  // namespace dragoman
