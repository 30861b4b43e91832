#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::rpc {

// What a policy does to headers, compiled: of metadata on their way to a backend, of a response on its way to the
// client.
//
// Threads: immutable. The views are the configuration's.
class HeaderRules {
 public:
  HeaderRules() = default;
  explicit HeaderRules(const config::HeaderRules& rules);

  bool empty() const { return empty_; }

  // Takes away what is removed or set, puts in what is set and added, and what the security preset adds where nothing
  // has that name. `headers`: a container of Header.
  template <typename Headers>
  void Apply(std::string_view scheme, Headers& headers) const {
    if (empty_) return;
    const auto gone = [this](const Header& header) {
      return std::find(dropped_.begin(), dropped_.end(), header.name) != dropped_.end();
    };
    headers.erase(std::remove_if(headers.begin(), headers.end(), gone), headers.end());
    for (const Header& entry : entries_) headers.push_back(entry);
    for (const Preset& preset : presets_) {
      if (preset.tls_only && scheme != "https") continue;
      const bool there = std::any_of(headers.begin(), headers.end(),
                                     [&preset](const Header& header) { return header.name == preset.header.name; });
      if (!there) headers.push_back(preset.header);
    }
  }

 private:
  struct Preset {
    Header header;
    bool tls_only = false;
  };

  bool empty_ = true;
  std::vector<std::string_view> dropped_;
  std::vector<Header> entries_;
  std::vector<Preset> presets_;
};

// Adds to `problems` the names in `headers` that no rule may set or add in that direction.
void CheckHeaderRules(const config::Headers& headers, Problems& problems);

}  // namespace dragoman::rpc
