#include "config/composition_schema.h"

#include <algorithm>
#include <array>
#include <map>

#include "config/schema_parts.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using std::chrono::hours;
using transcoding::Quote;

constexpr size_t kMaxCompositions = 1000;
constexpr size_t kMaxCallsOfOne = 64;
constexpr size_t kMaxParameters = 100;
constexpr size_t kMaxBodyFields = 1000;  // of one level
constexpr size_t kMaxLevels = 8;         // of a for_each
constexpr size_t kMaxMerged = 64;
constexpr size_t kMaxNameBytes = 64;

constexpr std::array<std::string_view, 6> kRoots = {"path", "query", "headers", "claims", "consumer", "body"};
constexpr std::array<std::string_view, 8> kWords = {"and", "or", "not", "in", "true", "false", "null", "each"};

bool IsIdentifier(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && IsMadeOf(text, "_") && (text[0] < '0' || text[0] > '9');
}

bool IsMethod(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && IsProtoName(text.substr(0, slash)) &&
         IsMadeOf(text.substr(slash + 1), "_") && slash + 1 < text.size();
}

template <size_t kCount>
bool IsOneOf(std::string_view text, const std::array<std::string_view, kCount>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Why a name that expressions use may not be called so; empty: it may.
std::string WhyNoName(std::string_view name) {
  if (!IsIdentifier(name)) {
    return "expected a name of letters, digits and \"_\" that does not begin with a digit, at most 64 bytes, got " +
           Quote(name);
  }
  if (IsOneOf(name, kRoots)) return Quote(name) + " is what expressions call a part of the request";
  if (IsOneOf(name, kWords)) return Quote(name) + " is a word of the expressions";
  return {};
}

// Reports the keys that stand twice in a mapping whose keys the operator invents.
bool IsTwice(const Node::Entry& entry, std::map<std::string, int>& lines, ReadContext& context) {
  const auto [found, added] = lines.emplace(entry.key, entry.line);
  if (added) return false;
  context.Report(entry.line, entry.column,
                 "key " + Quote(entry.key) + " stands twice; first in line " + std::to_string(found->second));
  return true;
}

// int32, [int32], shop.v1.Address
bool ReadType(const Node& node, ReadContext& context, std::string& type, bool& repeated) {
  const bool list = node.kind == Node::Kind::kList && node.items.size() == 1;
  const Node& name = list ? node.items.front() : node;
  if (name.kind != Node::Kind::kScalar || !IsProtoName(name.text)) {
    ReportExpected(context, name, "a type such as int32, [string] or shop.v1.Category");
    return false;
  }
  type = name.text;
  repeated = list;
  return true;
}

// limit: {type: int32, default: 5}
void ReadParameter(const Node::Entry& entry, const std::string& path, ReadContext& context,
                   std::vector<CompositionParameter>& parameters) {
  CompositionParameter parameter;
  parameter.name = entry.key;
  parameter.at = {context.At(entry.value).file, entry.line, entry.column};
  if (!IsIdentifier(entry.key)) context.Report(parameter.at, WhyNoName(entry.key));
  MappingReader map(entry.value, path, context);
  if (const Node* type = map.Find("type", Presence::kRequired)) {
    ReadType(*type, context, parameter.type, parameter.repeated);
  }
  map.Boolean("required", parameter.required);
  if (const Node* otherwise = map.Find("default")) {
    if (otherwise->kind != Node::Kind::kScalar) {
      ReportExpected(context, *otherwise, "a value as a client would write it");
    } else if (parameter.required) {
      context.Report(*otherwise, "\"default\" beside \"required\", which a client must give anyway");
    } else if (parameter.repeated) {
      context.Report(*otherwise, "a list has no default; it is empty where a client gives none");
    } else {
      parameter.otherwise = otherwise->text;
    }
  }
  parameters.push_back(std::move(parameter));
}

// {user_id: string, lines: [{item_id: string, quantity: int32}]}; YAML bounds the nesting.
void ReadDeclaredFields(const Node& node, ReadContext& context, std::vector<DeclaredField>& fields) {
  if (node.kind != Node::Kind::kMapping || node.entries.empty()) {
    return ReportExpected(context, node, "a mapping of at least one field");
  }
  if (node.entries.size() > kMaxBodyFields) {
    return context.Report(node, "expected at most " + std::to_string(kMaxBodyFields) + " entries, got " +
                                    std::to_string(node.entries.size()));
  }
  std::map<std::string, int> lines;
  for (const Node::Entry& entry : node.entries) {
    if (IsTwice(entry, lines, context)) continue;
    DeclaredField field;
    field.name = entry.key;
    field.at = {context.At(node).file, entry.line, entry.column};
    if (!IsIdentifier(entry.key)) context.Report(field.at, WhyNoName(entry.key));
    const bool list = entry.value.kind == Node::Kind::kList && entry.value.items.size() == 1;
    const Node& type = list ? entry.value.items.front() : entry.value;
    if (type.kind == Node::Kind::kMapping) {
      field.repeated = list;
      ReadDeclaredFields(type, context, field.fields);
    } else {
      ReadType(entry.value, context, field.type, field.repeated);
    }
    fields.push_back(std::move(field));
  }
}

// body: shop.v1.CheckoutRequest, or {fields: {user_id: string}}
void ReadBody(const Node& node, const std::string& path, ReadContext& context, CompositionBody& body) {
  body.at = context.At(node);
  if (node.kind == Node::Kind::kScalar && IsProtoName(node.text)) {
    body.message = node.text;
    return;
  }
  if (node.kind != Node::Kind::kMapping) {
    return ReportExpected(context, node, "a message such as shop.v1.CheckoutRequest, or {fields: {…}}");
  }
  MappingReader map(node, path, context);
  if (const Node* fields = map.Find("fields", Presence::kRequired)) ReadDeclaredFields(*fields, context, body.fields);
}

void ReadMethod(MappingReader& map, std::string_view key, std::string& out, Position& at, Presence presence) {
  const Node* node = map.Find(key, presence);
  if (node == nullptr) return;
  at = map.context().At(*node);
  const std::string* text = ReadText(*node, map.context());
  if (text == nullptr) return;
  out = *text;
  if (!IsMethod(*text)) ReportExpected(map.context(), *node, "a method such as shop.v1.Catalog/GetItem");
}

// The node below `key`, if it is a text.
void ReadExpression(MappingReader& map, std::string_view key, std::optional<Node>& out) {
  const Node* node = map.Find(key);
  if (node != nullptr && ReadText(*node, map.context()) != nullptr) out = *node;
}

// The node below `key`, if it is a mapping.
const Node* FindMapping(MappingReader& map, std::string_view key) {
  const Node* node = map.Find(key);
  if (node == nullptr || node->kind == Node::Kind::kMapping) return node;
  ReportExpected(map.context(), *node, "a mapping");
  return nullptr;
}

// What is only said of a for_each.
void ReadItems(MappingReader& map, CompositionCall& call) {
  ReadContext& context = map.context();
  ReadExpression(map, "for_each", call.for_each);
  const bool alone = map.Find("for_each") == nullptr;
  const auto belongs = [&](std::string_view key) {
    const Node* node = map.Find(key);
    if (node == nullptr) return false;
    if (alone) context.Report(*node, Quote(key) + " belongs to a for_each, which is not there");
    return true;
  };
  belongs("as");
  map.List("as", kMaxLevels, [&](const Node& item, const std::string&) {
    const std::string* name = ReadText(item, context);
    if (name == nullptr) return;
    if (std::string why = WhyNoName(*name); !why.empty()) return context.Report(item, std::move(why));
    if (std::find(call.level_names.begin(), call.level_names.end(), *name) != call.level_names.end()) {
      return context.Report(item, Quote(*name) + " stands twice");
    }
    call.level_names.push_back(*name);
  });
  belongs("distinct");
  map.Boolean("distinct", call.distinct);
  belongs("concurrency");
  map.Integer<uint32_t>("concurrency", call.concurrency, 1, 1000);
  belongs("max_items");
  map.Integer<uint32_t>("max_items", call.max_items, 1, 100'000);
  belongs("batch");
  map.Mapping("batch", [&](MappingReader& batch, const Node& value) {
    call.batch.emplace(CompositionCall::Batch{}).at = context.At(value);
    ReadMethod(batch, "method", call.batch->method, call.batch->at, Presence::kRequired);
    batch.Text("replies", call.batch->replies, Presence::kRequired);
    batch.Text("match", call.batch->match);
    batch.Integer<uint32_t>("size", call.batch->size, 1, 10'000);
  });
}

// user: {method: shop.v1.Users/GetUser, request: {id: "{path.user_id}"}}
void ReadCall(const Node::Entry& entry, const std::string& path, ReadContext& context,
              std::vector<CompositionCall>& calls) {
  CompositionCall call;
  call.name = entry.key;
  call.at = {context.At(entry.value).file, entry.line, entry.column};
  if (std::string why = WhyNoName(entry.key); !why.empty()) context.Report(call.at, std::move(why));

  MappingReader map(entry.value, path, context);
  ReadMethod(map, "method", call.method, call.method_at, Presence::kOptional);
  ReadItems(map, call);
  const Node* batch = map.Find("batch");
  if (batch != nullptr && map.Find("method") != nullptr) {
    context.Report(*batch, "\"batch\" beside \"method\"; expected one of method or batch");
  } else if (batch == nullptr && map.Find("method") == nullptr && entry.value.kind == Node::Kind::kMapping) {
    context.Report(entry.value, "expected one of method or batch");
  }
  if (const Node* request = FindMapping(map, "request")) call.request = *request;
  ReadExpression(map, "when", call.when);
  bool optional = false;
  map.Boolean("optional", optional);
  if (optional) call.failure = CompositionCall::Failure::kOptional;
  if (const Node* otherwise = FindMapping(map, "default")) {
    call.failure = CompositionCall::Failure::kDefault;
    call.otherwise = *otherwise;
  }
  if (map.Find("timeout") != nullptr) {
    map.Duration("timeout", call.timeout.emplace(Milliseconds(0)), Milliseconds(1), hours(1));
  }
  map.List("after", kMaxCallsOfOne, [&](const Node& item, const std::string&) {
    const std::string* name = ReadText(item, context);
    if (name == nullptr) return;
    if (std::find(call.after.begin(), call.after.end(), *name) != call.after.end()) {
      return context.Report(item, Quote(*name) + " stands twice");
    }
    call.after.push_back(*name);
    call.after_at.push_back(context.At(item));
  });
  calls.push_back(std::move(call));
}

// Names that only make sense once all calls are known.
void CheckNames(const Composition& composition, ReadContext& context) {
  std::vector<std::string_view> names;
  for (const CompositionCall& call : composition.calls) names.push_back(call.name);
  const auto known = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const CompositionCall& call : composition.calls) {
    for (size_t i = 0; i < call.after.size(); ++i) {
      if (known(call.after[i])) continue;
      context.Report(call.after_at[i], "unknown call " + Quote(call.after[i]) + DidYouMean(call.after[i], names));
    }
    for (const std::string& level : call.level_names) {
      if (known(level)) context.Report(call.at, "as: " + Quote(level) + " is the name of a call; choose another");
    }
  }
}

void ReadPath(MappingReader& map, const Node& node, Composition& composition) {
  struct Verb {
    std::string_view key;
    std::string_view http_method;
  };
  static constexpr std::array<Verb, 5> kVerbs = {
      {{"get", "GET"}, {"post", "POST"}, {"put", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}}};
  static constexpr std::string_view kNames = "get, post, put, patch or delete";
  std::string_view first;
  for (const Verb& verb : kVerbs) {
    const Node* value = map.Find(verb.key);
    if (value == nullptr) continue;
    if (!first.empty()) {
      map.context().Report(*value,
                           Quote(verb.key) + " beside " + Quote(first) + "; expected one of " + std::string(kNames));
      continue;
    }
    first = verb.key;
    composition.http_method = verb.http_method;
    if (const std::string* text = ReadText(*value, map.context())) composition.path = *text;
  }
  if (first.empty() && node.kind == Node::Kind::kMapping) {
    map.context().Report(node, "expected one of " + std::string(kNames));
  }
}

// merge: ["{user}", orders]: a name alone stands for the expression of it.
void ReadMerged(const Node& item, ReadContext& context, std::vector<Node>& merge) {
  if (ReadText(item, context) == nullptr) return;
  Node& text = merge.emplace_back(item);
  if (!IsIdentifier(item.text)) return;
  text.text = "{" + item.text + "}";
  text.column = std::max(item.column - 1, 1);  // so that the name stands where it did
}

void ReadComposition(const Node& node, const std::string& path, ReadContext& context,
                     std::vector<Composition>& compositions) {
  Composition composition;
  composition.at = context.At(node);
  MappingReader map(node, path, context);
  if (const Node* name = map.Find("name", Presence::kRequired)) {
    const std::string* text = ReadText(*name, context);
    const bool good = text != nullptr && text->size() <= kMaxNameBytes && IsMadeOf(*text, "_-") &&
                      std::none_of(text->begin(), text->end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (text != nullptr && !good) {
      ReportExpected(context, *name, "a name of a-z, digits, \"-\" and \"_\", at most 64 bytes");
    }
    if (good) composition.name = *text;
    for (const Composition& other : compositions) {
      if (composition.name.empty() || other.name != composition.name) continue;
      context.Report(*name,
                     "composition " + Quote(composition.name) + " stands twice; first at " + other.at.ToString());
    }
  }
  ReadPath(map, node, composition);
  std::map<std::string, int> lines;
  map.Named("parameters", kMaxParameters, [&](const Node::Entry& entry, const std::string& entry_path) {
    if (!IsTwice(entry, lines, context)) ReadParameter(entry, entry_path, context, composition.parameters);
  });
  if (const Node* body = map.Find("body")) {
    if (composition.http_method == "GET") {
      context.Report(*body, "a GET has no body; use parameters, or post");
    } else {
      ReadBody(*body, map.PathOf("body"), context, composition.body.emplace());
    }
  }
  map.Duration("timeout", composition.timeout, Milliseconds(1), hours(1));
  lines.clear();
  map.Named(
      "calls", kMaxCallsOfOne,
      [&](const Node::Entry& entry, const std::string& entry_path) {
        if (!IsTwice(entry, lines, context)) ReadCall(entry, entry_path, context, composition.calls);
      },
      Presence::kRequired);
  CheckNames(composition, context);
  map.List("merge", kMaxMerged,
           [&](const Node& item, const std::string&) { ReadMerged(item, context, composition.merge); });
  if (const Node* response = map.Find("response")) {
    if (response->kind != Node::Kind::kMapping && response->kind != Node::Kind::kScalar) {
      ReportExpected(context, *response, "a mapping, or one expression");
    } else {
      composition.response = *response;
    }
  }
  if (map.Find("merge") == nullptr && map.Find("response") == nullptr && node.kind == Node::Kind::kMapping) {
    context.Report(node, "expected merge, response or both: what the answer is made of");
  }
  map.Boolean("fields", composition.fields);
  map.Boolean("enforce_parts", composition.enforce_parts);
  map.Text("errors_key", composition.errors_key);
  compositions.push_back(std::move(composition));
}

}  // namespace

void ReadCompositions(MappingReader& root, Config& config) {
  root.List("compositions", kMaxCompositions, [&](const Node& node, const std::string& path) {
    ReadComposition(node, path, root.context(), config.compositions);
  });
}

}  // namespace dragoman::config
