#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "guard/ban.h"

namespace dragoman::guard {

// Why the guard refused a request or a connection.
enum class Refusal : uint8_t {
  kDenied,           // "deny": the address is on the deny list
  kBanned,           // "banned": the address is
  kBannedIdentity,   // "banned_identity": who is claimed is
  kHeader,           // "header": a rule for headers
  kConnectionBan,    // "connection_banned": a connection of a banned or denied address
  kConnectionCount,  // "connection_count": too many open ones
  kConnectionRate,   // "connection_rate": too many new ones
};
inline constexpr std::array<std::string_view, 7> kRefusalNames = {
    "deny", "banned", "banned_identity", "header", "connection_banned", "connection_count", "connection_rate"};

// What the guard has done since it was built, for metrics. Relaxed: none of it is on the path of a request that is
// admitted.
struct Counters {
  using Count = std::atomic<uint64_t>;
  std::array<Count, kBanRuleNames.size()> bans{};  // imposed here, by BanRule
  Count bans_merged{0};                            // told by other gateways
  Count lifted{0};
  std::array<Count, kRefusalNames.size()> refusals{};  // by Refusal
  // What was forgotten before its time for want of room: max_entries is too small, or somebody wants it to be.
  Count evicted_offenders{0};
  Count evicted_bans{0};
  Count evicted_known_good{0};
  Count evicted_connections{0};
  Count news_dropped{0};  // bans that other gateways were not told of

  void Add(Refusal refusal) { refusals[static_cast<size_t>(refusal)].fetch_add(1, std::memory_order_relaxed); }
  void Add(BanRule rule) { bans[static_cast<size_t>(rule)].fetch_add(1, std::memory_order_relaxed); }
};

}  // namespace dragoman::guard
