#pragma once

#include <array>
#include <string_view>

namespace dragoman::store {

// A Lua script that Redis runs, and the digest by which Redis remembers it. Made once, of a text that outlives it.
class Script {
 public:
  explicit Script(std::string_view text);

  std::string_view text() const { return text_; }
  std::string_view digest() const { return {digest_.data(), digest_.size()}; }  // SHA-1, 40 hexadecimal digits

 private:
  std::string_view text_;
  std::array<char, 40> digest_;
};

}  // namespace dragoman::store
