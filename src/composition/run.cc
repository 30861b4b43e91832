#include "composition/run.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "composition/fan_out.h"
#include "composition/idempotency_key.h"
#include "rpc/admit_message.h"
#include "rpc/caller.h"

namespace dragoman::composition {
namespace {

// What does not fit its request may be no fault of the client's.
bool AsksWithReplies(const PlannedCall& call) {
  return (call.for_each && !call.for_each->of_body) || call.request.uses() != 0 ||
         (call.when && call.when->uses() != 0) || (call.batch && call.batch->item.uses() != 0);
}

}  // namespace

Run::Run(const Surroundings& surroundings, const Plan& plan, Exchange& exchange, const rpc::Admitted& composition,
         Bindings& bindings, CallSet wanted, TimePoint deadline)
    : surroundings_(surroundings),
      plan_(plan),
      exchange_(exchange),
      composition_(composition),
      bindings_(bindings),
      wanted_(wanted),
      deadline_(deadline),
      enforce_(plan.configured->enforce_parts),
      ledger_(plan),
      callers_(plan.calls.size()) {
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    const bool wants = (wanted & SetOf(i)) != 0;
    replies_.push_back(wants ? BufferPool::Borrow() : BufferPool::Lease(Buffer()));
    if (!wants) ledger_[i].outcome = CallOutcome::kUnwanted;
  }
}

Run::~Run() = default;

Task<Status> Run::MakeCalls() {
  co_await Identify();
  const TimePoint began = Clock::now();
  exchange_.WatchCancel(
      [](void* run) { static_cast<Run*>(run)->Stop(Status(Code::kCancelled, "the client went away")); }, this);
  if (!stopped_) StartReady();
  while (active_ > 0) co_await idle_.Wait();
  exchange_.WatchCancel(nullptr, nullptr);
  exchange_.AddUpstreamTime(std::max(Duration::zero(), exchange_.loop().now() - began));
  if (failed_call_) co_return ledger_.Failed(*failed_call_, std::move(failure_), plan_.configured->writes());
  co_return std::move(failure_);
}

Task<void> Run::Identify() {
  const auto policy_of = [&](size_t rpc) { return surroundings_.rpcs[rpc].policy.authenticate; };
  for (size_t i = 0; i < plan_.calls.size(); ++i) {
    if ((wanted_ & SetOf(i)) == 0) continue;
    const size_t rpc = plan_.calls[i].rpc;
    const auth::Access& access = surroundings_.rules[rpc].access;
    Caller& caller = callers_[i];
    caller.identity = &composition_.identity;
    if (!enforce_ || access.open()) continue;
    if (policy_of(rpc) != policy_of(plan_.rpc)) {
      const auto same = std::find_if(plan_.calls.begin(), plan_.calls.begin() + static_cast<ptrdiff_t>(i),
                                     [rpc](const PlannedCall& call) { return call.rpc == rpc; });
      const auto before = static_cast<size_t>(same - plan_.calls.begin());
      if (before < i && (wanted_ & SetOf(before)) != 0) {
        caller.identity = callers_[before].identity;
        caller.refusal = callers_[before].refusal;
        continue;
      }
      std::optional<Result<auth::Identity>> proven = surroundings_.authenticator.TryAuthenticate(access, exchange_);
      if (!proven) proven = co_await surroundings_.authenticator.Authenticate(access, exchange_);
      if (!*proven) {
        if (!unproven_ && proven->error().reason() == Reason::kUnauthenticated) unproven_ = rpc;
        caller.refusal = std::move(proven->error());
        continue;
      }
      caller.own = **std::move(proven);
      caller.identity = &caller.own;
    }
    caller.refusal = access.AdmitIdentity(*caller.identity);
  }
}

void Run::StartReady() {
  for (size_t i = 0; i < plan_.calls.size() && !stopped_; ++i) {
    const CallSet self = SetOf(i);
    if ((wanted_ & ~begun_ & self) == 0 || (plan_.calls[i].inputs & ~ended_) != 0) continue;
    begun_ |= self;
    ++active_;
    exchange_.loop().Spawn(RunCall(i));
  }
}

