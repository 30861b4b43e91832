#pragma once

#include <chrono>
#include <string>

namespace dragoman::config {

using Milliseconds = std::chrono::milliseconds;

// Where something stands, for messages: "dragoman.yaml:14:3". Line and column count from 1; 0: not from a file.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;

  std::string ToString() const;
};

}  // namespace dragoman::config
