#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::guard {

// A pattern in which `*` stands for any text, also none; case does not count (of ASCII letters).
//
//   *bot*  matches "GoogleBot/2.1"     curl/*  matches "curl/8.1", not "libcurl/8.1"
//
// Threads: immutable.   Cost: one pass, but for patterns whose pieces repeat themselves.
class TextPattern {
 public:
  explicit TextPattern(std::string_view pattern);
  bool Matches(std::string_view text) const;

 private:
  std::vector<std::string> pieces_;  // between the stars, in lower case; the first and the last may be empty
};

// The rules for headers, compiled.
//
// Threads: immutable.   Cost: for a request that is admitted, a look at each header for each rule; no allocation.
class HeaderFilter {
 public:
  explicit HeaderFilter(std::span<const config::Guard::HeaderRule> rules);

  bool empty() const { return rules_.empty(); }
  // Every value of a header is looked at; one that is empty is as good as none. Errors: kForbidden, with the rule
  // "user_agents" or "headers.NAME".
  Status Check(const RequestHead& head) const;

 private:
  struct Rule {
    std::string header;
    std::vector<TextPattern> deny;
    bool required;

    std::string name() const;
  };
  std::vector<Rule> rules_;
};

}  // namespace dragoman::guard
