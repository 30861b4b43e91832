#include "composition/composer.h"

#include <optional>
#include <utility>

#include "base/buffer_pool.h"
#include "composition/answer_stream.h"
#include "composition/run.h"
#include "composition/wanted.h"
#include "exchange/media_type.h"
#include "rpc/caller.h"
#include "rpc/deadline.h"

namespace dragoman::composition {
namespace {

// The answer. A reply that has no JSON is left out where it may be.
Status Render(const Plan& plan, const ResponseTemplate::Selection* selection, transcoding::JsonCodec& codec,
              const transcoding::JsonWriteOptions& options, size_t max_bytes, Run& run, Bindings& bindings,
              Buffer& out) {
  for (;;) {
    out.Clear();
    out.Append('{');
    bindings.indices.clear();
    Status no = plan.response.Render(bindings, selection, codec, options, out, max_bytes);
    if (no.ok()) break;
    if (no.reason() == Reason::kInvalidField) no = Status(Reason::kReplyNotRenderable, std::string(no.message()));
    if (no.reason() == Reason::kResponseTooLarge || !run.DropUnreadable(codec, options)) return no;
  }
  if (run.ledger().partial()) {
    out.Append(out.size() > 1 ? ",\"" : "\"");
    out.Append(plan.configured->errors_key);
    out.Append("\":");
    run.ledger().RenderErrors(out);
  }
  out.Append('}');
  return {};
}

}  // namespace

Task<Status> Composer::Serve(Exchange& exchange, const rpc::Admitted& composition, Told& told) {
  const Plan& plan = plans_[*composition.match.route->composition];
  Buffer* body = nullptr;
  if (!exchange.bodyless()) {
    Result<Buffer*> read = co_await exchange.ReadBody();
    if (!read) co_return std::move(read.error());
    body = *read;
    if (!body->empty()) {
      const auto syntax = SyntaxOfBody(exchange.head(), body->view(), {});
      if (!syntax) co_return syntax.error();
    }
  }
  const Result<TimePoint> deadline = rpc::DeadlineOf(exchange, composition.rules.timeout);
  if (!deadline) co_return deadline.error();

  const transcoding::JsonRules& json = *composition.rules.json;
  Arena arena;
  Bindings bindings;
  bindings.variables.resize(plan.variables);
  bindings.arena = &arena;
  BufferPool::Lease inputs = BufferPool::Borrow();
  std::string fields;
  const auto& captures = composition.match.captures;
  Status status = plan.inputs.Bind({.head = exchange.head(),
                                    .captures = {captures.data(), captures.size()},
                                    .query = exchange.head().query(),
                                    .body = body,
                                    .identity = composition.identity},
                                   json.request, codec_, bindings, *inputs, fields);
  if (!status.ok()) co_return status;
  ResponseTemplate::SelectionPtr selection;
  if (!fields.empty()) {
    Result<ResponseTemplate::SelectionPtr> selected = plan.response.Select(fields);
    if (!selected) co_return std::move(selected.error());
    selection = *std::move(selected);
  }

  Run run(surroundings_, plan, exchange, composition, bindings, WantedCalls(plan, selection.get()), *deadline);
  Task<Status> calls = MakeCalls(run, exchange, composition, *deadline);
  const std::optional<StreamFormat> streamed = NamedStreamOf(exchange.head().Find("accept"));
  BufferPool::Lease answer = BufferPool::Borrow();
  if (streamed) {
    const AnswerOptions options{json.reply, *options_.errors, options_.max_answer_bytes};
    AnswerStream stream(plan, selection.get(), codec_, options, run, bindings, exchange, composition, *streamed);
    status = co_await stream.Serve(std::move(calls));
  } else {
    status = co_await calls;
    if (status.ok()) {
      status = Render(plan, selection.get(), codec_, json.reply, options_.max_answer_bytes, run, bindings, *answer);
    }
  }
  if (plan.configured->writes() || run.ledger().partial()) told.calls = run.ledger().Describe();
  told.unproven = run.unproven();
  if (!status.ok() || streamed) co_return status;

  ResponseHead head;
  head.content_type = "application/json";
  composition.admission.AppendHeaders(head.headers);
  std::string partial;
  if (run.ledger().partial()) {
    partial = run.ledger().PartialCalls();
    head.headers.push_back({"x-partial", partial});
  }
  head.headers.push_back({"x-request-id", exchange.request_id()});
  composition.rules.response.Apply(exchange.head().scheme, head.headers);
  co_return co_await exchange.Reply(head, answer->view());
}

Task<Status> Composer::MakeCalls(Run& run, Exchange& exchange, const rpc::Admitted& composition, TimePoint deadline) {
  const concurrency::RpcGates& gates = composition.rules.gates;
  const concurrency::Who who = rpc::WhoIs(exchange, composition.identity);
  std::optional<Result<concurrency::Permit>> entered = gates.TryEnter(who, exchange.loop());
  if (!entered) entered = co_await gates.Enter(exchange.loop(), who, deadline, &exchange);
  if (!*entered) co_return std::move(entered->error());
  co_return co_await run.MakeCalls();
}

}  // namespace dragoman::composition
