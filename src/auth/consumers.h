#pragma once

#include <cstddef>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/identity.h"
#include "config/config.h"

namespace dragoman::auth {

// The clients that are known by name.
//
// Threads: immutable once built; consumers stay where they are as long as the directory lives.
class ConsumerDirectory {
 public:
  explicit ConsumerDirectory(const std::vector<config::Consumer>& consumers);
  ConsumerDirectory(const ConsumerDirectory&) = delete;
  ConsumerDirectory& operator=(const ConsumerDirectory&) = delete;

  // Null if nobody has that name. Of several that the file of API keys gives one name, the first.
  const Consumer* FindByName(std::string_view name) const;
  size_t size() const { return consumers_.size(); }

  // For building: one more.
  const Consumer& Add(Consumer consumer);

 private:
  std::deque<Consumer> consumers_;
  std::unordered_map<std::string_view, const Consumer*> names_;
};

}  // namespace dragoman::auth
