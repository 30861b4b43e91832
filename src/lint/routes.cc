#include <algorithm>
#include <set>
#include <unordered_set>

#include "lint/checks.h"
#include "transcoding/http_template.h"
#include "transcoding/path_index.h"
#include "transcoding/percent.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using routing::Route;
using transcoding::HttpTemplate;
using transcoding::Quote;
using Kind = HttpTemplate::SegmentKind;

constexpr size_t kMaxTaken = 64;    // segments that a `**` is tried with
constexpr size_t kMaxNamed = 4;     // rules that a message names
constexpr std::string_view kAnyMethod = "LINT";  // an HTTP method that no rule names

void AppendEncoded(std::string_view text, std::string& out) { transcoding::AppendPercentEncoded(text, transcoding::kUnreservedMarks, out); }

class Table {
 public:
  explicit Table(const routing::Router& router) : router_(router) {
    std::unordered_set<std::string> literals;
    for (const Route& route : router_.routes()) {
      auto path = HttpTemplate::Parse(route.path);  // was parsed before
      paths_.push_back(path ? *std::move(path) : HttpTemplate());
      longest_ = std::max(longest_, paths_.back().segments.size());
      for (const auto& segment : paths_.back().segments) literals.insert(segment.literal);
    }
    while (literals.contains(value_)) value_ += 'x';
  }

  const std::vector<Route>& routes() const { return router_.routes(); }
  const HttpTemplate& path(size_t i) const { return paths_[i]; }
  size_t most_taken() const { return longest_ + 1; }

  // A path that the template fits, as few others as possible: each `*` is a text that no literal is, `**` stands for `taken` of them.
  std::string PathOf(const HttpTemplate& path, size_t taken, std::string_view before_verb = ":") const {
    std::string text;
    for (const auto& segment : path.segments) {
      if (segment.kind == Kind::kLiteral) {
        AppendEncoded(segment.literal, text += '/');
      } else {
        for (size_t i = segment.kind == Kind::kStar ? 1 : taken; i > 0; --i) text.append("/").append(value_);
      }
    }
    if (text.empty()) text = "/";
    if (!path.verb.empty()) AppendEncoded(path.verb, text += before_verb);
    return text;
  }

  // Who serves it; null: nobody.
  const Route* Find(std::string_view http_method, const std::string& path) const {
    routing::Match match;
    return router_.Find(http_method == "*" ? kAnyMethod : http_method, path, match) ? match.route : nullptr;
  }

 private:
  const routing::Router& router_;
  std::vector<HttpTemplate> paths_;
  std::string value_ = "value";
  size_t longest_ = 0;
};

bool HasDoubleStar(const HttpTemplate& path) {
  return std::any_of(path.segments.begin(), path.segments.end(), [](const auto& each) { return each.kind == Kind::kDoubleStar; });
}

std::string Listed(const std::vector<const Route*>& routes) {
  std::string text;
  for (size_t i = 0; i < routes.size() && i < kMaxNamed; ++i) text += (i == 0 ? "" : ", ") + TextOf(*routes[i]);
  return text + (routes.size() > kMaxNamed ? " and others" : "");
}

void CheckReached(const Table& table, size_t i, Findings& findings) {
  const Route& route = table.routes()[i];
  const HttpTemplate& path = table.path(i);
  const size_t most = HasDoubleStar(path) ? table.most_taken() : 0;
  if (most > kMaxTaken) return;
  std::vector<const Route*> instead;
  for (size_t taken = 0; taken <= most; ++taken) {
    const Route* found = table.Find(route.http_method, table.PathOf(path, taken));
    if (found == &route || found == nullptr) return;
    if (std::find(instead.begin(), instead.end(), found) == instead.end()) instead.push_back(found);
  }
  findings.Add(kUnreachableRule, findings.places.Of(route),
               TextOf(route) + ": no request reaches it, since every path that it fits is taken by rules that are tried before it: " +
                   Listed(instead) + "; remove it, or narrow those");
}

// "GET/v1/items/*", "POST/v1/**:cancel"
std::string ShapeOf(std::string_view http_method, const HttpTemplate& path, size_t as_star) {
  std::string shape(http_method);
  for (size_t i = 0; i < path.segments.size(); ++i) {
    const auto& segment = path.segments[i];
    shape += '/';
    if (segment.kind == Kind::kDoubleStar) {
      shape += "**";
    } else if (segment.kind == Kind::kStar || i == as_star) {
      shape += '*';
    } else {
      AppendEncoded(segment.literal, shape);
    }
  }
  if (!path.verb.empty()) AppendEncoded(path.verb, shape += ':');
  return shape;
}

