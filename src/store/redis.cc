#include "store/redis.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "config/text_source.h"
#include "store/command.h"

namespace dragoman::store {
namespace {

constexpr Duration kComplainEvery = std::chrono::seconds(10);
constexpr size_t kMaxErrorText = 256;  // bytes of what Redis says, in the log
constexpr size_t kReadChunk = 16 << 10;
constexpr uint32_t kHangup = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

std::string TextOf(int error) { return std::generic_category().message(error); }

std::string Said(const Reply& reply) {
  if (reply.type != Reply::Type::kError) return "it answers with something else";
  return "it answers " + std::string(reply.text.substr(0, kMaxErrorText));
}

// One writer: no locked instruction.
void Count(std::atomic<uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

tl::expected<RedisOptions, Problem> RedisOptions::From(const config::Redis& redis) {
  auto url = config::ResolveText(redis.url);
  if (!url) return tl::unexpected(std::move(url.error()));
  auto address = ParseUrl(*url);
  if (!address) return tl::unexpected(Problem{redis.url.at.ToString(), std::move(address.error())});
  RedisOptions options;
  options.address = *std::move(address);
  options.timeout = redis.timeout;
  options.connect_timeout = redis.connect_timeout;
  return options;
}

Redis::Waiter::~Waiter() {
  if (place_ != 0) redis_.At(place_).waiter = nullptr;
}

Redis::Redis(Loop& loop, SideThread& side_thread, RedisOptions options)
    : loop_(loop),
      side_thread_(side_thread),
      options_(std::move(options)),
      where_(options_.address.at.ToString()),
      self_(std::make_shared<Redis*>(this)),
      connection_timer_(
          loop, [](void* self) { static_cast<Redis*>(self)->OnConnectionTimer(); }, this),
      pause_(options_.min_pause),
      random_(std::random_device{}()),
      settling_timer_(
          loop, [](void* self) { static_cast<Redis*>(self)->NoteSettled(); }, this),
      asked_(std::bit_ceil(std::max<size_t>(options_.max_in_flight, 4))),
      answer_timer_(
          loop, [](void* self) { static_cast<Redis*>(self)->OnAnswerTimer(); }, this),
      reader_(options_.reply) {
  Resolve();
}

Redis::~Redis() {
  *self_ = nullptr;
  CloseSocket();
  for (; first_ != next_; ++first_) {
    Waiter* waiter = At(first_).waiter;
    if (waiter == nullptr) continue;
    waiter->place_ = 0;
    waiter->coroutine_->DestroyStack();
  }
}

// --- The connection ---

void Redis::OnConnectionTimer() {
  if (state_ == State::kPausing) return Resolve();
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(options_.connect_timeout);
  GoDown("cannot connect within " + std::to_string(limit.count()) + "ms");
}

void Redis::Resolve() {
  state_ = State::kResolving;
  connection_timer_.ArmAfter(options_.connect_timeout);
  if (options_.address.at.kind == config::Address::Kind::kUnix) return OnResolved(AddressesOf(options_.address.at));
  if (std::exchange(name_is_asked_, true)) return;  // an earlier question is still with the resolver
  const bool posted = side_thread_.Post([self = self_, &io = loop_.io(), at = options_.address.at] {
    asio::post(io, [self, addresses = AddressesOf(at)]() mutable {
      Redis* redis = *self;
      if (redis == nullptr) return;
      redis->name_is_asked_ = false;
      redis->OnResolved(std::move(addresses));
    });
  });
  if (posted) return;
  name_is_asked_ = false;
  GoDown("too many names are waiting for the resolver");
}

void Redis::OnResolved(tl::expected<std::vector<SocketAddress>, std::string> addresses) {
  if (state_ != State::kResolving) return;
  if (!addresses) return GoDown("cannot resolve " + options_.address.at.host + ": " + addresses.error());
  addresses_ = *std::move(addresses);
  std::reverse(addresses_.begin(), addresses_.end());
  last_refusal_.clear();
  ConnectToNext();
}

void Redis::ConnectToNext() {
  state_ = State::kConnecting;
  for (; !addresses_.empty(); CloseSocket()) {
    const SocketAddress address = addresses_.back();
    addresses_.pop_back();
    socket_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ >= 0) {
      if (address.storage.ss_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      }
      ++sockets_;
      const bool begun = ::connect(socket_, address.get(), address.size) == 0 || errno == EINPROGRESS;
      if (begun && loop_.poller().Add(socket_, EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this)) return;
    }
    last_refusal_ = TextOf(errno);
  }
  GoDown("cannot connect: " + last_refusal_);
}

void Redis::OnEvents(uint32_t events) {
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      last_refusal_ = TextOf(error);
      CloseSocket();
      return ConnectToNext();
    }
    if ((events & EPOLLOUT) == 0) return;
    Greet();
  }
  const uint64_t socket = sockets_;
  const auto self = self_;
  if ((events & EPOLLOUT) != 0) Flush();
  if (*self == nullptr || socket_ < 0 || sockets_ != socket) return;
  if ((events & (EPOLLIN | kHangup)) != 0) Read((events & kHangup) != 0);
}

