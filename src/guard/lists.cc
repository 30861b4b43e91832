#include "guard/lists.h"

#include <vector>

#include "guard/network_file.h"

namespace dragoman::guard {
namespace {

config::NetworkSet ReadList(const config::NetworkList& list, Problems& problems) {
  std::vector<config::Network> networks = list.networks;
  for (const std::string& file : list.files) ReadNetworkFile(file, networks, problems);
  return config::NetworkSet(networks);
}

}  // namespace

tl::expected<std::shared_ptr<const Lists>, Problems> Lists::Read(const config::Guard& config) {
  Problems problems;
  auto lists = std::make_shared<Lists>();
  lists->allow = ReadList(config.allow, problems);
  lists->deny = ReadList(config.deny, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return lists;
}

}  // namespace dragoman::guard
