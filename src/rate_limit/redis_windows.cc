#include "rate_limit/redis_windows.h"

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>

#include "rate_limit/redis_key.h"

namespace dragoman::rate_limit {
namespace {

using config::LimitWindow;

// What a window and a charge are to the script; all numbers are whole unless they pass 2^53.
//
// kRate:   `one` units a request, `speed` units gone a microsecond, a debt of at most `most` units, `cost` units more.
// kQuota:  `one` 0, `speed` microseconds a window, `most` a window in all, `cost` more.
//
// A bucket is stored as "level mark": the debt and when it was that much; what is used and when the window ends. A
// charge to a key that came before in the same request finds what that one would take. A mark that no clock can have
// set, since the clock was set back, is mended even if nothing is taken. For each charge four numbers are answered:
// whether it was admitted, what could be taken now, and the microseconds until all could be, and until this charge
// could be.
constexpr std::string_view kTake = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local buckets, fits, all = {}, {}, true
for i, key in ipairs(KEYS) do
  local one, speed, most, cost = tonumber(ARGV[4*i-3]), tonumber(ARGV[4*i-2]), tonumber(ARGV[4*i-1]), tonumber(ARGV[4*i])
  local bucket = buckets[key]
  if not bucket then
    local level, mark = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
    level, mark = tonumber(level), tonumber(mark)
    bucket = {taken = 0, mended = false}
    if not (level and mark and level >= 0 and mark >= 0) then level, mark = 0, 0 end
    if one > 0 then
      bucket.mended = mark > now
      if mark < now then level = math.max(0, math.min(level, most) - (now - mark) * speed) end
      mark = now
    else
      if mark <= now then level, mark = 0, now + speed end
      bucket.mended = mark > now + speed
      mark = math.min(mark, now + speed)
    end
    bucket.level, bucket.mark = math.min(level, most), mark
    buckets[key] = bucket
  end
  fits[i] = bucket.level + bucket.taken + cost <= most
  if fits[i] then bucket.taken = bucket.taken + cost else all = false end
end
local answer = {}
for i, key in ipairs(KEYS) do
  local one, speed, most, cost = tonumber(ARGV[4*i-3]), tonumber(ARGV[4*i-2]), tonumber(ARGV[4*i-1]), tonumber(ARGV[4*i])
  local bucket = buckets[key]
  local write = bucket.mended
  if all and bucket.taken > 0 then
    bucket.level = bucket.level + bucket.taken
    write = true
  end
  bucket.taken, bucket.mended = 0, false
  local left, reset, wait
  if one > 0 then
    left = math.floor((most - bucket.level) / one)
    reset = math.ceil(bucket.level / speed)
    wait = math.ceil((bucket.level + cost - most) / speed)
  else
    left = most - bucket.level
    reset = bucket.level > 0 and bucket.mark - now or 0
    wait = bucket.mark - now
  end
  if write then
    local life = math.min(math.ceil((one > 0 and reset or bucket.mark - now) / 1000) + 1, 1e12)
    redis.call('SET', key, string.format('%.17g %.17g', bucket.level, bucket.mark), 'PX', string.format('%.0f', life))
  end
  local base = 4 * (i - 1)
  answer[base + 1] = fits[i] and 1 or 0
  answer[base + 2] = left
  answer[base + 3] = math.min(reset, 9007199254740991)
  answer[base + 4] = fits[i] and 0 or math.min(math.max(wait, 1), 9007199254740991)
end
return answer
)lua";
constexpr size_t kNumbers = 4;         // a charge, both ways
constexpr size_t kMaxNumberText = 25;  // bytes: "-1.7976931348623157e+308"
constexpr size_t kUsualCharges = 4;
constexpr double kWhole = 9007199254740992.0;  // 2^53: up to here doubles are the whole numbers
constexpr int64_t kMaxMicroseconds = 9007199254740991;

const store::Script& TakeScript() {
  static const store::Script script(kTake);
  return script;
}

uint64_t CapacityOf(const LimitWindow& window) {
  return window.kind == LimitWindow::Kind::kRate && window.burst != 0 ? window.burst : window.amount;
}

std::array<double, kNumbers> NumbersOf(const Charge& charge) {
  const LimitWindow& window = *charge.window;
  const uint64_t capacity = CapacityOf(window);
  const double cost =
      static_cast<double>(std::min(charge.cost, capacity + 1));  // more than that is never admitted either
  const auto microseconds = static_cast<uint64_t>(std::chrono::microseconds(window.per).count());
  if (window.kind == LimitWindow::Kind::kQuota) {
    return {0, static_cast<double>(microseconds), static_cast<double>(capacity), cost};
  }
  const uint64_t common = std::gcd(microseconds, window.amount);
  const double one = static_cast<double>(microseconds / common);
  return {one, static_cast<double>(window.amount / common), static_cast<double>(capacity) * one, cost * one};
}

void AppendNumber(KeyText& out, double number) {
  std::array<char, kMaxNumberText> text;
  char* const end = text.data() + text.size();
  const auto result = number < kWhole ? std::to_chars(text.data(), end, static_cast<uint64_t>(number))
                                      : std::to_chars(text.data(), end, number);
  out.insert(out.end(), text.data(), result.ptr);
}

// Keys and arguments of one request, in one piece of storage that does not move any more once the views are taken.
class Request {
 public:
  Request(std::span<const Charge> charges, std::string_view prefix) {
    text_.reserve(charges.size() * (prefix.size() + kMaxKey + kNumbers * kMaxNumberText));
    for (const Charge& charge : charges) {
      size_t begin = text_.size();
      AppendKey(text_, prefix, charge);
      keys_.push_back(From(begin));
      for (const double number : NumbersOf(charge)) {
        begin = text_.size();
        AppendNumber(text_, number);
        arguments_.push_back(From(begin));
      }
    }
  }
  std::span<const std::string_view> keys() const { return {keys_.data(), keys_.size()}; }
  std::span<const std::string_view> arguments() const { return {arguments_.data(), arguments_.size()}; }

