#include "openapi/openapi.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "openapi/api_path.h"
#include "openapi/names.h"
#include "openapi/operations.h"
#include "openapi/schemas.h"
#include "openapi/security.h"
#include "openapi/words.h"
#include "transcoding/http_bindings.h"

namespace dragoman::openapi {
namespace {

using routing::Route;

constexpr std::string_view kCompositionsTag = "Compositions";

// The HTTP methods that a path item has a member for, in its order.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kMethods = {{{"GET", "get"},
                                                                                    {"PUT", "put"},
                                                                                    {"POST", "post"},
                                                                                    {"DELETE", "delete"},
                                                                                    {"OPTIONS", "options"},
                                                                                    {"HEAD", "head"},
                                                                                    {"PATCH", "patch"},
                                                                                    {"TRACE", "trace"}}};
// Those that a rule for any method is shown as.
constexpr std::array<std::string_view, 5> kAnyMethod = {"GET", "PUT", "POST", "DELETE", "PATCH"};

// Paths of one shape, with all that can be done there.
struct Item {
  ApiPath path;                    // of the first one
  std::vector<std::string> names;  // of its parameters
  std::map<std::string, Operation> operations;  // by HTTP method
  std::map<std::string, std::vector<const Route*>> others;  // of the same method and shape, which the first one hides
};

class Document {
 public:
  explicit Document(const Generation& generation)
      : generation_(generation), schemas_(generation.schema.comments()) {
    routes_.resize(generation.router.rpcs().size());
    for (const Route& route : generation.router.routes()) routes_[route.rpc_index].push_back(&route);
    NameTags();
    for (const Route& route : generation.router.routes()) Add(route);
    for (const Route& route : generation.router.routes()) AddAnyMethod(route);
    NameOperations();
    ChooseWebSockets();
    schemas_.Reserve(std::string(Operations::kError));
    schemas_.Reserve(std::string(Operations::kErrorDetail));
  }

  // Errors: as of Render below.
  tl::expected<std::string, std::string> Render(size_t max_bytes) {
    // The first pass finds out which schemas there are, the second knows their names, which are no shorter than those that the first one writes.
    if (const auto fits = NoteSchemas(max_bytes); !fits) return tl::unexpected(fits.error());
    schemas_.Resolve(max_bytes);
    Operations operations(generation_, schemas_);
    JsonOut out(max_bytes);
    out.Open();
    out.Text("openapi", "3.1.0");
    WriteHead(out);
    WriteTags(out);
    out.Open("paths");
    const size_t written = WritePaths(operations, out);
    out.Close();
    WriteComponents(operations, out);
    out.Close();
    if (out.full()) return tl::unexpected(TooLarge(max_bytes, written));
    return out.Take();
  }

 private:
  void NameTags();
  std::string_view TagOf(const Route& route) const;
  Item& ItemOf(const ApiPath& path);
  void Put(const Route& route, const std::string& http_method);
  void Add(const Route& route);
  void AddAnyMethod(const Route& route);
  using Places = std::map<std::pair<std::string, std::string>, size_t>;  // by HTTP method and path
  Places PlacesOf(const google::protobuf::MethodDescriptor& method, const std::vector<const config::HttpRule*>& rules) const;
  void NameOperations();
  void ChooseWebSockets();
  void WriteHead(JsonOut& out) const;
  void WriteTags(JsonOut& out) const;
  tl::expected<void, std::string> NoteSchemas(size_t max_bytes);
  std::string TooLarge(size_t max_bytes, size_t written) const;
  size_t WritePaths(Operations& operations, JsonOut& out);
  void WriteItem(Item& item, Operations& operations, JsonOut& out);
  void WriteComponents(const Operations& operations, JsonOut& out);

  const Generation& generation_;
  Schemas schemas_;
  std::vector<std::vector<const Route*>> routes_;  // of Router::rpcs()
  std::vector<const google::protobuf::ServiceDescriptor*> services_;  // with routes, in the order of the descriptors
  std::map<const google::protobuf::ServiceDescriptor*, std::string> tags_;
  bool composes_ = false;
  std::map<std::string, Item> items_;  // by shape
};

// "Catalog", or where two have that name "shop.v1.Catalog".
void Document::NameTags() {
  std::map<std::string, size_t> bearers = {{std::string(kCompositionsTag), 1}};
  for (const routing::Rpc& rpc : generation_.router.rpcs()) {
    if (rpc.method == nullptr || routes_[static_cast<size_t>(&rpc - generation_.router.rpcs().data())].empty()) continue;
    const auto* const service = rpc.method->service();
    if (tags_.contains(service)) continue;
    tags_.emplace(service, service->full_name());
    services_.push_back(service);
    ++bearers[service->name()];
  }
  for (auto& [service, tag] : tags_) {
    if (bearers[service->name()] == 1) tag = service->name();
  }
  composes_ = std::ranges::any_of(generation_.router.routes(), [](const Route& route) { return route.composition.has_value(); });
}

