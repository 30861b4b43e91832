#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dragoman::transcoding {

// A parsed path template of google/api/http.proto.
//
//   "/v1/{name=shelves/*/books/*}:publish"
//     → segments "v1" "shelves" * "books" *   variables name = segments 1…5   verb "publish"
//
// Grammar:  Template = "/" [ Segments ] [ Verb ]; Segment = "*" | "**" | LITERAL | Variable; Verb = ":" LITERAL;
//           Variable = "{" FieldPath [ "=" Segments ] "}". Literals may follow a `**` (never `*`, `**` or a variable).
//           LITERAL = what RFC 3986 allows in a segment, and non-ASCII text, less `:` and `*`.
struct HttpTemplate {
  static constexpr size_t kMaxBytes = 4096;  // of the text

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
  std::string verb;  // percent-decoded; empty: none

  // Errors: text such as `column 14: expected '}', got '/'`; columns count characters from 1.
  static tl::expected<HttpTemplate, std::string> Parse(std::string_view text);
};

}  // namespace dragoman::transcoding
