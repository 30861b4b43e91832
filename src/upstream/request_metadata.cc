#include "upstream/request_metadata.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "transcoding/quote.h"

namespace dragoman::upstream {
namespace {

// Names that the channel's head has already, or that HTTP/2 forbids.
bool IsReserved(std::string_view name) {
  static constexpr std::string_view kReserved[] = {"te",
                                                   "host",
                                                   "content-type",
                                                   "user-agent",
                                                   "grpc-timeout",
                                                   "connection",
                                                   "keep-alive",
                                                   "content-length",
                                                   "grpc-encoding",
                                                   "transfer-encoding",
                                                   "upgrade",
                                                   "grpc-accept-encoding",
                                                   "proxy-connection"};
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
}

constexpr std::array<bool, 256> kNameCharacters = [] {
  std::array<bool, 256> allowed{};
  for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyz-_."))
    allowed[static_cast<uint8_t>(c)] = true;
  return allowed;
}();

bool IsName(std::string_view name) {
  bool good = !name.empty();
  for (const char c : name) good &= kNameCharacters[static_cast<uint8_t>(c)];
  return good;
}

}  // namespace

// Eight bytes at once.
bool IsPrintable(std::string_view value) {
  constexpr uint64_t kEach = 0x0101010101010101;
  constexpr uint64_t kHigh = kEach * 0x80;
  const auto bad = [](uint64_t word) {
    const uint64_t del = word ^ (kEach * 0x7f);
    return ((word | ((word - kEach * 0x20) & ~word) | ((del - kEach) & ~del)) & kHigh) != 0;
  };
  uint64_t word = 0;
  for (; value.size() >= sizeof word; value.remove_prefix(sizeof word)) {
    std::memcpy(&word, value.data(), sizeof word);
    if (bad(word)) return false;
  }
  word = kEach * ' ';
  if (!value.empty()) std::memcpy(&word, value.data(), value.size());
  return !bad(word);
}

Indexing IndexingOf(std::string_view name) {
  static constexpr std::string_view kRepeats[] = {"grpc-timeout", "x-request-id", "traceparent", "tracestate",
                                                  "baggage"};
  if (name == "authorization" || name == "idempotency-key") return Indexing::kNever;
  return std::find(std::begin(kRepeats), std::end(kRepeats), name) == std::end(kRepeats) ? Indexing::kAlways
                                                                                         : Indexing::kRepeats;
}

bool SentValues::Repeats(std::string_view name, std::string_view value) {
  for (Sent& sent : values_) {
    if (sent.name != name) continue;
    if (sent.value != value) {
      sent.value = value;
      sent.times = 0;
    }
    return ++sent.times > kOften;
  }
  values_.push_back({std::string(name), std::string(value)});
  return true;
}

Status CheckMetadata(const Header& entry) {
  if (!IsName(entry.name) || IsReserved(entry.name)) {
    return Status(Reason::kInvalidRequest, transcoding::Quote(entry.name) + " is no name for gRPC metadata");
  }
  if (!IsPrintable(entry.value)) {
    return Status(Reason::kInvalidRequest, "the value of " + transcoding::Quote(entry.name) +
                                               " holds a character that gRPC metadata cannot carry");
  }
  return Status();
}

}  // namespace dragoman::upstream