std::string_view Document::TagOf(const Route& route) const {
  return route.method == nullptr ? kCompositionsTag : std::string_view(tags_.at(route.method->service()));
}

Item& Document::ItemOf(const ApiPath& path) {
  const auto [entry, added] = items_.try_emplace(path.shape);
  Item& item = entry->second;
  if (added) {
    item.path = path;
    for (const ApiPath::Parameter& parameter : path.parameters) item.names.push_back(parameter.name);
  }
  return item;
}

void Document::Put(const Route& route, const std::string& http_method) {
  const auto parsed = transcoding::HttpTemplate::Parse(route.path);
  if (!parsed) return;  // cannot be: the router has parsed it
  const ApiPath path = ApiPathOf(*parsed);
  Item& item = ItemOf(path);
  const auto [entry, added] = item.operations.try_emplace(http_method);
  if (!added) {
    if (route.http_method != "*") item.others[http_method].push_back(&route);
    return;
  }
  entry->second.route = &route;
  entry->second.tag = TagOf(route);
}

void Document::Add(const Route& route) {
  if (route.http_method != "*") Put(route, route.http_method);
}

// What no rule of the path takes by name.
void Document::AddAnyMethod(const Route& route) {
  if (route.http_method != "*") return;
  for (const std::string_view http_method : kAnyMethod) Put(route, std::string(http_method));
}

// Which of the method's rules has an HTTP method and a path, as they are written. `rules`: those of the configuration that are the method's.
Document::Places Document::PlacesOf(const google::protobuf::MethodDescriptor& method, const std::vector<const config::HttpRule*>& rules) const {
  Places places;
  const auto add = [&](const std::string& http_method, const std::string& path) { places.try_emplace({http_method, path}, places.size()); };
  for (const config::HttpRule* rule : rules) {
    add(rule->http_method, rule->path);
    for (const config::HttpRule& additional : rule->additional_bindings) add(additional.http_method, additional.path);
  }
  std::vector<std::string> faults;  // the router has told them
  for (const transcoding::HttpBinding& binding : transcoding::AnnotatedBindings(method, faults)) add(binding.http_method, binding.path);
  return places;
}

// "Catalog_GetItem", "home"; of further routes "Catalog_GetItem_2".
void Document::NameOperations() {
  std::map<const Route*, std::vector<Operation*>> of_route;
  for (auto& [shape, item] : items_) {
    for (auto& [http_method, operation] : item.operations) of_route[operation.route].push_back(&operation);
  }
  Names names("_");
  const auto name_all = [&](const Route& route) {
    for (Operation* const operation : of_route[&route]) {
      std::string wanted;
      if (route.method == nullptr) {
        wanted = generation_.compositions[*route.composition].configured->name;
      } else {
        wanted = tags_.at(route.method->service()) + "_" + route.method->name();
      }
      std::ranges::replace_if(wanted, [](char c) { return c == '.' || c == '-'; }, '_');
      operation->id = names.Free(wanted);
    }
  };
  std::map<std::string_view, std::vector<const config::HttpRule*>> rules;  // by method
  for (const config::HttpRule& rule : generation_.config.http_rules) rules[rule.selector].push_back(&rule);
  // A method's own rule has its name, whatever the order in which routes are tried.
  for (const std::vector<const Route*>& routes : routes_) {
    std::vector<std::pair<size_t, const Route*>> placed;
    if (routes.size() > 1 && routes.front()->method != nullptr) {
      const google::protobuf::MethodDescriptor& method = *routes.front()->method;
      const Places places = PlacesOf(method, rules[method.full_name()]);
      for (const Route* route : routes) {
        const auto place = places.find({route->http_method, route->path});
        placed.emplace_back(place == places.end() ? places.size() : place->second, route);  // behind them: exposed
      }
    } else {
      for (const Route* route : routes) placed.emplace_back(0, route);
    }
    std::ranges::stable_sort(placed, {}, &std::pair<size_t, const Route*>::first);
    for (const auto& [place, route] : placed) name_all(*route);
  }
}

// As Router::FindForWebSocket chooses.
void Document::ChooseWebSockets() {
  for (auto& [shape, item] : items_) {
    Operation* best = nullptr;
    const auto rank = [](const Operation& operation) {
      const routing::Streaming& streaming = operation.route->streaming;
      const std::string_view http_method = operation.route->http_method;
      static constexpr std::array<std::string_view, 5> kOrder = {"GET", "POST", "PUT", "PATCH", "DELETE"};
      return std::pair(streaming.requests ? 0 : streaming.replies ? 1 : 2,
                       std::ranges::find(kOrder, http_method == "*" ? kOrder.front() : http_method) - kOrder.begin());
    };
    for (auto& [http_method, operation] : item.operations) {
      if (operation.route->method == nullptr) continue;
      if (best == nullptr || rank(operation) < rank(*best)) best = &operation;
    }
    if (best != nullptr) best->websocket = true;
  }
}