Task<void> Run::RunCall(size_t index) {
  if (Status no = co_await MakeOne(index); !no.ok()) Fail(index, std::move(no));
  ended_ |= SetOf(index);
  StartReady();
  if (end_callback_ != nullptr) end_callback_(end_context_);
  if (--active_ == 0) idle_.Notify();  // the last thing: whoever waits for it may end the run
}

Task<Status> Run::MakeOne(size_t index) {
  const PlannedCall& call = plan_.calls[index];
  CallRecord& record = ledger_[index];
  if ((call.needs & failed_) != 0) {
    size_t lacking = 0;
    while ((call.needs & failed_ & SetOf(lacking)) == 0) ++lacking;
    co_return Status(Code::kFailedPrecondition, "not called: it needs " + plan_.calls[lacking].name);
  }
  if ((call.needs & skipped_) != 0) {
    record.outcome = CallOutcome::kSkipped;
    skipped_ |= SetOf(index);
    co_return Status();
  }
  if (!callers_[index].refusal.ok()) co_return callers_[index].refusal;
  Prepared prepared;
  if (Status no = Prepare(index, prepared); !no.ok()) co_return no;
  if (call.for_each) co_return co_await MakeEach(index, prepared);

  bindings_.indices.clear();
  const Result<bool> holds = Holds(call);
  if (!holds) co_return holds.error();
  if (!*holds) {
    record.outcome = CallOutcome::kSkipped;
    skipped_ |= SetOf(index);
    co_return Status();
  }
  bindings_.missing = false;
  Result<BufferPool::Lease> message = Encode(call);
  if (!message) co_return std::move(message.error());
  if (bindings_.missing) co_return Status(Code::kFailedPrecondition, "not called: a reply that it needs is missing");
  Piece piece;
  Status status = co_await Call(index, prepared, std::move(*message), {}, piece);
  if (!status.ok()) co_return status;
  bindings_.variables[call.variable] = Value::Message(*call.reply, BytesOf(index, piece));
  record.outcome = CallOutcome::kDone;
  co_return Status();
}

Task<Status> Run::MakeEach(size_t index, const Prepared& prepared) {
  FanOut fan_out(*this, index, prepared);
  co_return co_await fan_out.Make();
}

Result<bool> Run::Holds(const PlannedCall& call) {
  if (!call.when) return true;
  const Result<Value> value = call.when->Evaluate(bindings_);
  if (!value) return Refuse(value.error());
  return !value->absent() && value->boolean;
}

Result<BufferPool::Lease> Run::Encode(const PlannedCall& call) {
  BufferPool::Lease message = BufferPool::Borrow();
  message->Extend(upstream::kMessagePrefix);
  if (Status no = call.request.Encode(bindings_, *message); !no.ok()) return Refuse(std::move(no));
  return message;
}

Status Run::Prepare(size_t index, Prepared& prepared) {
  if (Status no = CollectMetadata(index, prepared); !no.ok()) return no;
  prepared.deadline = deadline_;
  if (const std::optional<Duration>& timeout = plan_.calls[index].timeout) {
    prepared.deadline = std::min(prepared.deadline, exchange_.loop().now() + *timeout);
  }
  // Who calls as somebody else is not inside of the caps of that one.
  const bool same = callers_[index].identity == &composition_.identity;
  const concurrency::RpcGates& gates = surroundings_.rules[plan_.calls[index].rpc].gates;
  prepared.gates = same ? gates.Within(composition_.rules.gates) : gates;
  return {};
}