std::string FieldAt(const HttpTemplate& path, size_t segment) {
  for (const auto& variable : path.variables) {
    if (static_cast<size_t>(variable.begin) > segment || static_cast<size_t>(variable.end) <= segment) continue;
    std::string name;
    for (const std::string& part : variable.field_path) name += (name.empty() ? "" : ".") + part;
    return name;
  }
  return {};
}

// Whichever of the two takes a path, the request is the same.
bool MakeTheSame(const Route& a, const HttpTemplate& a_path, const Route& b, const HttpTemplate& b_path) {
  const auto same = [](const auto& x, const auto& y) { return x.field_path == y.field_path && x.begin == y.begin && x.end == y.end; };
  return a.rpc == b.rpc && a.body == b.body && a.response_body == b.response_body &&
         std::equal(a_path.variables.begin(), a_path.variables.end(), b_path.variables.begin(), b_path.variables.end(), same);
}

// A literal of one rule stands where another has a variable.
void CheckShadows(const Table& table, Findings& findings) {
  std::unordered_map<std::string, size_t> shapes;
  for (size_t i = 0; i < table.routes().size(); ++i) shapes.emplace(ShapeOf(table.routes()[i].http_method, table.path(i), SIZE_MAX), i);
  for (size_t i = 0; i < table.routes().size(); ++i) {
    const Route& first = table.routes()[i];
    const HttpTemplate& path = table.path(i);
    for (size_t at = 0; at < path.segments.size(); ++at) {
      if (path.segments[at].kind != Kind::kLiteral) continue;
      const auto other = shapes.find(ShapeOf(first.http_method, path, at));
      if (other == shapes.end()) continue;
      const Route& second = table.routes()[other->second];
      const std::string field = FieldAt(table.path(other->second), at);
      if (field.empty() || MakeTheSame(first, path, second, table.path(other->second))) continue;
      findings.Add(kShadowedValue, findings.places.Of(second),
                   TextOf(second) + ": a request with " + field + " = " + Quote(path.segments[at].literal) + " does not reach it, since " +
                       TextOf(first) + " is tried before it; make sure that it is no value of " + field);
    }
  }
}

void CheckBody(const Route& route, Findings& findings) {
  if (route.body.empty()) return;
  if (route.http_method != "GET" && route.http_method != "HEAD" && route.http_method != "DELETE") return;
  const bool get = route.http_method != "DELETE";
  findings.Add(kBodyOnGet, findings.places.Of(route),
               TextOf(route) + ": takes a body (" + (route.composition ? "`body`" : "body: " + Quote(route.body)) + "), which browsers, caches and proxies " +
                   (get ? "do not send with a GET" : "may drop from a DELETE") + "; use POST, or leave the body out so that the query has the fields");
}

// The template as written, without its variables.
std::string LiteralsOf(std::string_view text) {
  std::string literals;
  int depth = 0;
  for (const char c : text) {
    depth += c == '{' ? 1 : (c == '}' ? -1 : 0);
    if (depth == 0 && c != '}') literals += c;
  }
  return literals;
}

// Envoy's gRPC-JSON transcoder (grpc-httpjson-transcoding): the verb is one more segment, `**` before something takes one segment at least,
// literals are compared as they are spelt.
void CheckEnvoy(const Table& table, size_t i, Findings& findings) {
  const Route& route = table.routes()[i];
  const HttpTemplate& path = table.path(i);
  const auto add = [&](const std::string& what) { findings.Add(kDiffersFromEnvoy, findings.places.Of(route), TextOf(route) + ": " + what); };
  const bool ends_open = !path.segments.empty() && path.segments.back().kind == Kind::kDoubleStar;
  if (HasDoubleStar(path) && (!ends_open || !path.verb.empty())) {
    add("Envoy's ** takes one segment at least where something follows it, here it may be empty: " + table.PathOf(path, 0) +
        " fits; where both are to agree, let no client send it");
  }
  if (!path.verb.empty()) {
    const std::string slash = table.PathOf(path, 1, "/");
    const Route* other = table.Find(route.http_method, slash);
    if (other != nullptr && other != &route) {
      add("to Envoy :" + path.verb + " is one more segment, so that it takes " + slash + " too, which is " + TextOf(*other) +
          " here; give one of them another name where both have to agree");
    }
  }
  const std::string literals = LiteralsOf(route.path);
  if (std::any_of(literals.begin(), literals.end(), [](char c) { return c == '%' || (c & 0x80) != 0; })) {
    add("Envoy compares literals as they are spelt, here escapes are decoded first; spell the path in letters that need no escape where both have to agree");
  }
}

}  // namespace

void CheckRoutes(const routing::Router& router, Findings& findings) {
  const Table table(router);
  for (size_t i = 0; i < table.routes().size(); ++i) {
    CheckReached(table, i, findings);
    CheckBody(table.routes()[i], findings);
    CheckEnvoy(table, i, findings);
  }
  CheckShadows(table, findings);
}

}  // namespace dragoman::lint
