#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dragoman::config {

// A pattern over the names of .proto files below a root: segments between slashes, in which `*` stands for any text
// without a slash, and `**`, as a whole segment, for any number of folders. What begins with a dot is only matched by a
// segment that begins with one, as in a shell.
//
//   shop/v1/*.proto    shop/v1/catalog.proto            not shop/v1/beta/catalog.proto, not shop/v1/.draft.proto
//   **/*.proto         shop.proto, shop/v1/orders.proto not .git/orders.proto
//   shop/v1/api.proto  itself
class Glob {
 public:
  // Errors: a text that could never match a file below a root ("/a.proto", "../a.proto", "a//b.proto"), that does not
  // end in .proto, or that has wildcards which a shell would know and this does not ("?", "[a-z]", "{a,b}", "a**").
  static tl::expected<Glob, std::string> Parse(std::string_view text);

  // `name`: "shop/v1/catalog.proto".   Cost: (segments × longest segment)² at worst; no recursion.
  bool Matches(std::string_view name) const;

  const std::string& text() const { return text_; }
  // The folder below which everything that matches lies: "shop/v1" of "shop/v1/*.proto", "" for the root itself.
  std::string_view folder() const;
  // How many folders below folder() a match may lie: 0 for "shop/*.proto", 1 for "shop/*/a.proto"; kMaxFolders if it
  // has `**`.
  size_t depth() const;
  // A segment behind folder() begins with a dot.
  bool names_hidden() const;
  bool has_wildcard() const { return text_.find('*') != std::string::npos; }

  static constexpr size_t kMaxBytes = 1024;
  static constexpr size_t kMaxFolders = 64;

 private:
  Glob(std::string text);

  std::string text_;
  std::vector<std::string_view> segments() const;
  size_t literal_segments_ = 0;  // of the folder
};

}  // namespace dragoman::config
