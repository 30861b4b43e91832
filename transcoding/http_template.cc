#include "transcoding/http_template.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "transcoding/percent.h"

namespace dragoman::transcoding {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// pchar of RFC 3986 without `:` and `*`, which mean something here, and the bytes of non-ASCII characters.
bool IsLiteralByte(char c) {
  constexpr std::string_view kOthers = "-._~!$&'()+,;=@%";
  return IsLetter(c) || IsDigit(c) || static_cast<uint8_t>(c) >= 0x80 || kOthers.find(c) != std::string_view::npos;
}

// One function per production of the grammar; each returns false once there is an error.
class TemplateParser {
 public:
  explicit TemplateParser(std::string_view text) : text_(text) {}

  tl::expected<HttpTemplate, std::string> Parse() && {
    if (!Template()) return tl::unexpected(std::move(error_));
    result_.text = text_;
    return std::move(result_);
  }

 private:
  using SegmentKind = HttpTemplate::SegmentKind;
  enum class Place { kTemplate, kVariable };

  // Template = "/" [ Segments ] [ Verb ] ;
  bool Template() {
    if (text_.size() > HttpTemplate::kMaxBytes) {
      error_ =
          "expected at most " + std::to_string(HttpTemplate::kMaxBytes) + " bytes, got " + std::to_string(text_.size());
      return false;
    }
    if (!Take('/')) return Expected("'/'");
    if (!AtEnd() && !Sees(':') && !Segments(Place::kTemplate)) return false;
    if (Take(':')) return Verb() && (AtEnd() || Expected("the end"));
    return AtEnd() || Expected("'/', ':' or the end");
  }

  // Segments = Segment { "/" Segment } ;
  bool Segments(Place place) {
    do {
      if (!Segment(place)) return false;
    } while (Take('/'));
    return true;
  }

  // Segment = "*" | "**" | LITERAL | Variable ;
  bool Segment(Place place) {
    const bool literal = !AtEnd() && IsLiteralByte(text_[pos_]);
    if (!literal && behind_double_star_) return Expected("a literal behind '**'");
    if (place == Place::kVariable && Sees('{')) return Expected("a literal, '*' or '**'");
    if (Sees('{')) return Variable();

    HttpTemplate::Segment segment;
    if (literal) {
      if (!Literal(segment.literal)) return false;
    } else if (Take('*')) {
      behind_double_star_ = Take('*');
      segment.kind = behind_double_star_ ? SegmentKind::kDoubleStar : SegmentKind::kStar;
    } else {
      return Expected("a segment");
    }
    result_.segments.push_back(std::move(segment));
    return true;
  }

  // Variable = "{" FieldPath [ "=" Segments ] "}" ;
  bool Variable() {
    ++pos_;
    HttpTemplate::Variable variable;
    if (!FieldPath(variable.field_path)) return false;
    const size_t begin = result_.segments.size();
    if (Take('=')) {
      if (!Segments(Place::kVariable)) return false;
      if (!Take('}')) return Expected("'/' or '}'");
    } else {
      if (!Take('}')) return Expected("'.', '=' or '}'");
      result_.segments.push_back({.kind = SegmentKind::kStar, .literal = {}});
    }
    variable.begin = static_cast<int>(begin);
    variable.end = static_cast<int>(result_.segments.size());
    variable.multi_segment = variable.end - variable.begin != 1 || result_.segments.back().kind != SegmentKind::kStar;
    result_.variables.push_back(std::move(variable));
    return true;
  }

  // FieldPath = IDENT { "." IDENT } ;
  bool FieldPath(std::vector<std::string>& path) {
    do {
      const size_t begin = pos_;
      if (AtEnd() || !(IsLetter(text_[pos_]) || text_[pos_] == '_')) return Expected("a field name");
      while (!AtEnd() && (IsLetter(text_[pos_]) || IsDigit(text_[pos_]) || text_[pos_] == '_')) ++pos_;
      path.emplace_back(text_.substr(begin, pos_ - begin));
    } while (Take('.'));
    return true;
  }

  // Verb = ":" LITERAL ;
  bool Verb() {
    if (AtEnd() || !IsLiteralByte(text_[pos_])) return Expected("a verb");
    return Literal(result_.verb);
  }

  // LITERAL, percent-decoded. There is at least one byte of it.
  bool Literal(std::string& literal) {
    const size_t begin = pos_;
    std::string scratch;
    while (!AtEnd() && IsLiteralByte(text_[pos_])) {
      if (text_[pos_] == '%' && !PercentDecode(text_.substr(pos_, 3), PercentDecoding::kFull, scratch)) {
        return Fail("expected two hex digits after '%'");
      }
      ++pos_;
    }
    literal = *PercentDecode(text_.substr(begin, pos_ - begin), PercentDecoding::kFull, scratch);
    return true;
  }

  bool AtEnd() const { return pos_ == text_.size(); }
  bool Sees(char c) const { return !AtEnd() && text_[pos_] == c; }
  bool Take(char c) {
    if (!Sees(c)) return false;
    ++pos_;
    return true;
  }

  bool Expected(std::string_view what) { return Fail("expected " + std::string(what) + ", got " + Got()); }
  bool Fail(std::string_view what) {
    const auto is_first_byte = [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; };
    const auto column =
        1 + std::count_if(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(pos_), is_first_byte);
    error_ = "column " + std::to_string(column) + ": " + std::string(what);
    return false;
  }
  std::string Got() const {
    if (AtEnd()) return "the end";
    const char c = text_[pos_];
    if (c >= ' ' && c <= '~') return {'\'', c, '\''};
    char hex[16];
    std::snprintf(hex, sizeof hex, "byte 0x%02X", static_cast<uint8_t>(c));
    return hex;
  }

  std::string_view text_;
  size_t pos_ = 0;
  bool behind_double_star_ = false;
  HttpTemplate result_;
  std::string error_;
};

}  // namespace

tl::expected<HttpTemplate, std::string> HttpTemplate::Parse(std::string_view text) {
  return TemplateParser(text).Parse();
}

}  // namespace dragoman::transcoding
