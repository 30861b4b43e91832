#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman::transcoding {

// What the authors of a schema say of its parts: of messages, fields, oneofs, enums and their values, services and methods. Of each its leading
// comment, or where it has none the one that follows on its line. Texts are as in the source, without the comment's own signs; any bytes.
//
// Built by Add and Freeze, then immutable: safe to read concurrently. A comment takes 16 bytes and its text.
class Comments {
 public:
  enum class Keep { kNo, kYes };  // of whoever reads sources

  static constexpr size_t kMaxBytes = 16 << 10;    // of one comment; what is longer is cut
  static constexpr size_t kMaxTotal = 128 << 20;  // of all; what comes later is left out

  // Takes those of a file over, which are in its source_code_info. Of two of one name the first stands.
  void Add(const google::protobuf::FileDescriptorProto& file);
  void Freeze();

  // Of "shop.v1.Catalog.GetItem", "shop.v1.Item.price"; of an enum's value as protobuf names it, beside its enum. Empty: there is none.
  std::string_view Find(std::string_view full_name) const;

  size_t size() const { return entries_.size(); }
  size_t bytes() const { return text_.capacity() + entries_.capacity() * sizeof(Entry); }

 private:
  // The name is kept as its hash alone: of two names with one hash both get the first one's comment, which harms nobody.
  struct Entry {
    uint64_t name;
    uint32_t begin;
    uint32_t size;
  };
  std::vector<Entry> entries_;  // once frozen, by name
  std::string text_;
};

}  // namespace dragoman::transcoding
