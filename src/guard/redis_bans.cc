#include "guard/redis_bans.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/ids.h"

namespace dragoman::guard {
namespace {

using std::chrono::milliseconds;

// ARGV: the gateway's time in ms, how many news to keep, then for each: the subject, since when, until when (0:
// lifted), the rest of what is said. Said of a subject: "until since rest", in Redis's time.
constexpr std::string_view kPublish = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local shift = now - tonumber(ARGV[1])
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local place = math.max(time[1] * 1000000 + time[2], (tonumber(last) or 0) + 1)
local life = math.max(redis.call('PTTL', KEYS[1]), redis.call('PTTL', KEYS[2]), 3600000)
for i = 3, #ARGV, 4 do
  local what, since, ends = ARGV[i], tonumber(ARGV[i + 1]) + shift, tonumber(ARGV[i + 2])
  if ends > 0 then ends = math.max(ends + shift, 1) end
  local old = redis.call('HGET', KEYS[1], what)
  local old_end = old and tonumber(string.match(old, '^(%d+) ')) or 0
  if ends == 0 or ends > old_end then
    redis.call('HSET', KEYS[1], what, string.format('%.0f %.0f ', ends, math.max(since, 0)) .. ARGV[i + 3])
    redis.call('ZADD', KEYS[2], string.format('%.0f', place), what)
    place = place + 1
    life = math.max(life, ends - now)
  end
end
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[2])
if excess > 0 then
  for _, what in ipairs(redis.call('ZRANGE', KEYS[2], 0, excess - 1)) do redis.call('HDEL', KEYS[1], what) end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, excess - 1)
end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', life))
redis.call('PEXPIRE', KEYS[2], string.format('%.0f', life))
return 1
)lua";

