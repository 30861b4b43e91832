#include "composition/planner.h"

#include <algorithm>
#include <utility>

#include "composition/compile.h"
#include "rpc/json_rules.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using transcoding::FieldPlan;
using transcoding::MessagePlan;
using transcoding::Quote;

constexpr std::string_view kRoots[] = {"path", "query", "headers", "claims", "consumer"};

Type MessageType(const MessagePlan& message) {
  Type type;
  type.kind = Kind::kMessage;
  type.message = &message;
  return type;
}

}  // namespace

// The names that stand where an expression is: in a for_each, or not.
class Planner::CallScope : public Scope {
 public:
  CallScope(Planner& planner, Levels* levels) : planner_(planner), levels_(levels) {}

  std::optional<Variable> Find(std::string_view name) const override {
    if (name == "body") return planner_.inputs_->body();
    if (levels_ != nullptr) {
      if (const auto level = levels_->Find(name, planner_.next_variable_)) return level;
    }
    const std::optional<size_t> call = planner_.FindCall(name);
    if (!call) return std::nullopt;
    if (!planner_.Declare(*call)) {
      tainted_ = true;
      return std::nullopt;
    }
    const Declared& declared = planner_.declared_[*call];
    Variable reply{.number = *call, .type = MessageType(*declared.reply), .call = *call};
    reply.type.axes = declared.axes;
    reply.type.place = name;
    return reply;
  }
  bool HasMembers(std::string_view root) const override {
    return std::find(std::begin(kRoots), std::end(kRoots), root) != std::end(kRoots);
  }
  tl::expected<Variable, std::string> FindMember(std::string_view root, std::string_view name) override {
    return planner_.inputs_->Find(root, name, planner_.next_variable_);
  }
  std::optional<Variable> FindLevel(std::string_view name) const override {
    return levels_ == nullptr ? std::nullopt : levels_->FindLevel(name, planner_.next_variable_);
  }
  std::vector<std::string> Names() const override {
    std::vector<std::string> names(std::begin(kRoots), std::end(kRoots));
    if (planner_.inputs_->body()) names.emplace_back("body");
    for (const config::CompositionCall& call : planner_.composition_.calls) names.push_back(call.name);
    if (levels_ == nullptr) return names;
    for (std::string& name : levels_->OwnNames()) names.push_back(std::move(name));
    return names;
  }
  size_t AddLocal() override { return planner_.next_variable_++; }
  const std::vector<Axis>& axes() const override {
    static const std::vector<Axis> kNone;
    return levels_ == nullptr ? kNone : levels_->axes();
  }

  // A call was named that could not be declared: whatever else is wrong follows from that.
  bool tainted() const { return tainted_; }

 private:
  Planner& planner_;
  Levels* levels_;
  mutable bool tainted_ = false;
};

Planner::Planner(const config::Composition& composition, const PlanContext& context, Problems& problems)
    : composition_(composition),
      context_(context),
      problems_(problems),
      next_variable_(composition.calls.size()),
      declared_(composition.calls.size()) {}

Planner::~Planner() = default;

std::optional<Plan> Planner::Run() && {
  const size_t before = problems_.size();
  inputs_ = Inputs::Build(composition_, context_.schema, context_.plans, next_variable_, problems_);
  if (!inputs_) return std::nullopt;
  bool good = true;
  for (size_t call = 0; call < declared_.size(); ++call) good &= CompileCall(call);
  good &= CompileResponse();
  // What uses what is only known where everything is.
  if (!good || !CheckGraph() || problems_.size() > before) return std::nullopt;
  Plan plan{.configured = &composition_,
            .name = "compositions/" + composition_.name,
            .calls = std::move(calls_),
            .inputs = *std::move(inputs_),
            .response = *std::move(response_),
            .variables = next_variable_,
            .timeout = composition_.timeout,
            .critical_path = std::move(critical_path_)};
  const std::vector<routing::Rpc>& rpcs = context_.router.rpcs();
  plan.rpc = static_cast<size_t>(std::ranges::find(rpcs, plan.name, &routing::Rpc::name) - rpcs.begin());
  return plan;
}

std::optional<Expression> Planner::Compile(const config::Node& text, Levels* levels, const Type* expected) {
  Problems found;
  CallScope scope(*this, levels);
  auto compiled = Expression::Compile(text, scope, expected, {composition_.at.file, found});
  if (!scope.tainted()) std::move(found.begin(), found.end(), std::back_inserter(problems_));
  return compiled;
}