void Document::WriteHead(JsonOut& out) const {
  const config::OpenApi head = generation_.config.openapi.value_or(config::OpenApi{});
  out.Open("info");
  out.Text("title", head.title);
  out.Text("version", head.version);
  if (!head.description.empty()) out.Text("description", head.description);
  out.Close();
  if (head.servers.empty()) return;
  out.OpenList("servers");
  for (const std::string& url : head.servers) {
    out.Open();
    out.Text("url", url);
    out.Close();
  }
  out.CloseList();
}

void Document::WriteTags(JsonOut& out) const {
  out.OpenList("tags");
  for (const auto* service : services_) {
    out.Open();
    out.Text("name", tags_.at(service));
    const std::string text = Readable(generation_.schema.comments().Find(service->full_name()));
    if (!text.empty()) out.Text("description", text);
    out.Text("x-service", service->full_name());
    out.Close();
  }
  if (composes_) {
    out.Open();
    out.Text("name", kCompositionsTag);
    out.Text("description", "Several calls, one answer.");
    out.Close();
  }
  out.CloseList();
}

// The first pass.
tl::expected<void, std::string> Document::NoteSchemas(size_t max_bytes) {
  Operations operations(generation_, schemas_);
  JsonOut out(max_bytes);
  const size_t written = WritePaths(operations, out);
  if (out.full()) return tl::unexpected(TooLarge(max_bytes, written));
  return {};
}

// `written`: how many paths have been, the one that was too much included.
std::string Document::TooLarge(size_t max_bytes, size_t written) const {
  constexpr size_t kMiB = 1u << 20;
  std::string text = "larger than " + (max_bytes % kMiB == 0 ? std::to_string(max_bytes / kMiB) + " MiB" : std::to_string(max_bytes) + " bytes");
  if (written < items_.size()) {
    text += ", which the first " + std::to_string(written) + " of its " + std::to_string(items_.size()) + " paths are already";
  }
  return text;
}

// Returns how many there are in `out`: all of them, but where it is full.
size_t Document::WritePaths(Operations& operations, JsonOut& out) {
  std::vector<std::pair<std::string, Item*>> sorted;
  for (auto& [shape, item] : items_) sorted.emplace_back(WithNames(item.path, item.names), &item);
  std::ranges::sort(sorted);
  size_t written = 0;
  for (auto& [text, item] : sorted) {
    if (out.full()) break;
    out.Open(text);
    WriteItem(*item, operations, out);
    out.Close();
    ++written;
  }
  return written;
}

void Document::WriteItem(Item& item, Operations& operations, JsonOut& out) {
  const auto write = [&](Operation& operation) {
    if (out.full()) return;
    const ApiPath path = ApiPathOf(*transcoding::HttpTemplate::Parse(operation.route->path));
    operation.path = &path;
    operation.names = &item.names;
    operations.Write(operation, out);
    operation.path = nullptr;
  };
  std::set<std::string_view> known;
  for (const auto& [http_method, member] : kMethods) {
    known.insert(http_method);
    const auto found = item.operations.find(std::string(http_method));
    if (found == item.operations.end()) continue;
    out.Key(member);
    write(found->second);
  }
  bool more = false;
  for (auto& [http_method, operation] : item.operations) {
    if (known.contains(http_method)) continue;
    if (!more) out.Open("x-additionalOperations");
    more = true;
    out.Key(http_method);
    write(operation);
  }
  if (more) out.Close();
  if (item.others.empty()) return;
  out.OpenList("x-other-routes");
  for (const auto& [http_method, routes] : item.others) {
    for (const Route* route : routes) {
      out.Open();
      out.Text("method", http_method);
      out.Text("path", route->path);
      out.Text("rpc", route->rpc);
      out.Close();
    }
  }
  out.CloseList();
}

void Document::WriteComponents(const Operations& operations, JsonOut& out) {
  out.Open("components");
  out.Open("schemas");
  operations.WriteErrorSchemas(out);
  schemas_.WriteAll(out);
  out.Close();
  JsonOut responses(out.room());
  operations.WriteResponses(responses);
  if (!responses.view().empty()) {
    out.Open("responses");
    out.Members(responses.view());
    out.Close();
  }
  if (!generation_.auth->schemes().empty()) {
    out.Open("securitySchemes");
    WriteSecuritySchemes(generation_, out);
    out.Close();
  }
  out.Close();
}

}  // namespace

tl::expected<std::string, std::string> Render(const Generation& generation, size_t max_bytes) { return Document(generation).Render(max_bytes); }

}  // namespace dragoman::openapi
