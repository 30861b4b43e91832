#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dragoman::config {

using Milliseconds = std::chrono::milliseconds;

// Where something stands, for messages: "dragoman.yaml:14:3". Line and column count from 1; 0: not from a file.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;

  std::string ToString() const;
};

// "dragoman.yaml:14:3" → its parts; nothing for a text that ends otherwise.
std::optional<Position> ParsePosition(std::string_view text);

}  // namespace dragoman::config
