#include "upstream/metadata_block.h"

#include <algorithm>
#include <cstring>

namespace dragoman::upstream {

void MetadataBlock::Add(std::string_view name, std::string_view value) {
  const size_t wanted = name.size() + value.size();
  if (text_->capacity() - text_->size() < wanted) Grow(wanted);
  char* begin = text_->Extend(wanted);
  if (!name.empty()) std::memcpy(begin, name.data(), name.size());
  if (!value.empty()) std::memcpy(begin + name.size(), value.data(), value.size());
  entries_.push_back({{begin, name.size()}, {begin + name.size(), value.size()}});
}

// Moves the text, and the entries with it.
void MetadataBlock::Grow(size_t more) {
  Buffer grown;
  grown.Reserve(std::max(kFirstBytes, 2 * (text_->size() + more)));
  grown.Append(text_->view());
  for (Header& entry : entries_) {
    entry.name = {grown.data() + (entry.name.data() - text_->data()), entry.name.size()};
    entry.value = {grown.data() + (entry.value.data() - text_->data()), entry.value.size()};
  }
  *text_ = std::move(grown);
}

void MetadataBlock::Clear() {
  text_->Clear();
  entries_.clear();
}

}  // namespace dragoman::upstream
