#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "routing/binding.h"
#include "routing/router_state.h"
#include "routing/service_map.h"
#include "transcoding/http_bindings.h"
#include "transcoding/http_template.h"
#include "transcoding/nearest.h"
#include "transcoding/path_index.h"
#include "transcoding/quote.h"

namespace dragoman::routing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using transcoding::HttpTemplate;
using transcoding::PathIndexBuilder;

// A binding whose template and plans are made.
struct Compiled {
  Binding binding;
  HttpTemplate path;
  Route route;
};

// token of RFC 9110 section 5.6.2.
bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string RuleText(const Binding& binding) { return binding.http_method + " " + binding.path; }

// "shop.v1.Catalog/GetItem"
std::string NameOf(const MethodDescriptor& method) { return method.service()->full_name() + "/" + method.name(); }

class Builder {
 public:
  Builder(const config::Config& config, const transcoding::Schema& schema, const transcoding::PlanSet& plans,
          const std::vector<std::string>& missing)
      : config_(config),
        schema_(schema),
        plans_(plans),
        to_come_(config.services, schema, missing),
        covering_(config.services, schema, problems_, &to_come_),
        policies_(config.policies, ServedNames(), problems_, &to_come_) {}

  // Errors: every problem of services, rules and annotations.
  tl::expected<Table, Problems> Build() && {
    const std::vector<uint32_t> order = Collect();
    auto index = IndexOf(order);
    if (!index) ReportClashes(order, index.error());
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return TableOf(order, *std::move(index));
  }

  Table BuildSound() && {
    std::vector<uint32_t> order = Collect();
    auto index = IndexOf(order);
    if (!index) {
      constexpr uint32_t kLeftOut = UINT32_MAX;
      for (const PathIndexBuilder::Clash& clash : index.error()) order[clash.second] = kLeftOut;
      std::erase(order, kLeftOut);
      index = IndexOf(order);
    }
    return TableOf(order, *std::move(index));
  }

 private:
  using Index = tl::expected<transcoding::PathIndex, std::vector<PathIndexBuilder::Clash>>;

  // Compiles everything; places in compiled_, in matching order.
  std::vector<uint32_t> Collect() {
    SortRules();
    for (const ServiceDescriptor* service : schema_.services()) {
      if (const config::Service* entry = covering_.Find(service)) AddService(*service, *entry);
    }
    for (size_t i = 0; i < config_.compositions.size(); ++i) {
      if (!PutOff(config_.compositions[i])) AddComposition(i);
    }
    return MatchingOrder();
  }

  Table TableOf(const std::vector<uint32_t>& order, transcoding::PathIndex index) {
    std::vector<Route> routes;
    routes.reserve(order.size());
    for (const uint32_t each : order) routes.push_back(std::move(compiled_[each].route));
    return {std::move(routes), std::move(unrouted_), std::move(rpcs_), std::move(index), std::move(to_come_.put_off())};
  }

  // How policies name what is served.
  std::vector<std::string> ServedNames() const {
    std::vector<std::string> names;
    for (const ServiceDescriptor* service : schema_.services()) {
      if (covering_.Find(service) == nullptr) continue;
      for (int i = 0; i < service->method_count(); ++i) names.push_back(NameOf(*service->method(i)));
    }
    for (const config::Composition& composition : config_.compositions) {
      names.push_back(std::string(kCompositions) + composition.name);
    }
    return names;
  }

  // Whether it has a name that may yet come. Nothing is served by it until then, so that it matters to nobody else what
  // it means; but that a known service gets no further methods is certain.
  bool PutOff(const config::Composition& composition) {
    if (to_come_.empty()) return false;
    std::string unknown = UnknownMethodOf(composition);
    if (unknown.empty()) unknown = UnknownTypeOf(composition);
    if (unknown.empty()) return false;
    to_come_.put_off().push_back({composition.at.ToString(), "composition " + transcoding::Quote(composition.name) +
                                                                 ": the descriptors have no " + unknown});
    return true;
  }

  // "method \"users.v1.Users/Get\"" of an unknown service; empty: there is none.
  std::string UnknownMethodOf(const config::Composition& composition) const {
    for (const config::CompositionCall& call : composition.calls) {
      const std::string& method = call.batch ? call.batch->method : call.method;
      if (!schema_.pool().FindServiceByName(method.substr(0, method.find('/'))))
        return "method " + transcoding::Quote(method);
    }
    return {};
  }

  // "type \"users.v1.User\"", of the parameters or the body; empty: there is none.
  std::string UnknownTypeOf(const config::Composition& composition) const {
    std::vector<std::string_view> types;
    for (const config::CompositionParameter& parameter : composition.parameters) types.push_back(parameter.type);
    if (composition.body) {
      types.push_back(composition.body->message);
      AppendTypes(composition.body->fields, types);
    }
    const auto unknown = std::ranges::find_if(types, [this](std::string_view type) { return !KnowsType(type); });
    return unknown != types.end() ? "type " + transcoding::Quote(*unknown) : std::string();
  }

