// Each line of the input as a header: "f" and a value of Forwarded, "x" and one of X-Forwarded-For, "p" or "h" and one
// of X-Forwarded-Proto or -Host. Whatever stands there, a trusted proxy's word comes to a peer, a clean client or a
// refusal; and what the last proxy appends decides, no matter what stands in front of it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/client_address.h"
#include "exchange/host_and_port.h"

namespace {

using dragoman::Header;

const dragoman::TrustedProxies& Proxies() {
  static const dragoman::TrustedProxies proxies(std::vector{*dragoman::config::Network::Parse("10.0.0.0/8")});
  return proxies;
}

dragoman::Result<std::optional<dragoman::Exchange::Client>> Resolve(const std::vector<Header>& headers) {
  static const dragoman::Peer peer{
      .address = "10.0.0.1", .port = 80, .ip = *dragoman::config::IpAddress::Parse("10.0.0.1")};
  dragoman::RequestHead head;
  head.headers = headers;
  return Proxies().Resolve(head, peer);
}

std::string_view NameOf(char kind) {
  switch (kind) {
    case 'f':
      return "forwarded";
    case 'x':
      return "x-forwarded-for";
    case 'p':
      return "x-forwarded-proto";
    default:
      return "x-forwarded-host";
  }
}

// The lines of one header, with what an honest proxy appends to the last of them.
void CheckAppended(const std::vector<Header>& headers, std::string_view name, std::string_view appended) {
  std::vector<Header> lines;
  for (const Header& header : headers) {
    if (header.name == name) lines.push_back(header);
  }
  std::string value(lines.empty() ? "" : lines.back().value);
  value += appended;
  if (lines.empty()) lines.push_back({name, {}});
  lines.back().value = value;
  const auto resolved = Resolve(lines);
  if (!resolved || !*resolved || (*resolved)->address.view() != "192.0.2.7") std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<Header> headers;
  for (std::string_view rest(reinterpret_cast<const char*>(data), size); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.empty()) headers.push_back({NameOf(line[0]), line.substr(1)});
  }
  const auto resolved = Resolve(headers);
  if (resolved && *resolved) {
    const dragoman::Exchange::Client& client = **resolved;
    if (client.ip.none() || client.address.view() != client.ip.ToText().view()) std::abort();
    if (!client.scheme.empty() && client.scheme != "http" && client.scheme != "https") std::abort();
    if (!client.authority.empty() && !dragoman::IsHostAndPort(client.authority)) std::abort();
  }
  CheckAppended(headers, "x-forwarded-for", ", 192.0.2.7");
  CheckAppended(headers, "forwarded", ", for=192.0.2.7;proto=https, for=\"10.0.0.2:80\"");
  return 0;
}
