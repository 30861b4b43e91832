#include "config/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

constexpr int kV4Offset = 96;  // bits in front of an IPv4 address

// The `count` leading bits of 64.
constexpr uint64_t Mask(int count) { return count <= 0 ? 0 : count >= 64 ? ~uint64_t{0} : ~uint64_t{0} << (64 - count); }

uint64_t ReadBytes(const uint8_t* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

IpAddress IpAddress::FromBytes(std::span<const uint8_t> bytes) {
  IpAddress address;
  address.present_ = true;
  if (bytes.size() == 4) {
    uint64_t v4 = 0;
    for (const uint8_t byte : bytes) v4 = v4 << 8 | byte;
    address.low_ = uint64_t{0xffff} << 32 | v4;
  } else {
    address.high_ = ReadBytes(bytes.data());
    address.low_ = ReadBytes(bytes.data() + 8);
  }
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof(buffer) || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  std::array<uint8_t, 16> bytes;
  if (::inet_pton(AF_INET, buffer, bytes.data()) == 1) return FromBytes(std::span(bytes).first<4>());
  if (::inet_pton(AF_INET6, buffer, bytes.data()) == 1) return FromBytes(bytes);
  return std::nullopt;
}

IpAddress IpAddress::Prefix(int bits) const {
  IpAddress network = *this;
  network.high_ &= Mask(bits);
  network.low_ &= Mask(bits - 64);
  return network;
}

IpText IpAddress::ToText() const {
  IpText text;
  if (none()) return text;
  char* const begin = text.text_.data();
  if (v4()) {  // inet_ntop goes through snprintf
    char* end = begin;
    for (int shift = 24; shift >= 0; shift -= 8) {
      end = std::to_chars(end, begin + text.text_.size(), low_ >> shift & 0xff).ptr;
      if (shift > 0) *end++ = '.';
    }
    text.size_ = static_cast<uint8_t>(end - begin);
    return text;
  }
  std::array<uint8_t, 16> bytes;
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(high_ >> (56 - 8 * i));
    bytes[8 + i] = static_cast<uint8_t>(low_ >> (56 - 8 * i));
  }
  ::inet_ntop(AF_INET6, bytes.data(), begin, static_cast<socklen_t>(text.text_.size()));
  text.size_ = static_cast<uint8_t>(std::strlen(begin));
  return text;
}

tl::expected<Network, std::string> Network::Parse(std::string_view text) {
  const auto wrong = [text] {
    return tl::unexpected("expected a network such as 10.0.0.0/8 or 2001:db8::/32, got " + Quote(text));
  };
  const size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const std::optional<IpAddress> address = IpAddress::Parse(address_text);
  if (!address) return wrong();
  Network network{*address, IpAddress::kBits};
  if (slash == std::string_view::npos) return network;
  const bool written_v4 = address_text.find(':') == std::string_view::npos;
  int bits = -1;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data() + slash + 1, end, bits);
  if (error != std::errc() || parsed != end || bits < 0 || bits > (written_v4 ? 32 : IpAddress::kBits)) return wrong();
  network.bits = written_v4 ? bits + kV4Offset : bits;
  network.first = address->Prefix(network.bits);
  if (network.first != *address) {
    return tl::unexpected(Quote(text) + " has bits behind its prefix; the network is " + network.ToString());
  }
  return network;
}

std::string Network::ToString() const {
  std::string text(first.ToText().view());
  if (bits == IpAddress::kBits) return text;
  return text + "/" + std::to_string(first.v4() && bits >= kV4Offset ? bits - kV4Offset : bits);
}

IpAddress Network::last() const {
  IpAddress last = first;
  last.high_ |= ~Mask(bits);
  last.low_ |= ~Mask(bits - 64);
  return last;
}

NetworkSet::NetworkSet(std::span<const Network> networks) {
  std::vector<Range> ranges;
  for (const Network& network : networks) ranges.push_back({network.first, network.last()});
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  for (const Range& range : ranges) {
    if (!ranges_.empty() && range.first <= ranges_.back().last) {
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    } else {
      ranges_.push_back(range);
    }
  }
}

bool NetworkSet::Find(const IpAddress& address) const {
  if (address.none()) return false;
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](const IpAddress& sought, const Range& range) { return sought < range.first; });
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

}  // namespace dragoman::config