Status Run::CollectMetadata(size_t index, Prepared& prepared) {
  const rpc::Rules& rules = surroundings_.rules[plan_.calls[index].rpc];
  const auth::Identity& identity = *callers_[index].identity;
  const rpc::MetadataRules::Credentials credentials = rpc::CredentialsFor(rules.access);
  if (metadata_.empty()) credentials_ = credentials;
  const bool usual = rules.request.empty() && &identity == &composition_.identity && credentials == credentials_;
  if (!usual) prepared.own = std::make_unique<rpc::Metadata>();
  rpc::Metadata& metadata = usual ? metadata_ : *prepared.own;
  if (metadata.empty()) {
    Status no = rpc::CollectMetadata(surroundings_.outbound, exchange_, rules, identity, metadata,
                                     usual ? texts_ : prepared.texts);
    if (!no.ok()) {
      metadata.clear();
      return no;
    }
  }
  prepared.metadata = {metadata.data(), metadata.size()};
  return {};
}

Task<Status> Run::Call(size_t index, const Prepared& prepared, BufferPool::Lease message, std::string_view item,
                       Piece& reply) {
  if (prepared.deadline <= exchange_.loop().now()) {
    co_return Status(Reason::kDeadlineExceeded, "not called: no time is left");
  }
  const PlannedCall& call = plan_.calls[index];
  const routing::Rpc& rpc = surroundings_.rpcs[call.rpc];
  const rpc::Rules& rules = surroundings_.rules[call.rpc];
  const auth::Identity& identity = *callers_[index].identity;
  const std::string_view wire = message->view().substr(upstream::kMessagePrefix);
  const std::string key = DeriveIdempotencyKey(plan_.configured->name, call.name, item, wire, prepared.metadata);
  std::vector<Header> own;
  if (!key.empty()) own = WithIdempotencyKey(prepared.metadata, key);

  if (enforce_ && (!rules.limits.empty() || rules.reads_message())) {
    if (Status no = co_await Admit(rules, identity, wire); !no.ok()) co_return no;
  }
  if (stopped_) co_return Status(Code::kCancelled, "not called: the composition has ended");

  auto keep = [&](std::string_view bytes) { return Keep(index, bytes, reply); };
  Live live(surroundings_.outbound, exchange_.loop());
  live_.push_back(live);
  rpc::UnaryCall::Request request{
      .target = {.path = rpc.grpc_path,
                 .backend = rpc.backend,
                 .gates = prepared.gates,
                 .who = rpc::WhoIs(exchange_, identity),
                 .metadata = own.empty() ? prepared.metadata : std::span<const Header>(own),
                 .deadline = std::min(prepared.deadline, exchange_.loop().now() + rules.timeout)},
      .message = std::move(message)};
  Status status = co_await live.call.Run(std::move(request), keep);
  CallOutcome& outcome = ledger_[index].outcome;
  if (live.call.begun() && outcome == CallOutcome::kUntried) outcome = CallOutcome::kAbandoned;  // until more is known
  surroundings_.metrics.RecordCall(
      {.call = plan_.first_call + index, .grpc_code = static_cast<int>(status.code()), .waited = live.call.waited()});
  co_return status;
}

Task<Status> Run::Admit(const rpc::Rules& rules, const auth::Identity& identity, std::string_view message) {
  rate_limit::Admission admission;
  if (!rules.limits.empty()) {
    const rate_limit::Caller caller = rpc::CallerOf(exchange_, identity);
    std::optional<Status> verdict = surroundings_.limiter.TryAdmitHead(rules.limits, caller, admission);
    if (!verdict) verdict = co_await surroundings_.limiter.AdmitHead(rules.limits, caller, admission);
    if (!verdict->ok()) co_return *std::move(verdict);
  }
  if (!rules.reads_message()) co_return Status();
  co_return co_await rpc::AdmitMessage(surroundings_.limiter, exchange_, rules, identity, admission, message);
}

Status Run::Keep(size_t index, std::string_view reply, Piece& piece) {
  kept_bytes_ += reply.size();
  if (kept_bytes_ > surroundings_.outbound.max_reply_bytes) {
    return Status(Reason::kResponseTooLarge,
                  "the replies of the composition's calls together are over limits.max_response_bytes");
  }
  piece = {replies_[index]->size(), reply.size()};
  replies_[index]->Append(reply);
  return {};
}

