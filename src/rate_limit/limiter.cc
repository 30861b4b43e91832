#include "rate_limit/limiter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace dragoman::rate_limit {
namespace {

using Use = RpcLimits::Use;
using Kind = config::LimitWindow::Kind;
using WithoutStore = config::RateLimit::WithoutStore;

constexpr std::string_view kStoreRetry = "1";  // seconds

// One writer, any readers.
void Count(std::atomic<uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

uint64_t CostOf(const Use& use, std::string_view wire) { return use.field ? use.field->Read(wire) : use.cost; }

// The name of a bucket in the store: the limit's, for people who look there, whose it is, and which window.
class StoreKey {
 public:
  void Render(const Use& use, const LimitKey::SharedText& whose, size_t window) {
    const std::string_view name = std::string_view(use.limit->config->name).substr(0, kMaxName);
    char* at = std::copy(name.begin(), name.end(), text_.data());
    *at++ = ':';
    at = std::copy(whose.view().begin(), whose.view().end(), at);
    *at++ = ':';
    *at++ = static_cast<char>('0' + window);
    size_ = static_cast<size_t>(at - text_.data());
  }
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  static constexpr size_t kMaxName = 48;
  static_assert(RpcLimits::kMaxWindows <= 10);

  std::array<char, kMaxName + 1 + 32 + 2> text_;
  size_t size_ = 0;
};

// What the store says may be anything.
Ticks Bounded(Duration duration) { return TicksOf(std::clamp(duration, Duration::zero(), Duration(Meter::kLongest))); }

Meter::Verdict Translate(const Verdict& verdict) {
  const bool never = !verdict.admitted && verdict.retry_after == Duration::max();
  return {verdict.admitted, 0, verdict.remaining, Bounded(verdict.reset),
          never ? Meter::kNever : Bounded(verdict.retry_after)};
}

}  // namespace

Limiter::Limiter(const Loop& loop, const Limits& limits, SharedWindows* shared)
    : loop_(loop),
      limits_(limits),
      shared_(shared),
      refused_(std::make_unique<std::atomic<uint64_t>[]>(limits.windows().size())) {}

std::optional<Status> Limiter::TryAdmitHead(const RpcLimits& limits, const Caller& caller, Admission& admission) {
  const RpcLimits::Tier& tier = limits.TierOf(caller.tier);
  if (tier.shared_head && shared_ != nullptr) return std::nullopt;
  admission.policy_ = tier.policy;
  Status status = AdmitLocal(tier.head, caller, {}, admission);
  if (status.ok() && !limits.reads_message()) Count(admitted_);
  return status;
}

Task<Status> Limiter::AdmitHead(const RpcLimits& limits, const Caller& caller, Admission& admission) {
  const RpcLimits::Tier& tier = limits.TierOf(caller.tier);
  admission.policy_ = tier.policy;
  Status status = co_await AdmitShared(tier.head, caller, {}, admission);
  if (status.ok() && !limits.reads_message()) Count(admitted_);
  co_return status;
}

std::optional<Status> Limiter::TryAdmitMessage(const RpcLimits& limits, const Caller& caller, std::string_view wire,
                                               Admission& admission) {
  const RpcLimits::Tier& tier = limits.TierOf(caller.tier);
  if (tier.shared_message && shared_ != nullptr) return std::nullopt;
  Status status = AdmitLocal(tier.message, caller, wire, admission);
  if (status.ok()) Count(admitted_);
  return status;
}

Task<Status> Limiter::AdmitMessage(const RpcLimits& limits, const Caller& caller, std::string_view wire,
                                   Admission& admission) {
  Status status = co_await AdmitShared(limits.TierOf(caller.tier).message, caller, wire, admission);
  if (status.ok()) Count(admitted_);
  co_return status;
}

Status Limiter::AdmitLocal(const Uses& uses, const Caller& caller, std::string_view wire, Admission& admission) {
  const size_t first = admission.count_;
  for (const Use& use : uses) AddLocal(use, caller, CostOf(use, wire), admission);
  return Decide(admission, first);
}

void Limiter::AddLocal(const Use& use, const Caller& caller, uint64_t cost, Admission& admission) const {
  const Hash128 key = use.key.Hash(caller);
  for (const Window* window : use.windows->windows) {
    Entry& entry = admission.entries_[admission.count_++];
    entry.window = window;
    entry.cost = cost;
    entry.local = true;
    entry.key = {key.high ^ window->apart.high, key.low ^ window->apart.low};
    limits_.buckets().Prefetch(entry.key);
  }
}

Status Limiter::Decide(Admission& admission, size_t first) {
  const Ticks now = Now();
  bool admitted = true;
  for (size_t i = first; i < admission.count_; ++i) {
    Look(admission.entries_[i], now);
    admitted &= admission.entries_[i].verdict.admitted;
  }
  size_t taken = first;
  if (admitted) {
    while (taken < admission.count_ && Take(admission.entries_[taken], now)) ++taken;
    if (taken == admission.count_) return {};
  }
  GiveBack(admission, taken, now);
  return Refuse(admission, now);
}

void Limiter::Look(Entry& entry, Ticks now) const {
  entry.bucket = limits_.buckets().Find(entry.key);
  if (entry.bucket.none() || !entry.bucket.Load(entry.seen)) {
    entry.bucket = Bucket();
    entry.seen = 0;
  }
  entry.verdict = entry.window->meter.Charge(entry.seen, now, entry.cost);
}

// Goes round again only where somebody else charged the bucket meanwhile, or it is a new one.
bool Limiter::Take(Entry& entry, Ticks now) const {
  if (entry.cost == 0) return true;
  for (;;) {
    if (!entry.bucket.none() && entry.bucket.Exchange(entry.seen, entry.verdict.state)) return true;
    if (entry.bucket.none() || !entry.bucket.Load(entry.seen)) {
      entry.bucket = limits_.buckets().FindOrAdd(entry.key, now);
      if (!entry.bucket.Load(entry.seen)) continue;
    }
    entry.verdict = entry.window->meter.Charge(entry.seen, now, entry.cost);
    if (!entry.verdict.admitted) return false;
  }
}

void Limiter::GiveBack(Admission& admission, size_t count, Ticks now) const {
  for (size_t i = 0; i < count; ++i) {
    const Entry& entry = admission.entries_[i];
    if (!entry.local || entry.cost == 0) continue;
    Ticks state = 0;
    while (entry.bucket.Load(state)) {
      if (entry.bucket.Exchange(state, entry.window->meter.GiveBack(state, entry.verdict.state, now, entry.cost)))
        break;
    }
  }
}

// Of several windows that refuse, the one that does for the longest is named.
Status Limiter::Refuse(Admission& admission, Ticks now) {
  const Entry* refusing = nullptr;
  for (size_t i = 0; i < admission.count_; ++i) {
    const Entry& entry = admission.entries_[i];
    if (entry.verdict.admitted) continue;
    if (refusing == nullptr || entry.verdict.retry_after > refusing->verdict.retry_after) refusing = &entry;
  }
  const Window& window = *refusing->window;
  const Ticks retry_after = refusing->verdict.retry_after;
  Count(refused_[window.index]);

  const Reason reason = window.config->kind == Kind::kRate ? Reason::kRateLimited : Reason::kQuotaExceeded;
  std::string seconds;
  std::string message;
  if (retry_after == Meter::kNever) {
    message = "this request counts as " + std::to_string(refusing->cost) + ", and limit " + window.config->name +
              " never admits more than " + std::to_string(window.meter.capacity()) + " at once; ask for less";
  } else {
    seconds = std::to_string(std::max<uint64_t>(1, SecondsUp(retry_after)));
    message = window.excess + "; try again in " + seconds + " s";
  }
  Status status = Status(reason, std::move(message)).WithRule(window.config->name);
  if (!seconds.empty()) status = std::move(status).WithHeader("retry-after", std::move(seconds));

  // What is told is what is left without this request.
  for (size_t i = 0; i < admission.count_; ++i) {
    Entry& entry = admission.entries_[i];
    if (!entry.local) continue;
    entry.cost = 0;
    Look(entry, now);
  }
  status = std::move(status)
               .WithHeader("ratelimit-policy", std::string(admission.policy_))
               .WithHeader("ratelimit", std::string(admission.Render()));
  admission.count_ = 0;
  return status;
}

Task<Status> Limiter::AdmitShared(const Uses& uses, const Caller& caller, std::string_view wire, Admission& admission) {
  const size_t first = admission.count_;
  for (const Use& use : uses) {
    if (!use.limit->config->shared) AddLocal(use, caller, CostOf(use, wire), admission);
  }
  // The process's own are taken before the store is asked: they can be given back.
  if (Status no = Decide(admission, first); !no.ok()) co_return no;

  const size_t local = admission.count_;
  std::array<StoreKey, RpcLimits::kMaxWindows> keys;
  std::array<Charge, RpcLimits::kMaxWindows> charges;
  std::array<Verdict, RpcLimits::kMaxWindows> verdicts;
  size_t count = 0;
  for (const Use& use : uses) {
    if (!use.limit->config->shared) continue;
    const uint64_t cost = CostOf(use, wire);
    const LimitKey::SharedText whose = use.key.Digest(caller);
    for (size_t i = 0; i < use.windows->windows.size(); ++i, ++count) {
      const Window* window = use.windows->windows[i];
      keys[count].Render(use, whose, i);
      charges[count] = {window->config, keys[count].view(), cost};
      Entry& entry = admission.entries_[local + count];
      entry.window = window;
      entry.cost = cost;
      entry.local = false;
    }
  }
  const bool answered = co_await shared_->Take(std::span(charges).first(count), std::span(verdicts).first(count));
  if (!answered) co_return DecideWithoutStore(uses, caller, wire, admission);

  admission.count_ = local + count;
  bool admitted = true;
  for (size_t i = 0; i < count; ++i) {
    admission.entries_[local + i].verdict = Translate(verdicts[i]);
    admitted &= verdicts[i].admitted;
  }
  if (admitted) co_return Status();
  GiveBack(admission, local, Now());
  co_return Refuse(admission, Now());
}

Status Limiter::DecideWithoutStore(const Uses& uses, const Caller& caller, std::string_view wire,
                                   Admission& admission) {
  Count(unanswered_);
  const size_t first = admission.count_;
  for (const Use& use : uses) {
    const config::RateLimit& limit = *use.limit->config;
    if (!limit.shared || limit.without_store != WithoutStore::kDeny) continue;
    GiveBack(admission, first, Now());
    admission.count_ = 0;
    return Status(Reason::kBackendUnavailable, "the store that counts limit " + limit.name +
                                                   " does not answer; try again in " + std::string(kStoreRetry) + " s")
        .WithRule(limit.name)
        .WithHeader("retry-after", std::string(kStoreRetry));
  }
  for (const Use& use : uses) {
    const config::RateLimit& limit = *use.limit->config;
    if (limit.shared && limit.without_store == WithoutStore::kLocal) {
      AddLocal(use, caller, CostOf(use, wire), admission);
    }
  }
  return Decide(admission, first);
}

}  // namespace dragoman::rate_limit
