#include "http/proxy_protocol.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace dragoman::http {
namespace {

using config::IpAddress;

constexpr std::string_view kV1Begin = "PROXY ";
constexpr std::string_view kV2Signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t kV2FixedBytes = 16;

// The 13th byte of version 2: the version in the upper half, the command in the lower.
constexpr uint8_t kLocal = 0x20;
constexpr uint8_t kProxy = 0x21;

// The lower half of the 14th.
constexpr uint8_t kStream = 1;
constexpr uint8_t kDatagram = 2;

// Bytes of both addresses and ports by the upper half of it: unspecified, IPv4, IPv6, unix socket.
constexpr size_t kAddressBytes[] = {0, 2 * (4 + 2), 2 * (16 + 2), 2 * 108};
constexpr uint8_t kUnix = 3;

// Cuts off what stands in front of the next space; the last field has none behind it.
std::string_view CutField(std::string_view& fields) {
  const size_t space = std::min(fields.find(' '), fields.size());
  const std::string_view field = fields.substr(0, space);
  fields.remove_prefix(std::min(space + 1, fields.size()));
  return field;
}

// A decimal number without zeroes in front (2.1).
std::optional<uint16_t> ParsePort(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<IpAddress> ParseAddress(std::string_view text, bool v6) {
  return (text.find(':') != std::string_view::npos) == v6 ? IpAddress::Parse(text) : std::nullopt;
}

}  // namespace

size_t ProxyHeaderReader::Read(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && outcome_ == Outcome::kNeedMore) {
    if (to_skip_ > 0) {
      const size_t skipped = std::min(to_skip_, bytes.size() - used);
      used += skipped;
      to_skip_ -= skipped;
      if (to_skip_ == 0) outcome_ = Outcome::kDone;
    } else {
      kept_[kept_size_++] = bytes[used++];
      if (kept_[0] == kV1Begin[0]) {
        LookAtV1();
      } else {
        LookAtV2();
      }
    }
  }
  return used;
}

// Both look at the byte that was kept last. Bytes are kept as long as something in them has yet to be understood.
void ProxyHeaderReader::LookAtV1() {
  const char last = kept_[kept_size_ - 1];
  if (kept_size_ <= kV1Begin.size()) {
    if (last != kV1Begin[kept_size_ - 1]) Refuse("there is none");
  } else if (last == '\n') {
    ReadV1Line();
  } else if (kept_size_ == kMaxV1Bytes) {
    Refuse("its line does not end within 107 bytes");
  }
}

// "PROXY" SP ( "TCP4" / "TCP6" ) SP source SP destination SP source-port SP destination-port CRLF, or "PROXY" SP
// "UNKNOWN" with anything up to CRLF behind it (2.1).
void ProxyHeaderReader::ReadV1Line() {
  std::string_view line(kept_.data(), kept_size_);
  if (!line.ends_with("\r\n")) return Refuse("its line does not end with CR LF");
  line.remove_suffix(2);
  line.remove_prefix(kV1Begin.size());
  const std::string_view protocol = CutField(line);
  if (protocol == "UNKNOWN") {
    outcome_ = Outcome::kDone;
    return;
  }
  if (protocol != "TCP4" && protocol != "TCP6") return Refuse("its protocol is none of TCP4, TCP6 and UNKNOWN");
  const bool v6 = protocol == "TCP6";
  if (std::count(line.begin(), line.end(), ' ') != 3) return Refuse("it does not name two addresses and two ports");
  const std::optional<IpAddress> source = ParseAddress(CutField(line), v6);
  const std::optional<IpAddress> destination = ParseAddress(CutField(line), v6);
  if (!source || !destination) return Refuse("it names an address that is none of its protocol");
  const std::optional<uint16_t> source_port = ParsePort(CutField(line));
  const std::optional<uint16_t> destination_port = ParsePort(line);
  if (!source_port || !destination_port) return Refuse("it names a port that is none");
  source_ = *source;
  source_port_ = *source_port;
  outcome_ = Outcome::kDone;
}

void ProxyHeaderReader::LookAtV2() {
  if (kept_size_ <= kV2Signature.size()) {
    if (kept_[kept_size_ - 1] != kV2Signature[kept_size_ - 1]) Refuse("there is none");
    return;
  }
  switch (kept_size_) {
    case 13: {
      const auto command = static_cast<uint8_t>(kept_[12]);
      if (command != kLocal && command != kProxy) Refuse("its version or command is unknown");
      return;
    }
    case kV2FixedBytes:
      return ReadV2Length();
    default:
      if (kept_size_ == kV2FixedBytes + address_bytes_) ReadV2Source();
  }
}

// Of the command LOCAL nothing but the length counts (2.2).
void ProxyHeaderReader::ReadV2Length() {
  const auto byte = [this](size_t at) { return static_cast<uint8_t>(kept_[at]); };
  const size_t length = static_cast<size_t>(byte(14)) << 8 | byte(15);
  if (kV2FixedBytes + length > kMaxV2Bytes) return Refuse("it is longer than 4096 bytes");
  size_t needed = 0;
  if (byte(12) == kProxy) {
    const uint8_t family = byte(13) >> 4;
    const uint8_t protocol = byte(13) & 0x0f;
    if (family > kUnix || protocol > kDatagram) return Refuse("its address family or protocol is unknown");
    if (protocol == kDatagram) return Refuse("it speaks of datagrams");
    if (protocol == kStream) needed = kAddressBytes[family];
    if (family != kUnix) address_bytes_ = needed;
  }
  if (length < needed) return Refuse("it is too short for the addresses that it announces");
  length_ = length;
  if (address_bytes_ == 0) SkipWhatIsBehind();
}

// source address, destination address, source port, destination port (2.2)
void ProxyHeaderReader::ReadV2Source() {
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(kept_.data()) + kV2FixedBytes, address_bytes_);
  const size_t size = (address_bytes_ - 4) / 2;  // of an address
  source_ = IpAddress::FromBytes(bytes.first(size));
  source_port_ = static_cast<uint16_t>(bytes[2 * size] << 8 | bytes[2 * size + 1]);
  SkipWhatIsBehind();
}

void ProxyHeaderReader::SkipWhatIsBehind() {
  to_skip_ = length_ - address_bytes_;
  if (to_skip_ == 0) outcome_ = Outcome::kDone;
}

void ProxyHeaderReader::Refuse(std::string_view why) {
  outcome_ = Outcome::kRefused;
  why_ = why;
}

}  // namespace dragoman::http
