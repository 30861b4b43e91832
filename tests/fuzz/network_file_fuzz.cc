#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "guard/network_file.h"
#include "guard/subject.h"

// A file of networks: each that is read is read again from its own text. And whom a ban concerns, as told by people and other
// gateways: likewise.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<config::Network> networks;
  Problems problems;
  guard::ParseNetworks(text, "f", networks, problems);
  for (const config::Network& network : networks) {
    const auto again = config::Network::Parse(network.ToString());
    if (!again || again->first != network.first || again->last() != network.last()) std::abort();
  }
  for (const Problem& problem : problems) {
    if (problem.what.empty() || !problem.where.starts_with("f:")) std::abort();
  }
  if (const auto subject = guard::Subject::Parse(text)) {
    const std::string told = subject->ToString();
    const auto again = guard::Subject::Parse(told);
    if (!again || again->ToString() != told) std::abort();
  }
  return 0;
}
