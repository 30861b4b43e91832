#include "exchange/media_type.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace dragoman {

MediaType ClassifyContentType(std::string_view content_type) {
  if (content_type == "application/json") return MediaType::kJson;  // nearly always
  std::string_view essence = content_type.substr(0, content_type.find(';'));
  while (!essence.empty() && (essence.back() == ' ' || essence.back() == '\t')) essence.remove_suffix(1);
  if (essence.empty()) return MediaType::kNone;
  std::string lower(essence);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "application/json" || lower == "text/json" ||
      (lower.starts_with("application/") && lower.ends_with("+json")) || lower == "application/x-ndjson" ||
      lower == "application/ndjson" || lower == "application/jsonl") {
    return MediaType::kJson;
  }
  if (lower == "application/x-www-form-urlencoded") return MediaType::kForm;
  return MediaType::kOther;
}

Result<transcoding::BodySyntax> SyntaxOfBody(const RequestHead& head, std::string_view begin, TakenBodies taken) {
  using transcoding::BodySyntax;
  const std::string_view content_type = head.Find("content-type");
  const MediaType type = ClassifyContentType(content_type);
  if (type == MediaType::kNone || type == MediaType::kJson) return BodySyntax::kJson;
  bool json = false;
  if (type == MediaType::kForm) {
    const size_t first = begin.find_first_not_of(" \t\r\n");
    json = first != std::string_view::npos && (begin[first] == '{' || begin[first] == '[');
    if (json && head.Find("cookie").empty()) return BodySyntax::kJson;
    if (!json && taken.forms) return BodySyntax::kForm;
  }
  std::string what = "expected a body of application/json";
  if (taken.streams) what += taken.forms ? ", application/x-ndjson" : " or application/x-ndjson";
  if (taken.forms) what += " or application/x-www-form-urlencoded";
  what += ", got " + std::string(content_type.substr(0, 128));
  if (json) what += "; JSON typed as a form is not read beside a cookie";
  return Refuse(Reason::kUnsupportedMediaType, std::move(what));
}

}  // namespace dragoman