 private:
  std::string_view From(size_t begin) const { return {text_.data() + begin, text_.size() - begin}; }

  KeyText text_;
  boost::container::small_vector<std::string_view, kUsualCharges> keys_;
  boost::container::small_vector<std::string_view, kNumbers * kUsualCharges> arguments_;
};

// The number, if it is one from 0 to `most`.
std::optional<uint64_t> Number(const store::Reply& reply, uint64_t most) {
  if (reply.type != store::Reply::Type::kInteger || reply.integer < 0) return std::nullopt;
  const auto number = static_cast<uint64_t>(reply.integer);
  if (number > most) return std::nullopt;
  return number;
}

// What the script says to one charge. False if it cannot have said that.
bool ReadVerdict(std::span<const store::Reply> numbers, const Charge& charge, Verdict& verdict) {
  const uint64_t capacity = CapacityOf(*charge.window);
  const auto admitted = Number(numbers[0], 1);
  const auto remaining = Number(numbers[1], capacity);
  const auto reset = Number(numbers[2], kMaxMicroseconds);
  const auto wait = Number(numbers[3], kMaxMicroseconds);
  if (!admitted || !remaining || !reset || !wait) return false;
  if ((*admitted == 1) != (*wait == 0) || (*admitted == 1 && charge.cost > capacity)) return false;
  verdict.admitted = *admitted == 1;
  verdict.remaining = *remaining;
  verdict.reset = std::chrono::microseconds(*reset);
  verdict.retry_after = charge.cost > capacity ? Duration::max() : Duration(std::chrono::microseconds(*wait));
  return true;
}

bool ReadVerdicts(const store::Reply& reply, std::span<const Charge> charges, std::span<Verdict> verdicts) {
  if (reply.type != store::Reply::Type::kArray || reply.elements.size() != kNumbers * charges.size()) return false;
  for (size_t i = 0; i < charges.size(); ++i) {
    if (!ReadVerdict(reply.elements.subspan(kNumbers * i, kNumbers), charges[i], verdicts[i])) return false;
  }
  return true;
}

}  // namespace

Task<bool> RedisWindows::Take(std::span<const Charge> charges, std::span<Verdict> verdicts) {
  if (charges.empty()) co_return true;
  const Request request(charges, prefix_);
  const store::Reply* reply = co_await redis_.Run(TakeScript(), request.keys(), request.arguments());
  if (reply == nullptr) co_return false;
  if (ReadVerdicts(*reply, charges, verdicts)) co_return true;
  redis_.Distrust("it answers something else than the verdicts of a limit");
  co_return false;
}

}  // namespace dragoman::rate_limit