void Run::Fail(size_t index, Status status) {
  using Failure = PlannedCall::Failure;
  const PlannedCall& call = plan_.calls[index];
  if (status.reason() == Reason::kInvalidField && AsksWithReplies(call)) {
    status = Status(Reason::kBackendProtocolError, std::string(status.message()));
  }
  CallRecord& record = ledger_[index];
  // What was given up has not failed by itself; its record tells how far it had come.
  if (stopped_ && status.code() == Code::kCancelled && status.reason() == Reason::kNone) return;
  record.outcome = CallOutcome::kFailed;
  record.status = status;
  if (call.failure == Failure::kRequired) {
    if (!stopped_) failed_call_ = index;
    Stop(std::move(status));
  } else if (call.failure == Failure::kDefault) {
    bindings_.variables[call.variable] = Value::Message(*call.reply, call.otherwise);
  } else {
    failed_ |= SetOf(index);
  }
}

void Run::Stop(Status status) {
  if (!stopped_) failure_ = std::move(status);
  stopped_ = true;
  const bool finishes = plan_.configured->writes() && !exchange_.cancelled();
  ++active_;  // calls may end meanwhile
  boost::intrusive::list<Live, boost::intrusive::constant_time_size<false>> all;
  all.swap(live_);
  while (!all.empty()) {
    Live& live = all.front();
    all.pop_front();
    if (finishes && live.call.begun()) {
      live_.push_back(live);
    } else {
      live.call.Cancel();
    }
  }
  if (--active_ == 0) idle_.Notify();  // the last thing, as in RunCall
}

template <typename Check>
Value Run::Sift(const Value& value, boost::container::small_vector<uint32_t, 3>& index, Check& check) {
  if (value.form == Value::Form::kScalar) return check(value, index);
  if (value.form != Value::Form::kList) return value;
  const size_t count = value.items.size();
  auto* kept = static_cast<Value*>(bindings_.arena->allocate(count * sizeof(Value), alignof(Value)));
  index.push_back(0);
  for (size_t i = 0; i < count; ++i) {
    index.back() = static_cast<uint32_t>(i);
    new (&kept[i]) Value(Sift(value.items[i], index, check));
  }
  index.pop_back();
  return Value::List({kept, count});
}

bool Run::DropUnreadable(transcoding::JsonCodec& codec, const transcoding::JsonWriteOptions& options) {
  using Failure = PlannedCall::Failure;
  bool dropped = false;
  for (size_t i = 0; i < plan_.calls.size(); ++i) {
    const PlannedCall& call = plan_.calls[i];
    if (call.failure == Failure::kRequired) continue;
    std::map<std::pair<const char*, size_t>, Status> known;  // items may share a reply
    const auto check = [&](const Value& reply, const boost::container::small_vector<uint32_t, 3>& index) {
      if (reply.bytes.data() == call.otherwise.data()) return reply;
      const auto [place, first] = known.try_emplace({reply.bytes.data(), reply.bytes.size()});
      if (first) {
        BufferPool::Lease scratch = BufferPool::Borrow();
        place->second = codec.WriteMessage(*reply.message, reply.bytes, options, *scratch);
      }
      if (place->second.ok()) return reply;
      const Status& no = place->second;
      dropped = true;
      ledger_[i].outcome = CallOutcome::kFailed;
      if (!call.for_each) {
        ledger_[i].status = no;
      } else if (ledger_[i].failed_items++ < CallRecord::kMaxListed) {
        ledger_[i].items.push_back({index, no});
      }
      return call.failure == Failure::kDefault ? Value::Message(*call.reply, call.otherwise) : Value();
    };
    boost::container::small_vector<uint32_t, 3> index;
    Value& value = bindings_.variables[call.variable];
    value = Sift(value, index, check);
  }
  return dropped;
}

}  // namespace dragoman::composition
