#include "composition/fan_out.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "composition/field_encoder.h"
#include "composition/idempotency_key.h"
#include "composition/wire_fields.h"
#include "transcoding/wire.h"

namespace dragoman::composition {

FanOut::FanOut(Run& run, size_t index, const Run::Prepared& prepared)
    : run_(run), index_(index), prepared_(prepared), plan_(run.plan_.calls[index]) {}

Task<Status> FanOut::Make() {
  Bindings& bindings = run_.bindings_;
  bindings.indices.clear();
  Result<Value> list = plan_.for_each->list.Evaluate(bindings);
  if (!list) co_return std::move(list.error());
  list_ = *list;
  for (const ForEach::Element& element : plan_.for_each->elements) {
    Result<Value> elements = Evaluate(*element.list, bindings);
    if (!elements) co_return std::move(elements.error());
    element_lists_.push_back(*elements);
  }
  path_.resize(plan_.for_each->levels);
  if (Status no = CountItems(list_, 0); !no.ok()) co_return no;
  if (Status no = Collect(); !no.ok()) co_return no;

  const size_t size = plan_.batch ? plan_.batch->size : 1;
  const size_t questions = (units_.size() + size - 1) / size;
  for (size_t i = 0; i < std::min<size_t>(questions, plan_.for_each->concurrency); ++i) {
    ++working_;
    run_.exchange_.loop().Spawn(Work());
  }
  while (working_ > 0) co_await idle_.Wait();
  co_return Finish();
}

Status FanOut::CountItems(const Value& list, size_t level) {
  if (list.form != Value::Form::kList) return {};
  const bool innermost = level + 1 == plan_.for_each->levels;
  for (size_t i = 0; i < list.items.size(); ++i) {
    path_[level] = static_cast<uint32_t>(i);
    if (!innermost) {
      if (Status no = CountItems(list.items[i], level + 1); !no.ok()) return no;
      continue;
    }
    if (items_.size() == plan_.for_each->max_items) {
      const std::string bound = "more than " + std::to_string(plan_.for_each->max_items) + " items (max_items)";
      if (plan_.for_each->of_body)
        return Status(Reason::kInvalidRequest, plan_.name + ": " + bound + " in the request");
      return Status(Reason::kResponseTooLarge, plan_.name + ": " + bound + " in what the backends sent");
    }
    items_.emplace_back();
    places_.insert(places_.end(), path_.begin(), path_.end());
  }
  return {};
}

void FanOut::StandAt(size_t item) {
  const size_t levels = plan_.for_each->levels;
  Bindings& bindings = run_.bindings_;
  const auto place = places_.begin() + static_cast<ptrdiff_t>(item * levels);
  bindings.indices.assign(place, place + static_cast<ptrdiff_t>(levels));
  for (size_t i = 0; i < element_lists_.size(); ++i) {
    const ForEach::Element& element = plan_.for_each->elements[i];
    bindings.variables[element.variable] = ElementAt(element_lists_[i], element.depth);
  }
  bindings.missing = false;
}

Value FanOut::ElementAt(Value list, size_t depth) const {
  for (size_t level = 0; level < depth; ++level) {
    const uint32_t index = run_.bindings_.indices[level];
    if (list.form != Value::Form::kList || index >= list.items.size()) return {};
    list = list.items[index];
  }
  return list;
}

Status FanOut::Collect() {
  for (uint32_t item = 0; item < items_.size(); ++item) {
    StandAt(item);
    if (Status no = CollectItem(item); !no.ok()) return no;
  }
  return {};
}

Status FanOut::CollectItem(uint32_t item) {
  Result<std::optional<BufferPool::Lease>> asked = AskedOf();
  if (!asked) {
    if (plan_.failure == PlannedCall::Failure::kRequired) return std::move(asked.error());
    unasked_.emplace_back(item, std::move(asked.error()));
    return {};
  }
  if (!*asked) return {};
  const auto next = static_cast<uint32_t>(units_.size());
  items_[item].unit = next;
  if (!encodes_first()) {
    units_.push_back({.first = item});
    return {};
  }
  const std::string_view bytes = (**asked)->view();
  const auto found = known_.find(bytes);
  if (found != known_.end()) {
    items_[item].unit = found->second;
    return {};
  }
  asked_bytes_ += bytes.size();
  if (asked_bytes_ > run_.surroundings_.outbound.max_reply_bytes) {
    return Status(Reason::kResponseTooLarge, plan_.name + ": its requests together are over limits.max_response_bytes");
  }
  const std::string_view kept = Keep(bytes);
  known_.emplace(kept, next);
  units_.push_back({.first = item, .asked = kept});
  return {};
}

Result<std::optional<BufferPool::Lease>> FanOut::AskedOf() {
  Bindings& bindings = run_.bindings_;
  if (bindings.variables[plan_.for_each->elements.back().variable].absent()) return std::nullopt;
  const Result<bool> holds = run_.Holds(plan_);
  if (!holds) return Refuse(holds.error());
  if (!*holds) return std::nullopt;
  BufferPool::Lease asked = BufferPool::Borrow();
  if (plan_.batch) {
    const Result<Value> value = plan_.batch->item.Evaluate(bindings);
    if (!value) return Refuse(value.error());
    if (value->absent()) return std::nullopt;
    if (Status no = AppendField(*plan_.batch->asked, *value, *asked); !no.ok()) return Refuse(std::move(no));
  } else if (plan_.for_each->distinct) {
    if (Status no = plan_.request.Encode(bindings, *asked); !no.ok()) return Refuse(std::move(no));
  }
  if (encodes_first() && bindings.missing) return std::nullopt;
  return asked;
}

std::string_view FanOut::Keep(std::string_view text) const {
  if (text.empty()) return {};
  char* kept = static_cast<char*>(run_.bindings_.arena->allocate(text.size(), 1));
  std::memcpy(kept, text.data(), text.size());
  return {kept, text.size()};
}

Task<void> FanOut::Work() {
  const size_t size = plan_.batch ? plan_.batch->size : 1;
  while (next_ < units_.size() && !run_.stopped_) {
    const std::span<Unit> units = std::span(units_).subspan(next_, std::min(size, units_.size() - next_));
    next_ += units.size();
    Status status;
    if (plan_.batch) {
      status = co_await AskChunk(units);
    } else {
      status = co_await AskOne(units.front());
    }
    if (status.ok()) continue;
    for (Unit& unit : units) unit.status = status;
    if (plan_.failure == PlannedCall::Failure::kRequired && !run_.stopped_) run_.Fail(index_, std::move(status));
  }
  if (--working_ == 0) idle_.Notify();  // the last thing: whoever waits for it ends the fan-out
}

Task<Status> FanOut::AskOne(Unit& unit) {
  BufferPool::Lease message = BufferPool::Borrow();
  message->Extend(upstream::kMessagePrefix);
  if (encodes_first()) {
    message->Append(unit.asked);
  } else {
    StandAt(unit.first);
    if (Status no = plan_.request.Encode(run_.bindings_, *message); !no.ok()) co_return no;
    if (run_.bindings_.missing) {
      items_[unit.first].unit = Item::kNone;  // what it needs has failed, and is listed
      co_return Status();
    }
  }
  const std::string number = NumberOf(message->view().substr(upstream::kMessagePrefix));
  co_return co_await run_.Call(index_, prepared_, std::move(message), number, unit.reply);
}

std::string FanOut::NumberOf(std::string_view message) {
  if (!HasIdempotencyKey(prepared_.metadata)) return {};
  return std::to_string(++sent_[DigestOf(message)]);
}

Task<Status> FanOut::AskChunk(std::span<Unit> units) {
  run_.bindings_.indices.clear();
  run_.bindings_.missing = false;
  Result<BufferPool::Lease> message = run_.Encode(plan_);
  if (!message) co_return std::move(message.error());
  for (const Unit& unit : units) (*message)->Append(unit.asked);
  const std::string number = NumberOf((*message)->view().substr(upstream::kMessagePrefix));
  Run::Piece reply;
  Status status = co_await run_.Call(index_, prepared_, std::move(*message), number, reply);
  if (!status.ok()) co_return status;
  co_return TakeChunk(units, reply);
}

Status FanOut::TakeChunk(std::span<Unit> units, const Run::Piece& reply) {
  const Batch& batch = *plan_.batch;
  const auto malformed = [&] {
    return Status(Reason::kBackendProtocolError, plan_.name + ": the backend sent bytes that are no reply of a batch");
  };
  WireFields fields(run_.bindings_);
  std::unordered_map<std::string, Run::Piece> elements;  // by what was asked
  const std::string_view wire = run_.BytesOf(index_, reply);
  transcoding::WireCursor cursor(wire);
  size_t count = 0;
  while (!cursor.done()) {
    uint32_t tag = 0;
    if (!cursor.ReadTag(tag)) return malformed();
    if (tag != batch.replies->element_tag) {
      if (!cursor.Skip(tag)) return malformed();
      continue;
    }
    std::string_view element;
    if (!cursor.ReadLengthDelimited(element)) return malformed();
    const Run::Piece piece{reply.at + static_cast<size_t>(element.data() - wire.data()), element.size()};
    if (batch.match == nullptr) {
      if (count < units.size()) units[count].reply = piece;
    } else {
      Value key;
      if (!fields.Read(element, *plan_.reply, *batch.match, key)) return fields.TakeError();
      BufferPool::Lease asked = BufferPool::Borrow();
      if (Status no = AppendField(*batch.asked, key, *asked); !no.ok()) return no;
      elements.emplace(asked->view(), piece);
    }
    ++count;
  }
  if (batch.match == nullptr && count != units.size()) {
    return Status(Reason::kBackendProtocolError,
                  plan_.name + ": asked for " + std::to_string(units.size()) + " items, got " + std::to_string(count));
  }
  if (batch.match == nullptr) return {};
  for (Unit& unit : units) {
    const auto found = elements.find(std::string(unit.asked));
    if (found != elements.end()) {
      unit.reply = found->second;
    } else {
      unit.status = Status(Code::kNotFound, "the batch's reply has no such element");
    }
  }
  return {};
}

bool FanOut::AllAsked() const {
  return next_ == units_.size() && std::none_of(units_.begin(), units_.end(), [](const Unit& unit) {
           return unit.status.code() == Code::kCancelled && unit.status.reason() == Reason::kNone;
         });
}

Status FanOut::Finish() {
  using Failure = PlannedCall::Failure;
  if (run_.stopped_ && !AllAsked()) return Status(Code::kCancelled, "the composition has ended");
  CallRecord& record = run_.ledger_[index_];
  record.outcome = CallOutcome::kDone;
  const size_t levels = plan_.for_each->levels;
  for (auto& [item, status] : unasked_) {
    items_[item].unit = static_cast<uint32_t>(units_.size());
    units_.push_back({.first = item, .status = std::move(status)});
  }
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].unit == Item::kNone || units_[items_[i].unit].status.ok()) continue;
    Status& status = units_[items_[i].unit].status;
    if (plan_.failure == Failure::kRequired) return std::move(status);
    record.outcome = CallOutcome::kFailed;
    if (record.failed_items++ >= CallRecord::kMaxListed) continue;
    ItemFailure& failure = record.items.emplace_back(ItemFailure{{}, status});
    const auto place = places_.begin() + static_cast<ptrdiff_t>(i * levels);
    failure.index.assign(place, place + static_cast<ptrdiff_t>(levels));
  }
  size_t item = 0;
  run_.bindings_.variables[plan_.variable] = Assemble(list_, 0, item);
  return {};
}

Value FanOut::Assemble(const Value& list, size_t level, size_t& item) {
  if (list.form != Value::Form::kList) return {};
  const size_t count = list.items.size();
  auto* values = static_cast<Value*>(run_.bindings_.arena->allocate(count * sizeof(Value), alignof(Value)));
  const bool innermost = level + 1 == plan_.for_each->levels;
  for (size_t i = 0; i < count; ++i) {
    new (&values[i]) Value(innermost ? ReplyOf(item++) : Assemble(list.items[i], level + 1, item));
  }
  return Value::List({values, count});
}

Value FanOut::ReplyOf(size_t item) {
  if (items_[item].unit == Item::kNone) return {};
  const Unit& unit = units_[items_[item].unit];
  if (unit.status.ok()) return Value::Message(*plan_.reply, run_.BytesOf(index_, unit.reply));
  if (plan_.failure == PlannedCall::Failure::kDefault) return Value::Message(*plan_.reply, plan_.otherwise);
  return {};
}

}  // namespace dragoman::composition
