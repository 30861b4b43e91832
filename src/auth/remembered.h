#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <list>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace dragoman::auth {

// What stands for a credential where the credential itself must not be kept.
using Digest = std::array<unsigned char, 32>;

// SHA-256 over a secret of this process and the credential: nobody can choose where it lies in a table, nor tell what
// it is of. Threads: any.
Digest DigestOf(std::string_view credential);

// What one worker knows of credentials, each for a time. The least recently used goes when there are too many, or they
// take too much memory. A clock that is set back makes it forget.
//
// Threads: its worker's.
template <typename Value>
class Remembered {
 public:
  static constexpr size_t kBytesPerEntry = 4 << 10;  // on the average

  explicit Remembered(size_t max_entries) : max_entries_(max_entries), max_bytes_(max_entries * kBytesPerEntry) {}

  // Null if it is not known or not any more; holds until the next change. `now`: seconds since 1970.
  const Value* Find(const Digest& digest, int64_t now) {
    const auto found = index_.find(digest);
    if (found == index_.end()) return nullptr;
    const auto entry = found->second;
    if (now < entry->since || now >= entry->until) {
      Remove(entry);
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return &entry->value;
  }

  // `bytes`: what the value holds beside itself.
  void Add(const Digest& digest, Value value, int64_t now, int64_t until, size_t bytes = 0) {
    bytes += sizeof(Entry);
    if (max_entries_ == 0 || bytes > max_bytes_ || until <= now) return;
    if (const auto old = index_.find(digest); old != index_.end()) Remove(old->second);
    while (entries_.size() >= max_entries_ || bytes_ + bytes > max_bytes_) Remove(std::prev(entries_.end()));
    entries_.push_front({digest, std::move(value), now, until, bytes});
    index_[digest] = entries_.begin();
    bytes_ += bytes;
  }

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Digest digest;
    Value value;
    int64_t since;
    int64_t until;
    size_t bytes;
  };
  using Entries = std::list<Entry>;
  // A digest is as good as random.
  struct FirstBytes {
    size_t operator()(const Digest& digest) const {
      size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };

  void Remove(typename Entries::iterator entry) {
    bytes_ -= entry->bytes;
    index_.erase(entry->digest);
    entries_.erase(entry);
  }

  const size_t max_entries_;
  const size_t max_bytes_;
  size_t bytes_ = 0;
  Entries entries_;  // the most recent in front
  std::unordered_map<Digest, typename Entries::iterator, FirstBytes> index_;
};

}  // namespace dragoman::auth
