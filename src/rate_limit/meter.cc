#include "rate_limit/meter.h"

#include <algorithm>
#include <bit>

#include "rate_limit/limit_text.h"

namespace dragoman::rate_limit {
namespace {

using Kind = config::LimitWindow::Kind;

constexpr Ticks kLongestTicks = Meter::kLongest / std::chrono::nanoseconds(1) * kTicksPerNanosecond;
// The end of a quota's window is rounded up to a multiple of count_mask_ + 1, which may be this part of the window.
constexpr Ticks kCoarsest = 100;

std::string Amount(const config::LimitWindow& window) {
  return std::to_string(window.amount) + " in " + SpellDuration(window.per);
}

}  // namespace

tl::expected<Meter, std::string> Meter::Build(const config::LimitWindow& window) {
  if (window.amount == 0 || window.per.count() <= 0) return tl::unexpected(Amount(window) + " admits nothing");
  Meter meter;
  meter.kind_ = window.kind;
  meter.whole_ = TicksOf(Duration(window.per));
  if (window.kind == Kind::kQuota) {
    meter.capacity_ = window.amount;
    meter.count_mask_ = (uint64_t{1} << std::bit_width(window.amount)) - 1;
    if (meter.count_mask_ >= meter.whole_ / kCoarsest) {
      return tl::unexpected("a quota of " + Amount(window) + " cannot be counted exactly; make the window longer");
    }
    return meter;
  }
  meter.capacity_ = window.burst != 0 ? window.burst : window.amount;
  meter.unit_ = meter.whole_ / window.amount;
  if (meter.unit_ < kTicksPerNanosecond) {
    return tl::unexpected("a rate of " + Amount(window) + " is more than 1000000000 in 1 s, and cannot be counted");
  }
  if (meter.capacity_ > kLongestTicks / meter.unit_) {
    return tl::unexpected("a burst of " + std::to_string(meter.capacity_) + " takes more than ten years to come back");
  }
  meter.whole_ = meter.capacity_ * meter.unit_;
  return meter;
}

Meter::Verdict Meter::Charge(Ticks state, Ticks now, uint64_t cost) const {
  return kind_ == Kind::kRate ? ChargeRate(state, now, cost) : ChargeQuota(state, now, cost);
}

Meter::Verdict Meter::ChargeRate(Ticks state, Ticks now, uint64_t cost) const {
  const Ticks from = std::max(state, now);
  const Ticks taken = from - now;
  // More than the whole only where another worker's turn began later than this one's.
  const Ticks room = taken < whole_ ? whole_ - taken : 0;
  if (cost > capacity_) return {false, state, room / unit_, taken, kNever};
  const Ticks needed = cost * unit_;
  if (needed > room) return {false, state, room / unit_, taken, taken + needed - whole_};
  return {true, from + needed, (room - needed) / unit_, taken + needed, 0};
}

Meter::Verdict Meter::ChargeQuota(Ticks state, Ticks now, uint64_t cost) const {
  Ticks end = state & ~count_mask_;
  uint64_t count = state & count_mask_;
  const bool begins = end <= now;
  if (begins) {
    end = (now + whole_ + count_mask_) & ~count_mask_;
    count = 0;
  }
  const uint64_t room = capacity_ - count;
  const Ticks reset = begins && cost == 0 ? 0 : std::min(end - now, whole_);
  if (cost > capacity_) return {false, state, room, begins ? 0 : reset, kNever};
  if (cost > room) return {false, state, room, reset, reset};
  return {true, begins && cost == 0 ? state : end | (count + cost), room - cost, reset, 0};
}

Ticks Meter::GiveBack(Ticks state, Ticks written, Ticks now, uint64_t cost) const {
  if (kind_ == Kind::kQuota) {
    const bool same_window = (state & ~count_mask_) == (written & ~count_mask_);
    return same_window ? state - std::min(cost, state & count_mask_) : state;
  }
  return state - std::min({state, cost * unit_, written > now ? written - now : 0});
}

}  // namespace dragoman::rate_limit
