#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "composition/graph_text.h"
#include "composition/plan.h"
#include "composition/wanted.h"
#include "config/scalar.h"
#include "exchange/media_type.h"
#include "explain/explainer.h"
#include "transcoding/percent.h"
#include "transcoding/request_text.h"

// A composition: its inputs, its calls, and what those ask that wait for no other one.
namespace dragoman::explain {
namespace {

using composition::CallSet;
using composition::SetOf;

std::string NamesOf(const composition::Plan& plan, CallSet set) {
  std::string names;
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    if ((set & SetOf(i)) != 0) names += (names.empty() ? "" : ", ") + plan.calls[i].name;
  }
  return names;
}

}  // namespace

void Explainer::TellInputs(const composition::Plan& plan) {
  const std::vector<std::string> names = plan.inputs.names("path");
  std::string scratch;
  for (size_t i = 0; i < names.size() && i < match_.captures.size(); ++i) {
    const auto text = transcoding::PercentDecode(match_.captures[i], transcoding::PercentDecoding::kFull, scratch);
    out_.fields.push_back({.field = "path." + names[i],
                           .source = "path",
                           .name = names[i],
                           .value = std::string(text ? *text : match_.captures[i]),
                           .note = {}});
  }
  const std::vector<std::string> none;
  transcoding::QueryReader query(exchange_->head().query(), none);
  while (query.Next()) {
    const bool hidden = HidesParameter(query.key());
    out_.fields.push_back({.field = hidden ? "" : "query." + std::string(query.key()),
                           .source = "query",
                           .name = std::string(query.key()),
                           .value = hidden ? "(hidden)" : std::string(query.value()),
                           .note = hidden ? "carries a credential" : ""});
  }
  if (plan.inputs.body() && !exchange_->bodyless()) {
    out_.fields.push_back({.field = "body", .source = "body", .name = {}, .value = {}, .note = plan.inputs.body()->type.message->full_name()});
  }
}

// As composition::Composer.
void Explainer::Compose() {
  const composition::Plan& plan = generation_.compositions[*route_->composition];
  Explanation::Composition& told = out_.composition.emplace();
  told.name = plan.configured->name;
  told.graph = composition::DrawGraph(plan, generation_.router, composition::GraphForm::kText);
  TellInputs(plan);
  TellAuthorize(nullptr);
  TellLimits(nullptr);

  Buffer* body = nullptr;
  Status bad;
  if (!exchange_->bodyless()) {
    const Result<Buffer*> read = RunNow(exchange_->ReadBody());
    if (read) {
      body = *read;
    } else {
      bad = read.error();
    }
    if (body != nullptr && !body->empty()) {
      const auto syntax = SyntaxOfBody(exchange_->head(), body->view(), {});
      if (!syntax) bad = syntax.error();
    }
  }
  Refuse("message", bad);
  TellDeadline();

  composition::Arena arena;
  composition::Bindings bindings;
  bindings.variables.resize(plan.variables);
  bindings.arena = &arena;
  Buffer inputs;
  std::string fields;
  if (bad.ok()) {
    bad = plan.inputs.Bind({.head = exchange_->head(),
                            .captures = {match_.captures.data(), match_.captures.size()},
                            .query = exchange_->head().query(),
                            .body = body,
                            .identity = identity_},
                           rules_->json->request, codec_, bindings, inputs, fields);
    Refuse("message", bad);
  }
  composition::ResponseTemplate::SelectionPtr selection;
  if (bad.ok() && !fields.empty()) {
    auto selected = plan.response.Select(fields);
    if (selected) {
      selection = *std::move(selected);
    } else {
      bad = std::move(selected.error());
      Refuse("message", bad);
    }
  }
  const CallSet wanted = composition::WantedCalls(plan, selection.get());
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    told.parts.push_back(TellPart(plan, i, bad.ok() ? &bindings : nullptr, (wanted & SetOf(i)) != 0));
  }
  TellHeadersOfParts(plan, told);
  if (!refusal_.ok()) told.note = "none of them is made, since " + stage_ + " refuses the request; they are what it would come to otherwise";
}

// What all calls get in the same way is told once.
void Explainer::TellHeadersOfParts(const composition::Plan& plan, Explanation::Composition& told) {
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    Explanation::Part& part = told.parts[i];
    const Status no = TellHeaders(plan.calls[i].rpc, part.headers);
    if (!no.ok() && part.note.empty()) part.note = "fails: " + std::string(no.message());
  }
  const auto of_all = [&told](const Explanation::ForwardedHeader& header) {
    return std::ranges::all_of(told.parts, [&header](const Explanation::Part& part) { return std::ranges::find(part.headers, header) != part.headers.end(); });
  };
  std::ranges::copy_if(told.parts.front().headers, std::back_inserter(out_.headers), of_all);
  for (Explanation::Part& part : told.parts) {
    std::erase_if(part.headers, [this](const auto& header) { return std::ranges::find(out_.headers, header) != out_.headers.end(); });
  }
}

// As composition::Run: the call's own time-out, or that of its RPC, where it ends before the composition does.
void Explainer::TellPartDeadline(const composition::PlannedCall& call, Explanation::Part& part) const {
  const routing::Rpc& rpc = generation_.router.rpcs()[call.rpc];
  const Duration allowed = generation_.rules[call.rpc].timeout;
  const bool own = call.timeout && *call.timeout <= allowed;
  const Duration shorter = own ? Duration(*call.timeout) : allowed;
  if (shorter >= rules_->timeout) return;
  part.deadline = config::RenderDuration(std::chrono::duration_cast<config::Milliseconds>(shorter));
  part.deadline_from = own ? "its own timeout" : rpc.policy.timeout ? "its policy's timeout" : "backends." + part.backend + ".timeout";
}

// `bindings`: null where there are none. They stand where the call's own condition and request are.
Explanation::Part Explainer::TellPart(const composition::Plan& plan, size_t index, composition::Bindings* bindings, bool wanted) {
  const composition::PlannedCall& call = plan.calls[index];
  const routing::Rpc& rpc = generation_.router.rpcs()[call.rpc];
  const rpc::Rules& rules = generation_.rules[call.rpc];
  Explanation::Part part{.name = call.name, .rpc = rpc.name, .backend = config_.backends[rpc.backend].name, .callers = {}, .limits = {}, .deadline = {}, .deadline_from = {}, .headers = {}, .messages = {}, .note = {}};
  if (plan.configured->enforce_parts) {
    part.callers = rules.access.description();
    part.limits = rules.Bounds();
  }
  TellPartDeadline(call, part);
  if (!wanted) {
    part.note = "not called: the answer that is asked for does without it";
  } else if (call.inputs != 0) {
    part.note = "after " + NamesOf(plan, call.inputs);
  } else if (call.for_each) {
    part.note = "for each of " + plan.configured->calls[index].for_each->text;
  } else if (bindings != nullptr) {
    bindings->indices.clear();
    bindings->missing = false;
    if (call.when) {
      const auto holds = call.when->Evaluate(*bindings);
      if (holds && (holds->absent() || !holds->boolean)) {
        part.note = "not called: its condition does not hold";
        return part;
      }
    }
    Buffer wire;
    Status no = call.request.Encode(*bindings, wire);
    if (!no.ok()) {
      part.note = "fails: " + std::string(no.message());
    } else if (bindings->missing) {
      part.note = "not called: something that it needs is missing";
    } else {
      part.messages.push_back(Render(rpc.method->input_type(), wire.view()));
    }
  }
  return part;
}

}  // namespace dragoman::explain
