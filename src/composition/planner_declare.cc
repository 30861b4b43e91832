#include <algorithm>

#include "composition/planner.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::composition {

using google::protobuf::MethodDescriptor;
using transcoding::FieldPlan;
using transcoding::Quote;

std::optional<size_t> Planner::FindCall(std::string_view name) const {
  const auto found = std::ranges::find(composition_.calls, name, &config::CompositionCall::name);
  if (found == composition_.calls.end()) return std::nullopt;
  return static_cast<size_t>(found - composition_.calls.begin());
}

void Planner::Report(const config::Position& at, std::string what) {
  problems_.push_back({at.ToString(), std::move(what)});
}

std::string Planner::ChainOf(const std::vector<size_t>& calls) const {
  std::string text;
  for (const size_t call : calls) text += (text.empty() ? "" : " → ") + composition_.calls[call].name;
  return text;
}

bool Planner::Declare(size_t call) {
  Declared& declared = declared_[call];
  if (declared.state == State::kBegun) {
    std::vector<size_t> cycle(std::ranges::find(chain_, call), chain_.end());
    cycle.push_back(call);
    Report(composition_.calls[call].at, "calls wait for each other: " + ChainOf(cycle));
    return false;
  }
  if (declared.state != State::kNew) return declared.state == State::kDeclared;
  declared.state = State::kBegun;
  chain_.push_back(call);
  const bool good = DeclareMethod(call) && DeclareReplies(call) && DeclareList(call);
  chain_.pop_back();
  declared.state = good ? State::kDeclared : State::kFailed;
  return good;
}

bool Planner::DeclareMethod(size_t call) {
  const config::CompositionCall& configured = composition_.calls[call];
  const std::string& name = configured.batch ? configured.batch->method : configured.method;
  const config::Position& at = configured.batch ? configured.batch->at : configured.method_at;
  std::string full_name = name;
  std::ranges::replace(full_name, '/', '.');
  const MethodDescriptor* method = context_.schema.pool().FindMethodByName(full_name);
  const std::vector<routing::Rpc>& rpcs = context_.router.rpcs();
  if (method == nullptr) {
    std::vector<std::string> known;
    for (const auto* service : context_.schema.services()) {
      for (int i = 0; i < service->method_count(); ++i) {
        known.push_back(service->full_name() + "/" + service->method(i)->name());
      }
    }
    Report(at, "unknown method " + Quote(name) + DidYouMean(name, known));
    return false;
  }
  if (method->client_streaming() || method->server_streaming()) {
    Report(at, name + " is a stream; a composition calls unary methods");
    return false;
  }
  const auto rpc = std::ranges::find(rpcs, name, &routing::Rpc::name);
  if (rpc == rpcs.end()) {
    Report(at, name + " is not served; add " + method->service()->full_name() + " to services");
    return false;
  }
  Declared& declared = declared_[call];
  declared.method = method;
  declared.rpc = static_cast<size_t>(rpc - rpcs.begin());
  declared.reply = context_.plans.Find(method->output_type()->full_name());
  return true;
}

bool Planner::DeclareReplies(size_t call) {
  const config::CompositionCall& configured = composition_.calls[call];
  if (!configured.batch) return true;
  Declared& declared = declared_[call];
  const std::string& name = configured.batch->replies;
  declared.replies = declared.reply->Find(name);
  if (declared.replies == nullptr) {
    const FieldPlan* nearest = declared.reply->Nearest(name);
    Report(configured.batch->at, "replies: " + declared.reply->full_name() + " has no field " + Quote(name) +
                                     (nearest ? "; did you mean " + Quote(nearest->name) + "?" : ""));
    return false;
  }
  if (!declared.replies->repeated || declared.replies->map || declared.replies->message == nullptr) {
    Report(configured.batch->at,
           "replies: expected a list of messages, got " + TypeOf(*declared.replies, name).ToString());
    return false;
  }
  declared.reply = declared.replies->message;
  return true;
}

bool Planner::DeclareList(size_t call) {
  const config::CompositionCall& configured = composition_.calls[call];
  if (!configured.for_each) return true;
  Declared& declared = declared_[call];
  declared.list = Compile(*configured.for_each, nullptr, nullptr);
  if (!declared.list) return false;
  const config::Position at{composition_.at.file, configured.for_each->line, configured.for_each->column};
  const Type& type = declared.list->type();
  if (!type.list() || type.open < type.axes.size()) {
    Report(at, "for_each: expected a list that is gone through, such as {orders.orders[]}, got " + type.ToString() +
                   (type.list() ? "; write [] behind it" : ""));
    return false;
  }
  const std::optional<size_t> begins = Levels::BeginsWith(*declared.list);
  auto levels = Levels::Build(*declared.list, configured.level_names,
                              begins && declared_[*begins].levels ? &*declared_[*begins].levels : nullptr,
                              begins ? std::string_view(composition_.calls[*begins].name) : std::string_view());
  if (!levels) {
    Report(at, "for_each: " + levels.error());
    return false;
  }
  declared.levels = *std::move(levels);
  declared.axes = type.axes;
  return true;
}

}  // namespace dragoman::composition