bool Planner::CompileCall(size_t call) {
  if (!Declare(call)) return false;
  const config::CompositionCall& configured = composition_.calls[call];
  Declared& declared = declared_[call];
  Levels* levels = declared.levels ? &*declared.levels : nullptr;
  bool good = true;

  std::optional<Expression> when;
  if (configured.when) {
    Type condition;
    condition.kind = Kind::kBool;
    when = Compile(*configured.when, levels, &condition);
    good &= when.has_value();
  }
  config::Node written = configured.request;
  std::optional<Batch> batch;
  std::optional<RequestTemplate> request;
  if (!configured.batch || CompileBatch(call, written, batch)) {
    // Of a batch: what all items have in common.
    Problems found;
    CallScope scope(*this, configured.batch ? nullptr : levels);
    request = RequestTemplate::Compile(written, *context_.plans.Find(declared.method->input_type()->full_name()), scope,
                                       "calls." + configured.name + ".request", {composition_.at.file, found});
    if (!scope.tainted()) std::move(found.begin(), found.end(), std::back_inserter(problems_));
  }
  good &= request.has_value();
  std::string otherwise;
  if (configured.otherwise) {
    const class Report report { composition_.at.file, problems_ };
    const MessagePlan& whole = *context_.plans.Find(declared.method->output_type()->full_name());
    auto reply = CompileConstant(*configured.otherwise, configured.batch ? *declared.reply : whole,
                                 "calls." + configured.name + ".default", report);
    good &= reply.has_value();
    if (reply) otherwise = *std::move(reply);
  }
  if (!good) return false;

  PlannedCall planned{.name = configured.name,
                      .rpc = declared.rpc,
                      .variable = call,
                      .reply = declared.reply,
                      .request = *std::move(request),
                      .for_each = {},
                      .when = std::move(when),
                      .batch = std::move(batch),
                      .failure = configured.failure,
                      .otherwise = std::move(otherwise),
                      .timeout = configured.timeout};
  const auto use = [&](CallSet uses, CallSet needs) {
    planned.inputs |= uses;
    planned.needs |= needs;
  };
  use(planned.request.uses(), planned.request.needs());
  if (planned.when) use(planned.when->uses(), planned.when->needs());
  if (planned.batch) use(planned.batch->item.uses(), planned.batch->item.needs());
  if (declared.list) {
    use(declared.list->uses(), declared.list->needs());
    planned.for_each = ForEach{.list = *declared.list,
                               .levels = declared.axes.size(),
                               .elements = levels->Elements(next_variable_),
                               .of_body = declared.list->uses() == 0,
                               .distinct = configured.distinct,
                               .concurrency = configured.concurrency,
                               .max_items = configured.max_items};
    // The elements of levels that another for_each goes through are read from its list.
    for (const ForEach::Element& element : planned.for_each->elements) use(UsesOf(*element.list), 0);
  }
  for (const std::string& name : configured.after) {
    if (const std::optional<size_t> before = FindCall(name)) use(SetOf(*before), SetOf(*before));
  }
  calls_.push_back(std::move(planned));
  return true;
}

// Takes the member that asks for the items out of `request`.
bool Planner::CompileBatch(size_t call, config::Node& request, std::optional<Batch>& batch) {
  const config::CompositionCall& configured = composition_.calls[call];
  Declared& declared = declared_[call];
  const MessagePlan& message = *context_.plans.Find(declared.method->input_type()->full_name());
  std::vector<config::Node::Entry> rest;
  for (config::Node::Entry& entry : request.entries) {
    const FieldPlan* field = message.Find(entry.key);
    const bool may_ask = field != nullptr && field->repeated && !field->map && field->message == nullptr &&
                         entry.value.kind == config::Node::Kind::kScalar;
    Problems found;
    CallScope scope(*this, &*declared.levels);
    std::optional<Expression> item;
    declared.levels->TakeAsked();
    if (may_ask) {
      const Type wanted = ElementTypeOf(*field);
      item = Expression::Compile(entry.value, scope, &wanted, {composition_.at.file, found});
    }
    if (!may_ask || !declared.levels->TakeAsked()) {
      rest.push_back(std::move(entry));
      continue;
    }
    if (!item) {
      if (!scope.tainted()) std::move(found.begin(), found.end(), std::back_inserter(problems_));
      return false;
    }
    if (batch) {
      Report({composition_.at.file, entry.line, entry.column},
             "batch: " + Quote(batch->asked->name) + " and " + Quote(field->name) +
                 " are both made of the items; expected one field that asks for them");
      return false;
    }
    const FieldPlan* match = configured.batch->match.empty() ? nullptr : CheckMatch(configured, *item);
    if (!configured.batch->match.empty() && match == nullptr) return false;
    batch = Batch{.asked = field,
                  .item = *std::move(item),
                  .replies = declared.replies,
                  .match = match,
                  .size = configured.batch->size};
  }
  request.entries = std::move(rest);
  if (!batch) {
    Report(configured.batch->at,
           "batch: no repeated field of the request is made of `each`; expected one that asks for "
           "the items, such as ids: \"{each.id}\"");
  }
  return batch.has_value();
}

// The field of a reply's element that tells which item it is of; null and a problem where there is none.
const FieldPlan* Planner::CheckMatch(const config::CompositionCall& call, const Expression& item) {
  const MessagePlan& reply = *declared_[*FindCall(call.name)].reply;
  const FieldPlan* match = reply.Find(call.batch->match);
  if (match == nullptr) {
    const FieldPlan* nearest = reply.Nearest(call.batch->match);
    Report(call.batch->at, "match: " + reply.full_name() + " has no field " + Quote(call.batch->match) +
                               (nearest ? "; did you mean " + Quote(nearest->name) + "?" : ""));
    return nullptr;
  }
  const Type type = TypeOf(*match, match->name);
  if (!Fits(item.type(), type)) {
    Report(call.batch->at,
           "match: the items are " + item.type().ToString() + ", but " + Quote(match->name) + " is " + type.ToString());
    return nullptr;
  }
  return match;
}

bool Planner::CompileResponse() {
  Problems found;
  CallScope scope(*this, nullptr);
  const std::string rpc = std::string(routing::kCompositions) + composition_.name;
  const auto self = std::ranges::find(context_.router.rpcs(), rpc, &routing::Rpc::name);
  const auto options = rpc::JsonWriteOptionsOf(context_.config, self->policy.json);
  response_ = ResponseTemplate::Compile(composition_, scope, options, {composition_.at.file, found});
  if (!scope.tainted()) std::move(found.begin(), found.end(), std::back_inserter(problems_));
  return response_.has_value();
}

}  // namespace dragoman::composition
