#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "transcoding/buffer.h"

namespace dragoman::guard {

// Why somebody is shut out; its name is the rule in error bodies, logs and metrics.
enum class BanRule : uint8_t {
  kBruteForce,  // "brute_force": too many credentials were refused
  kPatterns,    // "patterns": too many points
  kByHand,      // "by_hand"
};
inline constexpr std::array<std::string_view, 3> kBanRuleNames = {"brute_force", "patterns", "by_hand"};
inline std::string_view NameOf(BanRule rule) { return kBanRuleNames[static_cast<size_t>(rule)]; }
std::optional<BanRule> BanRuleOf(std::string_view name);

inline constexpr std::chrono::hours kLongestByHand{10'000};

// One moment on both clocks: bans are counted by the one, and told to people and other gateways by the other.
struct Moment {
  using Wall = std::chrono::system_clock::time_point;
  TimePoint steady;
  Wall wall;

  static Moment Now() { return {Clock::now(), std::chrono::system_clock::now()}; }
};

// A ban, as people and other gateways are told.
struct Ban {
  std::string what;  // Subject::ToString: "192.0.2.7", "basic:alice"
  BanRule rule = BanRule::kByHand;
  Moment::Wall since;
  Moment::Wall until;
  uint32_t count = 1;  // the how manieth of the same subject, as far as is remembered

  bool operator==(const Ban&) const = default;
};

// Appends {"bans":[{"what":"192.0.2.7","rule":"brute_force","since":"2026-11-24T07:43:51.123Z","until":"…","count":2}],
// "total":1}. `total`: how many there are, if not all of them are shown.
void AppendBansJson(std::span<const Ban> bans, size_t total, Buffer& out);

}  // namespace dragoman::guard