  // The nesting of the configuration is bounded, so this is too.
  static void AppendTypes(const std::vector<config::DeclaredField>& fields, std::vector<std::string_view>& types) {
    for (const config::DeclaredField& field : fields) {
      types.push_back(field.type);
      AppendTypes(field.fields, types);
    }
  }

  // Empty: it is declared in place.
  bool KnowsType(std::string_view type) const {
    if (type.empty()) return true;
    for (int scalar = 1; scalar <= FieldDescriptor::MAX_TYPE; ++scalar) {
      if (type == FieldDescriptor::TypeName(static_cast<FieldDescriptor::Type>(scalar))) return true;
    }
    const std::string name(type);
    return schema_.pool().FindMessageTypeByName(name) != nullptr || schema_.pool().FindEnumTypeByName(name) != nullptr;
  }

  // Some composition calls it.
  bool IsPart(std::string_view rpc) const {
    return std::ranges::any_of(config_.compositions, [&](const config::Composition& composition) {
      return std::ranges::any_of(composition.calls, [&](const config::CompositionCall& call) {
        return call.method == rpc || (call.batch && call.batch->method == rpc);
      });
    });
  }

  // Puts the entries of http_rules by method; what selects none, or one that nothing serves, is a problem.
  void SortRules() {
    std::map<std::string_view, const MethodDescriptor*> methods;
    std::vector<std::string_view> names;
    for (const ServiceDescriptor* service : schema_.services()) {
      for (int i = 0; i < service->method_count(); ++i) {
        methods[service->method(i)->full_name()] = service->method(i);
        names.push_back(service->method(i)->full_name());
      }
    }
    for (const config::HttpRule& rule : config_.http_rules) {
      const auto method = methods.find(rule.selector);
      if (method == methods.end()) {
        const std::string_view service = std::string_view(rule.selector).substr(0, rule.selector.rfind('.'));
        Problem dangles = {rule.at.ToString(), "http_rules: the descriptors have no method " +
                                                   transcoding::Quote(rule.selector) +
                                                   DidYouMean(rule.selector, names)};
        if (!to_come_.PutOff(service, dangles)) problems_.push_back(std::move(dangles));
      } else if (!covering_.Find(method->second->service())) {
        Report(rule.at, "http_rules: " + rule.selector + " is not served: no entry of services covers " +
                            method->second->service()->full_name());
      } else {
        rules_[method->second].push_back(&rule);
      }
    }
  }

  void AddService(const ServiceDescriptor& service, const config::Service& entry) {
    const auto backend = std::ranges::find(config_.backends, entry.backend, &config::Backend::name);
    if (backend == config_.backends.end()) {
      Report(entry.at, "services: there is no backend " + transcoding::Quote(entry.backend));
      return;
    }
    bool any_rule = false;
    for (int i = 0; i < service.method_count(); ++i) {
      any_rule = any_rule || transcoding::HasAnnotation(*service.method(i)) || rules_.contains(service.method(i));
    }
    const bool expose_all =
        entry.expose == config::Expose::kAll || (entry.expose == config::Expose::kDefault && !any_rule);
    for (int i = 0; i < service.method_count(); ++i) {
      const MethodDescriptor& method = *service.method(i);
      const std::string rpc = NameOf(method);
      std::vector<Binding> bindings = BindingsOf(method, entry, expose_all);
      const bool part = IsPart(rpc);
      if (bindings.empty()) {
        unrouted_.push_back({.rpc = rpc,
                             .why = part ? "only compositions call it"
                                         : "no google.api.http annotation and no entry in http_rules"});
        if (!part) continue;
      }
      rpcs_.push_back({.name = rpc,
                       .grpc_path = "/" + rpc,
                       .method = &method,
                       .streaming = {.requests = method.client_streaming(), .replies = method.server_streaming()},
                       .backend = static_cast<size_t>(backend - config_.backends.begin()),
                       .policy = policies_.Find(rpc)});
      for (Binding& binding : bindings) Compile(std::move(binding));
    }
  }

  void AddComposition(size_t index) {
    const config::Composition& composition = config_.compositions[index];
    const std::string name = std::string(kCompositions) + composition.name;
    rpcs_.push_back({.name = name, .composition = index, .policy = policies_.Find(name)});
    Compile(BindingOf(composition));
  }

  std::vector<Binding> BindingsOf(const MethodDescriptor& method, const config::Service& entry, bool expose_all) {
    std::vector<Binding> bindings;
    if (const auto rules = rules_.find(&method); rules != rules_.end()) {
      for (const config::HttpRule* rule : rules->second) {
        std::ranges::move(ConfiguredBindings(method, *rule, problems_), std::back_inserter(bindings));
      }
    } else {
      bindings = AnnotatedBindings(method, schema_.declarations(), problems_);
    }
    if (expose_all) {
      Binding exposed = ExposedBinding(method, entry);
      const bool has_it = std::ranges::any_of(bindings, [&](const Binding& each) {
        return each.http_method == exposed.http_method && each.path == exposed.path;
      });
      if (!has_it) bindings.push_back(std::move(exposed));
    }
    return bindings;
  }

