#include "composition/answer_stream.h"

#include <algorithm>
#include <utility>

#include "base/buffer_pool.h"

namespace dragoman::composition {

AnswerStream::AnswerStream(const Plan& plan, const ResponseTemplate::Selection* selection,
                           transcoding::JsonCodec& codec, const AnswerOptions& options, Run& run, Bindings& bindings,
                           Exchange& exchange, const rpc::Admitted& composition, StreamFormat format)
    : plan_(plan),
      selection_(selection),
      codec_(codec),
      options_(options),
      run_(run),
      bindings_(bindings),
      exchange_(exchange),
      composition_(composition),
      waiting_(plan.response.pieces(selection)),
      reply_(
          exchange, format,
          [](void* self, ResponseHead& head) { static_cast<AnswerStream*>(self)->CompleteHead(head); }, this) {
  run.WatchEnds([](void* self) { static_cast<AnswerStream*>(self)->Progress(); }, this);
  reply_.WatchEnd([](void* self) { static_cast<AnswerStream*>(self)->Progress(); }, this);
}

AnswerStream::~AnswerStream() {
  run_.WatchEnds(nullptr, nullptr);
  exchange_.loop().ForgetTurnEnd(this);
}

Task<Status> AnswerStream::Serve(Task<Status> calls) {
  making_ = true;
  exchange_.loop().Spawn(MakeCalls(std::move(calls)));
  Status outcome;
  while (outcome.ok()) {
    const bool last = !making_;
    outcome = last ? made_ : Status();
    if (outcome.ok() && !run_.stopped()) outcome = Collect();
    if (!outcome.ok() || last) break;
    outcome = co_await reply_.Flush();
    if (reply_.ended()) break;  // HEAD
    if (outcome.ok() && making_) co_await progress_.Wait();
  }
  if (making_) {
    run_.Stop(outcome.ok() ? Status(Code::kCancelled, "nobody wants the rest") : outcome);
    while (making_) co_await progress_.Wait();
  }
  co_return co_await End(std::move(outcome));
}

Task<void> AnswerStream::MakeCalls(Task<Status> calls) {
  made_ = co_await calls;
  making_ = false;
  Progress();
}

// Once for all that a turn of the loop brings.
void AnswerStream::Progress() {
  if (std::exchange(progressing_, true)) return;
  exchange_.loop().AtTurnEnd(
      [](void* context) {
        AnswerStream& self = *static_cast<AnswerStream*>(context);
        self.progressing_ = false;
        self.progress_.Notify();  // the last thing: it may end this
      },
      this);
}

Status AnswerStream::Collect() {
  const auto ready = [this](const ResponseTemplate::Piece& piece) { return (piece.uses & run_.missing()) == 0; };
  // Until there is something of a call's, the request may still fail as a whole.
  const bool any = reply_.has_values() || !making_ ||
                   std::any_of(waiting_.begin(), waiting_.end(),
                               [&](const ResponseTemplate::Piece& piece) { return piece.uses != 0 && ready(piece); });
  if (!any) return {};
  Buffer* out = nullptr;
  size_t first = 0;
  std::vector<ResponseTemplate::Piece> left;
  for (const ResponseTemplate::Piece& piece : waiting_) {
    if (!ready(piece)) {
      left.push_back(piece);
      continue;
    }
    if (out == nullptr) {
      out = &reply_.BeginValue();
      out->Append('{');
      first = out->size();
    }
    const size_t before = out->size();
    if (before > first) out->Append(',');
    const size_t at = out->size();
    if (Status no = Render(piece, *out); !no.ok()) {
      reply_.TakeBack();
      return no;
    }
    if (out->size() == at) out->Truncate(before);  // absent
    bytes_ += out->size() - before;
  }
  waiting_ = std::move(left);
  if (out == nullptr) return {};
  if (out->size() == first) {
    reply_.TakeBack();
  } else {
    out->Append('}');
    reply_.EndValue();
  }
  return {};
}

// A reply that has no JSON is left out where it may be.
Status AnswerStream::Render(const ResponseTemplate::Piece& piece, Buffer& out) {
  for (;;) {
    bindings_.indices.clear();
    Status no = plan_.response.RenderPiece(piece, bindings_, selection_, codec_, options_.reply, out,
                                           options_.max_bytes - std::min(bytes_, options_.max_bytes));
    if (no.ok()) return no;
    if (no.reason() == Reason::kInvalidField) no = Status(Reason::kReplyNotRenderable, std::string(no.message()));
    if (no.reason() == Reason::kResponseTooLarge || !run_.DropUnreadable(codec_, options_.reply)) return no;
  }
}

void AnswerStream::CollectErrors() {
  if (!run_.ledger().partial()) return;
  Buffer& out = reply_.BeginValue();
  out.Append("{\"");
  out.Append(plan_.configured->errors_key);
  out.Append("\":");
  run_.ledger().RenderErrors(out);
  out.Append('}');
  reply_.EndValue();
}

Task<Status> AnswerStream::End(Status outcome) {
  co_await reply_.Stop();
  if (outcome.ok()) {
    if (!reply_.ended()) CollectErrors();
    (void)co_await reply_.Finish();
  } else if (reply_.begun() || reply_.has_values()) {
    BufferPool::Lease error = BufferPool::Borrow();
    options_.errors.Render(outcome, codec_, *error);
    (void)co_await reply_.Fail(error->view());
  }
  co_return outcome;
}

void AnswerStream::CompleteHead(ResponseHead& head) {
  composition_.admission.AppendHeaders(head.headers);
  head.headers.push_back({"x-request-id", exchange_.request_id()});
  composition_.rules.response.Apply(exchange_.head().scheme, head.headers);
}

}  // namespace dragoman::composition
