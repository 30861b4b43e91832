// Any text as a path template: it is refused with a column, or what it was parsed to keeps the parser's promises.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "transcoding/http_template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using dragoman::transcoding::HttpTemplate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = HttpTemplate::Parse(text);
  if (!path) {
    if (path.error().empty()) std::abort();
    return 0;
  }
  const auto require = [](bool promise) {
    if (!promise) std::abort();
  };
  require(path->text == text && text.starts_with('/'));
  bool behind_double_star = false;
  for (const HttpTemplate::Segment& segment : path->segments) {
    require((segment.kind == HttpTemplate::SegmentKind::kLiteral) == !segment.literal.empty());
    require(!behind_double_star || segment.kind == HttpTemplate::SegmentKind::kLiteral);
    behind_double_star = behind_double_star || segment.kind == HttpTemplate::SegmentKind::kDoubleStar;
  }
  int end = 0;
  for (const HttpTemplate::Variable& variable : path->variables) {
    require(!variable.field_path.empty());
    require(end <= variable.begin && variable.begin < variable.end);
    end = variable.end;
  }
  require(end <= static_cast<int>(path->segments.size()));
  return 0;
}