  // A binding of the last RPC.
  void Compile(Binding binding) {
    const Rpc& rpc = rpcs_.back();
    const auto report = [&](std::string what) { problems_.push_back(ProblemOf(binding, std::move(what))); };
    if (!IsToken(binding.http_method)) {
      return report("custom kind: expected an HTTP method or *, got " + transcoding::Quote(binding.http_method));
    }
    if (binding.http_method == "TRACE" || binding.http_method == "CONNECT") {
      return report("custom kind: " + binding.http_method + " is served to nobody; expected another HTTP method, or *");
    }
    auto path = HttpTemplate::Parse(binding.path);
    if (!path) return report("path template " + transcoding::Quote(binding.path) + ", " + path.error());
    Route route{.method = rpc.method,
                .composition = rpc.composition,
                .rpc = rpc.name,
                .rpc_index = rpcs_.size() - 1,
                .streaming = rpc.streaming,
                .grpc_path = rpc.grpc_path,
                .backend = rpc.backend,
                .http_method = binding.http_method,
                .path = binding.path,
                .body = binding.body,
                .response_body = binding.response_body,
                .origin = binding.origin};
    if (rpc.method != nullptr) {
      auto request = transcoding::RequestPlan::Build(plans_.GetDeferred(rpc.method->input_type()), *path, binding.body,
                                                      binding.http_method);
      if (!request) report(RuleText(binding) + ": " + request.error());
      auto reply = transcoding::ReplyPlan::Build(plans_.GetDeferred(rpc.method->output_type()), binding.response_body);
      if (!reply) report(RuleText(binding) + ": " + reply.error());
      if (!request || !reply) return;
      route.request = *std::move(request);
      route.reply = *std::move(reply);
    }
    compiled_.push_back({.binding = std::move(binding), .path = *std::move(path), .route = std::move(route)});
  }

  // Places in compiled_; of routes that clash in the order of the descriptors.
  std::vector<uint32_t> MatchingOrder() const {
    std::vector<uint32_t> order(compiled_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [this](uint32_t left, uint32_t right) {
      const Compiled& a = compiled_[left];
      const Compiled& b = compiled_[right];
      return TriedBefore(a.route.http_method, a.path, b.route.http_method, b.path);
    });
    return order;
  }

  // Clashes are by places in `order`.
  Index IndexOf(const std::vector<uint32_t>& order) const {
    PathIndexBuilder builder;
    for (uint32_t i = 0; i < order.size(); ++i) {
      const Compiled& each = compiled_[order[i]];
      builder.Add(each.route.http_method, each.path, i);
    }
    return std::move(builder).Build();
  }

  void ReportClashes(const std::vector<uint32_t>& order, const std::vector<PathIndexBuilder::Clash>& clashes) {
    std::map<uint32_t, std::vector<const Binding*>> groups;  // by the first of them
    for (const PathIndexBuilder::Clash& clash : clashes) groups[clash.first].push_back(&compiled_[order[clash.second]].binding);
    for (const auto& [first, others] : groups) ReportClash(compiled_[order[first]].binding, others);
  }

  // Two rules in one line; what more of them share is told once.
  void ReportClash(const Binding& first, const std::vector<const Binding*>& others) {
    const auto full_text = [](const Binding& each) {
      return RuleText(each) + " of " + (each.where_names_subject ? each.where : each.subject + " (" + each.where + ")");
    };
    constexpr std::string_view kSame = " matches the same requests as ";
    if (others.size() == 1) {
      const Binding& second = *others.front();
      return problems_.push_back(ProblemOf(second, RuleText(second) + std::string(kSame) + full_text(first)));
    }
    std::string what = RuleText(first) + std::string(kSame) + std::to_string(others.size()) + " other rules:";
    for (const Binding* other : others) what += "\n    " + full_text(*other);
    problems_.push_back(ProblemOf(first, std::move(what)));
  }

  void Report(const config::Position& at, std::string what) {
    problems_.push_back({.where = at.ToString(), .what = std::move(what)});
  }

  const config::Config& config_;
  const transcoding::Schema& schema_;
  const transcoding::PlanSet& plans_;
  Problems problems_;
  NamesToCome to_come_;
  ServiceMap covering_;
  PolicyMap policies_;
  std::map<const MethodDescriptor*, std::vector<const config::HttpRule*>> rules_;
  std::vector<Compiled> compiled_;  // in the order of the descriptors
  std::vector<Unrouted> unrouted_;
  std::vector<Rpc> rpcs_;
};

}  // namespace

tl::expected<Router, Problems> BuildRouter(const config::Config& config, const transcoding::Schema& schema,
                                           const transcoding::PlanSet& plans, const std::vector<std::string>& missing) {
  auto table = Builder(config, schema, plans, missing).Build();
  if (!table) return tl::unexpected(std::move(table.error()));
  return Router(std::make_unique<Router::State>(Router::State{*std::move(table)}));
}

Router BuildSoundRouter(const config::Config& config, const transcoding::Schema& schema, const transcoding::PlanSet& plans,
                        const std::vector<std::string>& missing) {
  return Router(std::make_unique<Router::State>(Router::State{Builder(config, schema, plans, missing).BuildSound()}));
}

}  // namespace dragoman::routing
