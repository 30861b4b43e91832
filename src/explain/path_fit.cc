#include "explain/path_fit.h"

#include <algorithm>
#include <optional>

#include "transcoding/nearest.h"
#include "transcoding/percent.h"
#include "transcoding/quote.h"

namespace dragoman::explain {
namespace {

using transcoding::HttpTemplate;
using transcoding::Quote;
using Kind = HttpTemplate::SegmentKind;
using Outcome = PathFit::Outcome;

// Nothing for an invalid escape, which is no literal.
std::optional<std::string> Decoded(std::string_view segment) {
  std::string scratch;
  const auto decoded = transcoding::PercentDecode(segment, transcoding::PercentDecoding::kFull, scratch);
  if (!decoded) return std::nullopt;
  return std::string(*decoded);
}

// "{name=shelves/*}" around the template's segment, if it is one of several.
std::string SubTemplateAt(const HttpTemplate& path, int index) {
  for (const HttpTemplate::Variable& variable : path.variables) {
    if (index < variable.begin || index >= variable.end || variable.end - variable.begin < 2) continue;
    std::string text = "{";
    for (size_t i = 0; i < variable.field_path.size(); ++i) text += (i > 0 ? "." : "") + variable.field_path[i];
    text += "=";
    for (int i = variable.begin; i < variable.end; ++i) {
      const HttpTemplate::Segment& segment = path.segments[static_cast<size_t>(i)];
      if (i > variable.begin) text += "/";
      text += segment.kind == Kind::kLiteral ? segment.literal : segment.kind == Kind::kStar ? "*" : "**";
    }
    return text + "}";
  }
  return {};
}

// What the template has at a place: `"items"`, `{id}`, `*`.
std::string NameAt(const HttpTemplate& path, int index) {
  const HttpTemplate::Segment& segment = path.segments[static_cast<size_t>(index)];
  if (segment.kind == Kind::kLiteral) return Quote(segment.literal);
  for (const HttpTemplate::Variable& variable : path.variables) {
    if (index < variable.begin || index >= variable.end) continue;
    std::string text = "{";
    for (size_t i = 0; i < variable.field_path.size(); ++i) text += (i > 0 ? "." : "") + variable.field_path[i];
    return text + "}";
  }
  return segment.kind == Kind::kStar ? "*" : "**";
}

// Whether `segment`, the path's `number`th, is what the template has at `index`.
std::optional<PathFit> Mismatch(const HttpTemplate& path, size_t index, std::string_view segment, size_t number) {
  const HttpTemplate::Segment& wanted = path.segments[index];
  const int at = static_cast<int>(index);
  const std::string here = "segment " + std::to_string(number);
  if (wanted.kind == Kind::kStar) {
    if (!segment.empty()) return std::nullopt;
    return PathFit{Outcome::kEmpty, here + " is empty, which " + NameAt(path, at) + " never is", number - 1, false};
  }
  const std::optional<std::string> decoded = Decoded(segment);
  if (decoded && *decoded == wanted.literal) return std::nullopt;
  const std::string within = SubTemplateAt(path, at);
  std::string why = here + " is " + Quote(segment) + ", the rule has " + Quote(wanted.literal);
  if (!decoded) why += ", which nothing with an invalid escape is";
  if (!within.empty()) why += " in " + within;
  const size_t limit = NearEnough(segment);
  const bool nearly = decoded && EditDistance(*decoded, wanted.literal, limit) <= limit;
  return PathFit{within.empty() ? Outcome::kLiteral : Outcome::kSubTemplate, std::move(why), number - 1, nearly};
}

}  // namespace

CutPath::CutPath(std::string_view target, const std::vector<std::string>& verbs) {
  if (target.find('#') != std::string_view::npos) return;
  std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with('/')) return;
  valid_ = true;
  plain_ = Cut(path);
  while (path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  const size_t colon = path.rfind(':');
  if (colon == std::string_view::npos || slash == std::string_view::npos || colon < slash) return;
  const std::optional<std::string> verb = Decoded(path.substr(colon + 1));
  if (!verb) return;
  last_ = *verb;
  has_verb_ = std::find(verbs.begin(), verbs.end(), *verb) != verbs.end();
  if (!has_verb_) return;
  with_verb_ = Cut(path.substr(0, colon));
  with_verb_.verb = *verb;
}

CutPath::Reading CutPath::Cut(std::string_view path) {
  Reading reading;
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return reading;
  for (std::string_view rest = path.substr(1);;) {
    const size_t slash = rest.find('/');
    reading.segments.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) return reading;
    rest.remove_prefix(slash + 1);
  }
}

