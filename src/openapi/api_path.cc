#include "openapi/api_path.h"

#include <algorithm>
#include <string_view>

#include "openapi/names.h"
#include "transcoding/percent.h"

namespace dragoman::openapi {
namespace {

using transcoding::HttpTemplate;
using Kind = HttpTemplate::SegmentKind;

// RFC 3986, 3.3: what stands for itself in a segment, but braces' meaning is OpenAPI's.
void AppendLiteral(std::string_view text, std::string& out) { transcoding::AppendPercentEncoded(text, "-._~!$&'()*+,;=:@", out); }

// "shelvesId" behind the literal "shelves"; letters and digits alone.
std::string InventedName(std::string_view before, std::string_view suffix) {
  std::string name;
  std::ranges::copy_if(before, std::back_inserter(name), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return name.empty() ? (suffix == "Id" ? "id" : "path") : name + std::string(suffix);
}

}  // namespace

std::string Dotted(const std::vector<std::string>& field_path) {
  std::string text;
  for (const std::string& part : field_path) text += (text.empty() ? "" : ".") + part;
  return text;
}

ApiPath ApiPathOf(const HttpTemplate& path) {
  ApiPath out;
  Names names("");
  std::string_view before;
  for (int i = 0; i < static_cast<int>(path.segments.size()); ++i) {
    const HttpTemplate::Segment& segment = path.segments[i];
    out.text += '/';
    out.shape += '/';
    if (segment.kind == Kind::kLiteral) {
      AppendLiteral(segment.literal, out.text);
      AppendLiteral(segment.literal, out.shape);
      before = segment.literal;
      continue;
    }
    ApiPath::Parameter parameter;
    parameter.any_segments = segment.kind == Kind::kDoubleStar;
    const auto variable = std::ranges::find_if(path.variables, [i](const auto& each) { return each.begin <= i && i < each.end; });
    if (variable != path.variables.end()) {
      parameter.variable = static_cast<int>(variable - path.variables.begin());
      parameter.whole = variable->end - variable->begin == 1;
    }
    parameter.name = names.Free(parameter.whole ? Dotted(variable->field_path) : InventedName(before, parameter.any_segments ? "Path" : "Id"));
    out.text += '{' + parameter.name + '}';
    out.shape += "{}";
    out.parameters.push_back(std::move(parameter));
  }
  if (out.text.empty()) out.text = out.shape = "/";
  if (path.verb.empty()) return out;
  out.text += ':';
  out.shape += ':';
  AppendLiteral(path.verb, out.text);
  AppendLiteral(path.verb, out.shape);
  return out;
}

std::string WithNames(const ApiPath& path, const std::vector<std::string>& names) {
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < path.shape.size(); ++i) {
    text += path.shape[i];
    if (path.shape[i] == '{') text += names[next++];
  }
  return text;
}

}  // namespace dragoman::openapi
