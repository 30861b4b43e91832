#include "guard/subject.h"

namespace dragoman::guard {
namespace {

constexpr int kV6Bits = 64;

std::optional<config::IpAddress> ParseNetwork(std::string_view text) {
  if (const auto address = config::IpAddress::Parse(text)) return ClientNetwork(*address);
  const auto network = config::Network::Parse(text);
  if (!network || network->first.v4() || network->bits != kV6Bits) return std::nullopt;
  return network->first;
}

// No scheme reads as the beginning of an address: each has a character that is no hexadecimal digit.
std::optional<IdentityName> ParseIdentity(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const IdentityName identity{text.substr(0, colon), text.substr(colon + 1)};
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  if (identity.none() || identity.scheme.find_first_not_of(kHex) == std::string_view::npos ||
      identity.scheme.size() > IdentityName::kMaxScheme || identity.name.size() > IdentityName::kMaxName ||
      identity.scheme.find(' ') != std::string_view::npos) {
    return std::nullopt;
  }
  return identity;
}

}  // namespace

std::string Subject::ToString() const {
  std::string text;
  if (!address.none()) {
    text = address.v4() ? std::string(address.ToText().view()) : config::Network{address, kV6Bits}.ToString();
  }
  if (identity.none()) return text;
  if (!text.empty()) text += ' ';
  text += identity.scheme.substr(0, IdentityName::kMaxScheme);
  text += ':';
  text += identity.name.substr(0, IdentityName::kMaxName);
  return text;
}

std::optional<Subject> Subject::Parse(std::string_view text) {
  Subject subject;
  const std::string_view first = text.substr(0, text.find(' '));
  if (const auto network = ParseNetwork(first)) {
    subject.address = *network;
    if (first.size() == text.size()) return subject;
    text.remove_prefix(first.size() + 1);
  }
  const auto identity = ParseIdentity(text);
  if (!identity) return std::nullopt;
  subject.identity = *identity;
  return subject;
}

}  // namespace dragoman::guard