// What must be answered well before the connection counts: that we may log in, choose the database, and run scripts.
void Redis::Greet() {
  state_ = State::kGreeting;
  const Address& address = options_.address;
  if (!address.password.empty()) {
    if (address.user.empty()) {
      AppendCommand(unsent_, {"AUTH", address.password});
    } else {
      AppendCommand(unsent_, {"AUTH", address.user, address.password});
    }
    Ask(Question::kLogin, nullptr);
  }
  if (address.database != 0) {
    AppendCommand(unsent_, {"SELECT", std::to_string(address.database)});
    Ask(Question::kSelect, nullptr);
  }
  AppendCommand(unsent_, {"EVAL", "return 1", "0"});
  Ask(Question::kProbe, nullptr);
}

void Redis::TakeGreeting(Question question, const Reply& reply) {
  switch (question) {
    case Question::kLogin:  // the words of whoever was told the password stay out of the log
      if (reply.type == Reply::Type::kStatus) return;
      return GoDown("it refuses the login: " + std::string(reply.error_code()));
    case Question::kSelect:
      if (reply.type == Reply::Type::kStatus) return;
      return GoDown("cannot choose the database: " + Said(reply));
    default:
      if (reply.type != Reply::Type::kInteger || reply.integer != 1)
        return GoDown("cannot run scripts: " + Said(reply));
  }
  state_ = State::kReady;
  connection_timer_.Disarm();
  if (++connections_ > 1) Count(counters_.reconnects);
  if (sensible_) NoteUp();
}

void Redis::Flush() {
  size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t count = ::send(socket_, unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<size_t>(count);
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    return GoDown("lost the connection: " + TextOf(errno));
  }
  const size_t rest = unsent_.size() - sent;
  if (rest != 0 && sent != 0) std::memmove(unsent_.data(), unsent_.data() + sent, rest);
  unsent_.Truncate(rest);
}

// Reads all that there is. With `to_end` the other side has hung up, and no event will tell of the end again.
void Redis::Read(bool to_end) {
  const uint64_t socket = sockets_;
  const auto self = self_;
  std::array<char, kReadChunk> chunk;
  for (;;) {
    const ssize_t count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) return GoDown("lost the connection: " + TextOf(errno));
    if (count == 0) return GoDown("it closed the connection");
    reader_.Feed({chunk.data(), static_cast<size_t>(count)});
    for (;;) {
      const ReplyReader::Outcome outcome = reader_.Read();
      if (outcome == ReplyReader::Outcome::kMore) break;
      if (outcome == ReplyReader::Outcome::kBroken)
        return GoDown("it breaks the protocol: " + std::string(reader_.error()));
      TakeReply(reader_.reply());
      if (*self == nullptr || socket_ < 0 || sockets_ != socket) return;
    }
    if (!to_end && static_cast<size_t>(count) < chunk.size()) return;
  }
}

void Redis::CloseSocket() {
  loop_.ForgetTurnEnd(this);
  flush_is_due_ = false;
  if (socket_ < 0) return;
  loop_.poller().Remove(socket_, *this);
  ::close(std::exchange(socket_, -1));
}

void Redis::Disconnect() {
  CloseSocket();
  state_ = State::kPausing;
  counters_.up.store(false, std::memory_order_relaxed);
  unsent_.Clear();
  reader_.Reset();
  answer_timer_.Disarm();
  settling_timer_.Disarm();
}

void Redis::GoDown(std::string why) {
  Disconnect();
  connection_timer_.ArmAfter(NextPause());
  Complain(why);
  AnswerNobody();
}

void Redis::Close() {
  Disconnect();
  connection_timer_.Disarm();
  AnswerNobody();
}

void Redis::AnswerNobody() {
  const auto self = self_;
  while (*self != nullptr && first_ != next_) {
    if (Waiter* waiter = At(first_++).waiter) Answer(*waiter, nullptr);
  }
}

void Redis::NoteUp() {
  counters_.up.store(true, std::memory_order_relaxed);
  if (complained_) settling_timer_.ArmAfter(options_.settling);
}

// One that answers one question well and the next one badly, as a full Redis does, is not up yet for whoever reads the
// log.
void Redis::NoteSettled() {
  complained_ = false;
  LogInfo("store_up", {{"address", where_}});
}