// ARGV: the place after which to begin, how many at most. Answered: the time in ms, the place reached, how many places
// that were, and subject and what is said of it in turn. An order that ends before that place is a new one, which is
// read from its beginning.
constexpr std::string_view kFetch = R"lua(
local time = redis.call('TIME')
local after = ARGV[1]
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if not last or tonumber(last) < tonumber(after) then after = '0' end
local found = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local answer = {time[1] * 1000 + math.floor(time[2] / 1000), found[#found] or after, #found / 2}
for i = 1, #found, 2 do
  local said = redis.call('HGET', KEYS[1], found[i])
  if said then
    answer[#answer + 1] = found[i]
    answer[#answer + 1] = said
  end
end
return answer
)lua";
constexpr size_t kHead = 3;                     // values in front of the news
constexpr size_t kNumbersOfNews = 4;            // arguments a piece of news
constexpr size_t kMaxPlace = 17;                // digits
constexpr int64_t kMaxTime = 4'000'000'000'000;  // ms: the year 2096, which every clock and double can tell

const store::Script& PublishScript() {
  static const store::Script script(kPublish);
  return script;
}

const store::Script& FetchScript() {
  static const store::Script script(kFetch);
  return script;
}

int64_t MillisecondsOf(Moment::Wall time) {
  return std::clamp<int64_t>(std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count(), 0, kMaxTime);
}

Moment::Wall WallOf(int64_t count) { return Moment::Wall(milliseconds(std::clamp<int64_t>(count, 0, kMaxTime))); }

// Takes a number and the blank or end behind it from the front.
template <typename Number>
std::optional<Number> TakeNumber(std::string_view& text, Number most) {
  Number number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > most) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(stop - text.data()));
  if (text.empty()) return number;
  if (text.front() != ' ') return std::nullopt;
  text.remove_prefix(1);
  return number;
}

std::string_view TakeWord(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

// said = until " " since " " gateway " " rule " " count. Times, in Redis's milliseconds, are shifted by `shift`.
// Nothing if that is not what was said, or `gateway` itself has said it.
std::optional<BanNews> NewsOf(std::string_view what, std::string_view said, std::string_view gateway, int64_t shift) {
  if (what.empty() || what.size() > RedisBans::kMaxWhat) return std::nullopt;
  const auto until = TakeNumber<int64_t>(said, kMaxTime);
  if (!until) return std::nullopt;
  const auto since = TakeNumber<int64_t>(said, kMaxTime);
  if (!since) return std::nullopt;
  if (TakeWord(said) == gateway) return std::nullopt;
  const auto rule = BanRuleOf(TakeWord(said));
  const auto count = TakeNumber<uint32_t>(said, UINT32_MAX);
  if (!rule || !count || !said.empty()) return std::nullopt;
  BanNews news;
  news.lifted = *until == 0;
  news.ban.what = what;
  news.ban.rule = *rule;
  news.ban.since = WallOf(*since + shift);
  news.ban.until = news.lifted ? news.ban.since : WallOf(*until + shift);
  news.ban.count = *count;
  return news;
}

bool IsPlace(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPlace && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

RedisBans::RedisBans(Loop& loop, store::Redis& redis, BanExchange& exchange, const Options& options)
    : redis_(redis),
      exchange_(exchange),
      bans_key_(options.prefix + "bans"),
      order_key_(bans_key_ + ":order"),
      max_entries_(std::to_string(options.max_entries)),
      every_(options.every),
      gateway_(RequestId::Make().view()),
      timer_(
          loop, [](void* self) { static_cast<RedisBans*>(self)->Begin(); }, this) {
  Begin();
}

// A round waits for nothing but Redis, and so may be destroyed at any time.
void RedisBans::Begin() {
  round_.emplace(Round());
  round_->await_ready();
}

Task<void> RedisBans::Round() {
  bool goes_on = co_await Publish();
  for (size_t i = 0; goes_on && i < kMaxBatches; ++i) {
    const Progress progress = co_await Fetch();
    goes_on = progress == Progress::kMore;
  }
  timer_.ArmAfter(every_);
}

// Everything that is new here. What Redis has not taken is told again in the next round.
Task<bool> RedisBans::Publish() {
  for (size_t i = 0; i < kMaxBatches; ++i) {
    const Moment now = Moment::Now();
    if (unpublished_.empty()) unpublished_ = exchange_.TakeNews(kBatch, now);
    if (unpublished_.empty()) co_return true;
    std::vector<std::string> texts = {std::to_string(MillisecondsOf(now.wall)), max_entries_};
    texts.reserve(2 + kNumbersOfNews * unpublished_.size());
    for (const BanNews& news : unpublished_) {
      texts.push_back(news.ban.what);
      texts.push_back(std::to_string(MillisecondsOf(news.ban.since)));
      texts.push_back(news.lifted ? "0" : std::to_string(MillisecondsOf(news.ban.until)));
      texts.push_back(gateway_ + " " + std::string(NameOf(news.ban.rule)) + " " + std::to_string(news.ban.count));
    }
    const std::array<std::string_view, 2> keys = {bans_key_, order_key_};
    const std::vector<std::string_view> arguments(texts.begin(), texts.end());
    const store::Reply* reply = co_await redis_.Run(PublishScript(), keys, arguments);
    if (reply == nullptr) co_return false;
    unpublished_.clear();
  }
  co_return true;
}

// One batch of what is new there.
Task<RedisBans::Progress> RedisBans::Fetch() {
  const std::string most = std::to_string(kBatch);
  const std::array<std::string_view, 2> keys = {bans_key_, order_key_};
  const std::array<std::string_view, 2> arguments = {heard_, most};
  const store::Reply* reply = co_await redis_.Run(FetchScript(), keys, arguments);
  if (reply == nullptr) co_return Progress::kFailed;
  const Moment now = Moment::Now();
  std::vector<BanNews> news;
  const Progress progress = Read(*reply, news, now);
  if (progress == Progress::kFailed) {
    redis_.Distrust("it answers something else than bans");
  } else if (!news.empty()) {
    exchange_.Merge(news, now);
  }
  co_return progress;
}

RedisBans::Progress RedisBans::Read(const store::Reply& reply, std::vector<BanNews>& news, const Moment& now) {
  using Type = store::Reply::Type;
  const std::span<const store::Reply> values = reply.elements;
  if (values.size() < kHead || values.size() > kHead + 2 * kBatch || values.size() % 2 != kHead % 2)
    return Progress::kFailed;
  const store::Reply& time = values[0];
  const store::Reply& place = values[1];
  const store::Reply& places = values[2];
  if (time.type != Type::kInteger || time.integer < 0 || time.integer > kMaxTime) return Progress::kFailed;
  if (place.type != Type::kText || !IsPlace(place.text) || places.type != Type::kInteger) return Progress::kFailed;
  const int64_t shift = MillisecondsOf(now.wall) - time.integer;
  for (size_t i = kHead; i < values.size(); i += 2) {
    if (values[i].type != Type::kText || values[i + 1].type != Type::kText) return Progress::kFailed;
    if (auto one = NewsOf(values[i].text, values[i + 1].text, gateway_, shift)) news.push_back(*std::move(one));
  }
  heard_ = place.text;
  return places.integer == static_cast<int64_t>(kBatch) ? Progress::kMore : Progress::kDone;
}

}  // namespace dragoman::guard
