#include "rpc/header_rules.h"

#include <array>
#include <string>

#include "rpc/header_names.h"
#include "transcoding/quote.h"

namespace dragoman::rpc {
namespace {

void CheckNames(const std::vector<config::HeaderRules::Entry>& entries, const config::Position& at,
                std::string_view (*cannot)(std::string_view name), Problems& problems) {
  for (const config::HeaderRules::Entry& entry : entries) {
    const std::string_view why = cannot(entry.name);
    if (!why.empty()) {
      problems.push_back(
          {at.ToString(), "header " + transcoding::Quote(entry.name) + " cannot be set: " + std::string(why)});
    }
  }
}

}  // namespace

HeaderRules::HeaderRules(const config::HeaderRules& rules) {
  for (const std::string& name : rules.remove) dropped_.push_back(name);
  for (const config::HeaderRules::Entry& entry : rules.set) {
    dropped_.push_back(entry.name);
    entries_.push_back({entry.name, entry.value});
  }
  for (const config::HeaderRules::Entry& entry : rules.add) entries_.push_back({entry.name, entry.value});
  if (rules.security) {
    presets_ = {{{"strict-transport-security", "max-age=31536000; includeSubDomains"}, true},
                {{"x-content-type-options", "nosniff"}},
                {{"x-frame-options", "DENY"}},
                {{"referrer-policy", "no-referrer"}},
                {{"content-security-policy", "default-src 'none'; frame-ancestors 'none'"}}};
  }
  empty_ = dropped_.empty() && entries_.empty() && presets_.empty();
}

void CheckHeaderRules(const config::Headers& headers, Problems& problems) {
  CheckNames(headers.request.set, headers.at, &CannotForward, problems);
  CheckNames(headers.request.add, headers.at, &CannotForward, problems);
  CheckNames(headers.response.set, headers.at, &CannotRespond, problems);
  CheckNames(headers.response.add, headers.at, &CannotRespond, problems);
}

}  // namespace dragoman::rpc
