#include "composition/graph_text.h"

#include <algorithm>
#include <vector>

#include "config/scalar.h"

namespace dragoman::composition {
namespace {

using Row = std::vector<std::string>;

std::string Rendered(Duration duration) {
  return config::RenderDuration(std::chrono::duration_cast<config::Milliseconds>(duration));
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Indented columns; the last one is not padded.
std::string Columns(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], CodePoints(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    text += "  ";
    for (size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - CodePoints(row[i]) + 2, ' ');
    }
    text += "\n";
  }
  return text;
}

std::string TypesOf(const PlannedCall& call, const routing::Router& router) {
  const auto& method = *router.rpcs()[call.rpc].method;
  return method.input_type()->full_name() + " → " + method.output_type()->full_name();
}

// "for each of {orders.orders[]}, distinct, 8 at once", "when {…}", "optional", each by itself.
std::vector<std::string> TermsOf(const PlannedCall& call, const config::CompositionCall& configured) {
  std::vector<std::string> terms;
  if (call.for_each) {
    std::string each = "for each of " + configured.for_each->text;
    if (call.batch) each += ", " + std::to_string(call.batch->size) + " together";
    if (call.for_each->distinct) each += ", distinct";
    terms.push_back(each + ", " + std::to_string(call.for_each->concurrency) + " at once");
  }
  if (call.when) terms.push_back("when " + configured.when->text);
  if (call.failure == PlannedCall::Failure::kOptional) terms.emplace_back("optional");
  if (call.failure == PlannedCall::Failure::kDefault) terms.emplace_back("has a default");
  if (call.timeout) terms.push_back("within " + Rendered(*call.timeout));
  return terms;
}

// "a, b" of the calls in `set`.
std::string NamesOf(const Plan& plan, CallSet set) {
  std::string names;
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    if ((set & SetOf(i)) != 0) names += (names.empty() ? "" : ", ") + plan.calls[i].name;
  }
  return names;
}

std::string HeadOf(const Plan& plan) { return plan.configured->http_method + " " + plan.configured->path; }

std::string DrawText(const Plan& plan, const routing::Router& router) {
  std::vector<Row> calls;
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    const PlannedCall& call = plan.calls[i];
    std::vector<std::string> terms = TermsOf(call, plan.configured->calls[i]);
    if (call.inputs != 0) terms.insert(terms.begin(), "after " + NamesOf(plan, call.inputs));
    std::string said;
    for (const std::string& term : terms) said += (said.empty() ? "" : "; ") + term;
    calls.push_back({call.name, router.rpcs()[call.rpc].name, TypesOf(call, router)});
    if (!said.empty()) calls.back().push_back(std::move(said));
  }
  std::vector<Row> answer;
  for (const auto& [name, type] : plan.response.Describe()) answer.push_back({name, type});
  return plan.name + ": " + HeadOf(plan) + ", within " + Rendered(plan.timeout) + "\n\ncalls:\n" + Columns(calls) +
         "answer:\n" + Columns(answer) + "critical path: " + DrawCriticalPath(plan) + "\n";
}

// Text within a quoted label.
std::string Label(std::string_view text) {
  std::string label;
  for (const char c : text) {
    switch (c) {
      case '"':
        label += "#quot;";
        break;
      case '<':
        label += "#lt;";
        break;
      case '>':
        label += "#gt;";
        break;
      case '#':
        label += "#35;";
        break;
      case '\n':
        label += "<br/>";
        break;
      default:
        label += c;
    }
  }
  return label;
}

std::string DrawMermaid(const Plan& plan, const routing::Router& router) {
  std::string text = "flowchart LR\n  request([\"" + Label(HeadOf(plan)) + "\"])\n";
  const auto node = [](size_t call) { return "call" + std::to_string(call); };  // names may be words of Mermaid
  const CallSet answered = plan.response.uses(nullptr);
  std::string edges;
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    const PlannedCall& call = plan.calls[i];
    std::string label = call.name + "\n" + router.rpcs()[call.rpc].name + "\n" + TypesOf(call, router);
    for (const std::string& term : TermsOf(call, plan.configured->calls[i])) label += "\n" + term;
    const bool many = call.for_each.has_value();
    text += "  " + node(i) + (many ? "[[\"" : "[\"") + Label(label) + (many ? "\"]]\n" : "\"]\n");
    // What may be missing hangs by a dotted line.
    const char* arrow = call.failure == PlannedCall::Failure::kRequired ? " --> " : " -.-> ";
    if (call.inputs == 0) edges += "  request --> " + node(i) + "\n";
    for (size_t other = 0; other < plan.calls.size(); ++other) {
      if ((plan.calls[other].inputs & SetOf(i)) != 0) edges += "  " + node(i) + arrow + node(other) + "\n";
    }
    if ((answered & SetOf(i)) != 0) edges += "  " + node(i) + arrow + "answer\n";
  }
  std::string answer = "answer";
  for (const auto& [name, type] : plan.response.Describe()) answer += "\n" + name + ": " + type;
  text += "  answer([\"" + Label(answer) + "\"])\n" + edges;
  const std::vector<size_t>& critical = plan.critical_path.calls;
  for (size_t i = 0; i < critical.size(); ++i) {
    text += (i == 0 ? "  class " : ",") + node(critical[i]);
    if (i + 1 == critical.size()) text += " critical\n  classDef critical stroke-width:3px\n";
  }
  return text;
}

}  // namespace

std::string DrawGraph(const Plan& plan, const routing::Router& router, GraphForm form) {
  return form == GraphForm::kText ? DrawText(plan, router) : DrawMermaid(plan, router);
}

std::string DrawCriticalPath(const Plan& plan) {
  std::string chain;
  std::string open;
  for (const size_t i : plan.critical_path.calls) {
    const PlannedCall& call = plan.calls[i];
    chain += (chain.empty() ? "" : " → ") + call.name;
    if (call.timeout) {
      chain += " (" + Rendered(*call.timeout) + ")";
    } else {
      open += (open.empty() ? "" : ", ") + call.name;
    }
  }
  const std::string whole = Rendered(plan.timeout);
  if (plan.critical_path.timeouts == Duration::zero()) return chain + ": no time-outs of their own within " + whole;
  chain += ": " + Rendered(plan.critical_path.timeouts) + " of " + whole;
  return open.empty() ? chain : chain + ", and what " + open + " takes";
}

}  // namespace dragoman::composition
