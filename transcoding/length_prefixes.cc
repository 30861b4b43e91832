#include "transcoding/length_prefixes.h"

#include <cstring>

#include "transcoding/scratch.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {

void LengthPrefixes::Close() {
  const uint32_t index = open_.back();
  open_.pop_back();
  Prefix& prefix = prefixes_[index];
  const uint32_t length = static_cast<uint32_t>(out_->size()) - prefix.at - 1 + (growth_ - prefix.length);
  if (length < 0x80) {
    // Whatever it holds is shorter still, so nothing stands behind it in the list.
    out_->data()[prefix.at] = static_cast<char>(length);
    prefixes_.pop_back();
    return;
  }
  prefix.length = length;
  growth_ += static_cast<uint32_t>(VarintSize(length) - 1);
}

void LengthPrefixes::Finish() {
  if (growth_ > 0) MoveApart();
  Settle(prefixes_);
}

void LengthPrefixes::MoveApart() {
  size_t from = out_->size();
  out_->Extend(growth_);
  char* const data = out_->data();
  size_t to = out_->size();
  for (size_t i = prefixes_.size(); i-- > 0;) {
    const Prefix& prefix = prefixes_[i];
    const size_t content = prefix.at + 1;
    to -= from - content;
    std::memmove(data + to, data + content, from - content);
    to -= static_cast<size_t>(VarintSize(prefix.length));
    PutVarint(data + to, prefix.length);
    from = prefix.at;
  }
}

}  // namespace dragoman::transcoding
