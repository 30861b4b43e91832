#include "config/config.h"

namespace dragoman::config {

std::string Position::ToString() const {
  if (line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace dragoman::config