void Redis::Complain(std::string_view why) {
  const TimePoint now = loop_.now();
  if (now < complain_at_) return;
  complain_at_ = now + kComplainEvery;
  complained_ = true;
  LogWarn("store_down", {{"address", where_}, {"error", why}});
}

// Each 20 % longer or shorter, so that workers and gateways do not march in step.
Duration Redis::NextPause() {
  const Duration pause = pause_;
  pause_ = std::min(options_.max_pause, pause_ * 2);
  return std::chrono::duration_cast<Duration>(pause * std::uniform_real_distribution<double>(0.8, 1.2)(random_));
}

// --- Commands ---

bool Redis::Send(Waiter& waiter) {
  Count(counters_.commands);
  if (!MaySend()) {
    Count(counters_.failures);
    return false;
  }
  AppendScript(unsent_, waiter.script_, ScriptForm::kDigest, waiter.keys_, waiter.arguments_);
  Ask(Question::kDigest, &waiter);
  return true;
}

bool Redis::MaySend() {
  if (state_ != State::kReady || next_ - first_ >= options_.max_in_flight || unsent_.size() >= options_.max_unsent)
    return false;
  if (sensible_) return true;
  const TimePoint now = loop_.now();
  if (now < try_at_) return false;
  try_at_ = now + NextPause();
  return true;
}

void Redis::Ask(Question question, Waiter* waiter) {
  const TimePoint deadline = loop_.now() + options_.timeout;
  if (waiter != nullptr) {
    waiter->place_ = next_;
    if (!answer_timer_.armed()) answer_timer_.Arm(deadline);
  }
  At(next_++) = {waiter, deadline, question};
  if (std::exchange(flush_is_due_, true)) return;
  loop_.AtTurnEnd(
      [](void* self) {
        static_cast<Redis*>(self)->flush_is_due_ = false;
        static_cast<Redis*>(self)->Flush();
      },
      this);
}

void Redis::OnAnswerTimer() {
  if (first_ == next_) return;
  const TimePoint now = loop_.now();
  if (At(first_).deadline <= now) {
    // The loop itself may have been late: what has come by now counts.
    const uint64_t socket = sockets_;
    const auto self = self_;
    Read(false);
    if (*self == nullptr || state_ != State::kReady || sockets_ != socket || first_ == next_) return;
    if (At(first_).deadline <= now) {
      const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(options_.timeout);
      return GoDown("no answer within " + std::to_string(limit.count()) + "ms");
    }
  }
  answer_timer_.Arm(At(first_).deadline);
}

void Redis::TakeReply(const Reply& reply) {
  if (first_ == next_) return GoDown("it answers what nobody has asked");
  const Asked asked = At(first_++);
  if (state_ == State::kGreeting) return TakeGreeting(asked.question, reply);
  if (asked.waiter != nullptr) asked.waiter->place_ = 0;
  if (reply.type == Reply::Type::kError) return TakeError(asked, reply);
  pause_ = options_.min_pause;
  if (!std::exchange(sensible_, true)) NoteUp();
  if (asked.waiter != nullptr) Answer(*asked.waiter, &reply);
}

void Redis::TakeError(const Asked& asked, const Reply& reply) {
  if (asked.question == Question::kDigest && reply.error_code() == "NOSCRIPT") {
    if (asked.waiter == nullptr) return;
    const Waiter& waiter = *asked.waiter;
    AppendScript(unsent_, waiter.script_, ScriptForm::kText, waiter.keys_, waiter.arguments_);
    return Ask(Question::kText, asked.waiter);
  }
  const std::string why = Said(reply);
  const bool replica = reply.error_code() == "READONLY";
  const uint64_t socket = sockets_;
  const auto self = self_;
  NoteSenseless(why);
  if (asked.waiter != nullptr) Answer(*asked.waiter, nullptr);
  // The name may stand for another server by now.
  if (replica && *self != nullptr && state_ == State::kReady && sockets_ == socket) GoDown(why);
}

void Redis::Distrust(std::string_view why) {
  Count(counters_.failures);
  NoteSenseless(why);
}

void Redis::NoteSenseless(std::string_view why) {
  counters_.up.store(false, std::memory_order_relaxed);
  settling_timer_.Disarm();
  Complain(why);
  if (std::exchange(sensible_, false)) try_at_ = loop_.now() + NextPause();
}

// The last thing that is done: what is resumed may destroy this.
void Redis::Answer(Waiter& waiter, const Reply* reply) {
  if (reply == nullptr) Count(counters_.failures);
  waiter.place_ = 0;
  waiter.reply_ = reply;
  std::exchange(waiter.coroutine_, nullptr)->Resume();
}

}  // namespace dragoman::store
