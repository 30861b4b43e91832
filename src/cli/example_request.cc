#include "cli/example_request.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <tuple>
#include <cstddef>

#include "transcoding/http_template.h"
#include "transcoding/percent.h"

namespace dragoman::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using transcoding::HttpTemplate;

// A text that the type has in a URL. Messages are those with a scalar form, since only such a field can be a variable.
std::string ValueOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "AA" : field.name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true";
    case FieldDescriptor::CPPTYPE_ENUM:
      return field.enum_type()->value(field.enum_type()->value_count() - 1)->name();
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const std::string& type = field.message_type()->full_name();
      if (type == "google.protobuf.Timestamp") return "2026-01-01T00:00:00Z";
      if (type == "google.protobuf.Duration") return "1s";
      if (type == "google.protobuf.FieldMask") return field.name();
      const FieldDescriptor* wrapped = field.message_type()->FindFieldByName("value");
      return wrapped != nullptr ? ValueOf(*wrapped) : "1";
    }
    default:
      return "1";  // numbers
  }
}

// The field at the end of a path such as {"book", "name"}; null if there is none.
const FieldDescriptor* FindField(const Descriptor* message, const std::vector<std::string>& path) {
  const FieldDescriptor* field = nullptr;
  for (const std::string& name : path) {
    field = message != nullptr ? message->FindFieldByName(name) : nullptr;
    message = field != nullptr ? field->message_type() : nullptr;
  }
  return field;
}

// RFC 3986, 3.3: what stands for itself in a path segment. Quotes and blanks do not.
constexpr std::string_view kSegmentMarks = "-._~!$&()*+,;=:@";

std::string ExamplePath(const routing::Route& route) {
  const auto parsed = HttpTemplate::Parse(route.path);
  if (!parsed) return route.path;  // cannot be: the router has parsed it
  std::string path;
  for (size_t i = 0; i < parsed->segments.size(); ++i) {
    path.push_back('/');
    const HttpTemplate::Segment& segment = parsed->segments[i];
    if (segment.kind == HttpTemplate::SegmentKind::kLiteral) {
      transcoding::AppendPercentEncoded(segment.literal, kSegmentMarks, path);
      continue;
    }
    const auto variable = std::ranges::find_if(
        parsed->variables,
        [at = static_cast<int>(i)](const HttpTemplate::Variable& each) { return each.begin <= at && at < each.end; });
    const bool typed = route.method != nullptr && variable != parsed->variables.end();
    const FieldDescriptor* field = typed ? FindField(route.method->input_type(), variable->field_path) : nullptr;
    transcoding::AppendPercentEncoded(field != nullptr ? ValueOf(*field) : "x", kSegmentMarks, path);
  }
  if (path.empty()) path = "/";
  if (!parsed->verb.empty()) {
    path.push_back(':');
    transcoding::AppendPercentEncoded(parsed->verb, kSegmentMarks, path);
  }
  return path;
}

// The shortest JSON that a body of the rule can be.
std::string ExampleBody(const routing::Route& route) {
  const FieldDescriptor* field =
      route.method != nullptr ? route.method->input_type()->FindFieldByName(route.body) : nullptr;
  if (field == nullptr || field->is_map()) return "{}";
  if (field->is_repeated()) return "[]";
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    const bool quoted =
        field->cpp_type() == FieldDescriptor::CPPTYPE_STRING || field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    return quoted ? "\"" + ValueOf(*field) + "\"" : ValueOf(*field);
  }
  return "{}";
}

// For a POSIX shell.
std::string ShellQuote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

// A word of letters and dashes needs no quotes.
std::string ShellWord(std::string_view text) {
  const bool plain =
      std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'; });
  return plain ? std::string(text) : ShellQuote(text);
}

// What a client on this machine connects to: an address that means all of them stands for the local one.
std::string ReachableHost(std::string_view address) {
  if (address.starts_with("0.0.0.0:")) return "127.0.0.1" + std::string(address.substr(7));
  if (address.starts_with("[::]:")) return "[::1]" + std::string(address.substr(4));
  return std::string(address);
}

}  // namespace

const routing::Route* ChooseExample(const Generation& generation) {
  const std::vector<routing::Route>& routes = generation.router.routes();
  const auto rank = [&generation](const routing::Route& route) {
    const bool closed = !generation.rules[route.rpc_index].access.lets_anybody_in();
    const int http_method = route.http_method == "GET" ? 0 : route.http_method == "POST" ? 1 : 2;
    const bool verb = route.path.rfind(':') != std::string::npos && route.path.rfind(':') > route.path.rfind('/');
    return std::tuple(closed, route.streaming.any(), http_method, verb, std::count(route.path.begin(), route.path.end(), '{') +
                                      std::count(route.path.begin(), route.path.end(), '*'));
  };
  const auto first = std::min_element(
      routes.begin(), routes.end(),
      [&](const routing::Route& left, const routing::Route& right) { return rank(left) < rank(right); });
  return first != routes.end() ? &*first : nullptr;
}

std::string CurlLine(const routing::Route& route, std::string_view address, Scheme scheme) {
  const bool any = route.http_method == "*";
  const bool body = !route.body.empty();
  const std::string_view implied = body ? "POST" : "GET";  // what curl does by itself
  std::string line = scheme == Scheme::kHttps ? "curl -sk" : "curl -s";
  if (route.http_method == "HEAD") {
    line += " -I";
  } else if (!any && route.http_method != implied) {
    line += " -X " + ShellWord(route.http_method);
  }
  if (body) line += " -d " + ShellQuote(ExampleBody(route));
  constexpr std::string_view kUnix = "unix:";
  std::string url = scheme == Scheme::kHttps ? "https://" : "http://";
  if (address.starts_with(kUnix)) {
    line += " --unix-socket " + ShellQuote(address.substr(kUnix.size()));
    url += "localhost";
  } else {
    url += ReachableHost(address);
  }
  url += ExamplePath(route);
  return line + " " + ShellQuote(url);
}

}  // namespace dragoman::cli
