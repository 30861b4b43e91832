#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dragoman::config {

// An address as text, without an allocation.
class IpText {
 public:
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  friend class IpAddress;
  std::array<char, 46> text_{};
  uint8_t size_ = 0;
};

// An IPv4 or IPv6 address, or none. An IPv4 address that is written as an IPv6 one (::ffff:192.0.2.7) is the IPv4 address.
class IpAddress {
 public:
  static constexpr int kBits = 128;  // an IPv4 address counts as the last 32 of them

  IpAddress() = default;  // none
  // 4 or 16 bytes, in network order.
  static IpAddress FromBytes(std::span<const uint8_t> bytes);
  // "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7". Nothing for any other text: no brackets, no port, no zone, no blanks.
  static std::optional<IpAddress> Parse(std::string_view text);

  bool none() const { return !present_; }
  bool v4() const { return present_ && high_ == 0 && low_ >> 32 == 0xffff; }
  // The 128 bits; of IPv4 0:0:0:0:0:ffff:….
  uint64_t high() const { return high_; }
  uint64_t low() const { return low_; }
  // The network of that many leading bits, 0…kBits; the rest is zero.
  IpAddress Prefix(int bits) const;
  // Canonical (RFC 5952): "192.0.2.7", "2001:db8::1"; empty for none.
  IpText ToText() const;

  auto operator<=>(const IpAddress&) const = default;  // in the order of the bits

 private:
  friend struct Network;

  bool present_ = false;
  uint64_t high_ = 0;
  uint64_t low_ = 0;
};

// The addresses that share some leading bits.
struct Network {
  IpAddress first;            // the lowest of them
  int bits = IpAddress::kBits;  // that they share; of IPv4 96 and more

  // "10.0.0.0/8", "2001:db8::/32", a single address. Errors: a text for the operator, `expected a network such as
  // 10.0.0.0/8 or 2001:db8::/32, got "10.0.0.0/99"`; bits behind the prefix are an error that shows the network meant.
  static tl::expected<Network, std::string> Parse(std::string_view text);
  IpAddress last() const;  // the highest of them
  std::string ToString() const;
};

// Any number of networks, asked whether one of them holds an address.
//
// Threads: immutable.   Cost: a binary search; nothing while it is empty.
class NetworkSet {
 public:
  NetworkSet() = default;
  explicit NetworkSet(std::span<const Network> networks);

  bool empty() const { return ranges_.empty(); }
  bool Contains(const IpAddress& address) const { return !ranges_.empty() && Find(address); }

 private:
  struct Range {
    IpAddress first;
    IpAddress last;
  };
  bool Find(const IpAddress& address) const;

  std::vector<Range> ranges_;  // sorted; apart from each other
};

}  // namespace dragoman::config