PathFit CutPath::Fit(const HttpTemplate& path) const {
  if (!valid_) return {Outcome::kLiteral, "the path does not begin with '/', or holds a '#'", 0, false};
  const bool same_verb = has_verb_ && with_verb_.verb == path.verb;
  const std::vector<std::string_view>& segments = has_verb_ && !path.verb.empty() ? with_verb_.segments : plain_.segments;
  PathFit fit = FitSegments(segments, path);
  if (fit.outcome != Outcome::kFits) fit.differences = CountDifferences(segments, path);
  if (path.verb.empty() || same_verb) return fit;
  ++fit.differences;
  if (fit.outcome != Outcome::kFits) return fit;
  return {Outcome::kVerb,
          (last_.empty() ? "the path has no verb" : "the path's verb is " + Quote(":" + last_)) + ", the rule has " +
              Quote(":" + path.verb),
          plain_.segments.size(), false, fit.differences};
}

// One beside the other: those before a `**` from the front, those behind it from the back, and what is left of either.
size_t CutPath::CountDifferences(const std::vector<std::string_view>& segments, const HttpTemplate& path) {
  const size_t wanted = path.segments.size();
  const auto star = std::find_if(path.segments.begin(), path.segments.end(), [](const auto& each) { return each.kind == Kind::kDoubleStar; });
  const size_t prefix = static_cast<size_t>(star - path.segments.begin());
  const size_t suffix = star == path.segments.end() ? 0 : wanted - prefix - 1;
  const size_t fewest = prefix + suffix;  // segments that fit the template
  size_t differences = segments.size() < fewest ? fewest - segments.size() : star == path.segments.end() ? segments.size() - fewest : 0;
  for (size_t i = 0; i < std::min(prefix, segments.size()); ++i) {
    if (Mismatch(path, i, segments[i], i + 1)) ++differences;
  }
  for (size_t back = 1; back <= suffix && prefix + back <= segments.size(); ++back) {
    if (Mismatch(path, wanted - back, segments[segments.size() - back], 1)) ++differences;
  }
  return differences;
}

PathFit CutPath::FitSegments(const std::vector<std::string_view>& segments, const HttpTemplate& path) {
  const auto star = std::find_if(path.segments.begin(), path.segments.end(),
                                 [](const auto& each) { return each.kind == Kind::kDoubleStar; });
  const size_t prefix = static_cast<size_t>(star - path.segments.begin());
  for (size_t i = 0; i < prefix; ++i) {
    if (i == segments.size()) {
      return {Outcome::kShort, "the path ends before " + NameAt(path, static_cast<int>(i)), segments.size(), false};
    }
    if (auto mismatch = Mismatch(path, i, segments[i], i + 1)) return *std::move(mismatch);
  }
  if (star == path.segments.end()) {
    if (segments.size() == prefix) return {Outcome::kFits, {}, prefix, false};
    return {Outcome::kLong, "the path goes on behind segment " + std::to_string(prefix), prefix, false};
  }
  const size_t suffix = path.segments.size() - prefix - 1;
  if (segments.size() < prefix + suffix) {
    return {Outcome::kShort, "the path ends before " + NameAt(path, static_cast<int>(path.segments.size() - 1)),
            segments.size(), false};
  }
  for (size_t back = 1; back <= suffix; ++back) {
    const size_t number = segments.size() - back + 1;
    if (auto mismatch = Mismatch(path, path.segments.size() - back, segments[number - 1], number)) {
      mismatch->agreed = prefix;
      return *std::move(mismatch);
    }
  }
  return {Outcome::kFits, {}, segments.size(), false};
}

std::vector<std::string> VerbsOf(const std::vector<HttpTemplate>& paths) {
  std::vector<std::string> verbs;
  for (const HttpTemplate& path : paths) {
    if (!path.verb.empty() && std::find(verbs.begin(), verbs.end(), path.verb) == verbs.end()) verbs.push_back(path.verb);
  }
  return verbs;
}

bool ServesHttpMethod(std::string_view rule_method, std::string_view http_method) {
  return rule_method == "*" || rule_method == http_method || (http_method == "HEAD" && rule_method == "GET");
}

}  // namespace dragoman::explain
