#include "guard/network_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace dragoman::guard {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

void ParseNetworks(std::string_view text, const std::string& name, std::vector<config::Network>& networks,
                   Problems& problems) {
  size_t found = 0;
  for (int number = 1; !text.empty() && found < kMaxProblems; ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = Trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    auto network = config::Network::Parse(line);
    if (network && networks.size() < kMaxNetworks) {
      networks.push_back(*network);
      continue;
    }
    const std::string where = name + ":" + std::to_string(number);
    if (network) {
      problems.push_back({where, "expected at most " + std::to_string(kMaxNetworks) + " networks in a list"});
      return;
    }
    problems.push_back({where, std::move(network.error())});
    ++found;
  }
}

void ReadNetworkFile(const std::string& path, std::vector<config::Network>& networks, Problems& problems) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 64 << 10> piece;
  while (file && text.size() <= kMaxNetworkFile) {
    file.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<size_t>(file.gcount()));
  }
  if (text.size() > kMaxNetworkFile) {
    problems.push_back({path, "expected at most " + std::to_string(kMaxNetworkFile >> 20) + " MiB"});
  } else if (!file.eof()) {
    problems.push_back({path, std::string("cannot be read: ") + std::strerror(errno)});
  } else {
    ParseNetworks(text, path, networks, problems);
  }
}

}  // namespace dragoman::guard
