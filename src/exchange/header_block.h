#pragma once

#include <boost/container/small_vector.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "base/buffer_pool.h"
#include "exchange/exchange.h"

namespace dragoman {

// Headers (or metadata) with their text, which stays where it is until Clear, whatever is added.
class HeaderBlock {
 public:
  void Add(std::string_view name, std::string_view value);
  std::span<const Header> entries() const { return {entries_.data(), entries_.size()}; }
  size_t size() const { return entries_.size(); }
  // As HTTP/2 counts (RFC 9113, 6.5.2): names, values and 32 bytes an entry.
  size_t bytes() const { return text_->size() + full_bytes_ + kEntryBytes * entries_.size(); }
  // Joins the values of all entries from `first` on that have this name, in the place of the first of them.
  void Join(size_t first, std::string_view name, std::string_view separator);
  void Clear();

 private:
  static constexpr size_t kEntryBytes = 32;
  static constexpr size_t kFirstBytes = 512;

  void Grow(size_t more);

  BufferPool::Lease text_ = BufferPool::Borrow();
  std::vector<Buffer> full_;  // text for which `text_` had no room
  size_t full_bytes_ = 0;
  boost::container::small_vector<Header, 16> entries_;
};

}  // namespace dragoman
