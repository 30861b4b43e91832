#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace dragoman::transcoding {

// A parsed path template of google/api/http.proto.
//
//   "/v1/{name=shelves/*/books/*}:publish"
//     → segments "v1" "shelves" * "books" *   variables name = segments 1…5   verb "publish"
//
// Grammar:  Template = "/" [ Segments ] [ Verb ]; Segment = "*" | "**" | LITERAL | Variable; Verb = ":" LITERAL;
//           Variable = "{" FieldPath [ "=" Segments ] "}". Literals may follow a `**` (never `*`, `**` or a variable).
struct HttpTemplate {
  enum class SegmentKind { kLiteral, kStar, kDoubleStar };
  struct Segment {
    SegmentKind kind = SegmentKind::kLiteral;
    std::string literal;  // percent-decoded
  };
  struct Variable {
    std::vector<std::string> field_path;  // {"book", "name"}
    int begin = 0;                        // first segment
    int end = 0;                          // one past the last segment
    bool multi_segment = false;           // anything but exactly one `*`: joined by `/`, %2F kept
  };

  std::string text;  // as written
  std::vector<Segment> segments;
  std::vector<Variable> variables;
  std::string verb;

  // Errors: text such as `column 14: expected '}', got '/'`.
  static tl::expected<HttpTemplate, std::string> Parse(std::string_view text);
};

}  // namespace dragoman::transcoding
