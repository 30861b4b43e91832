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
      (lower.starts_with("application/") && lower.ends_with("+json"))) {
    return MediaType::kJson;
  }
  if (lower == "application/x-www-form-urlencoded") return MediaType::kForm;
  return MediaType::kOther;
}

Status CheckJsonBody(std::string_view content_type, std::string_view body) {
  switch (ClassifyContentType(content_type)) {
    case MediaType::kNone:
    case MediaType::kJson:
      return {};
    case MediaType::kForm: {
      const size_t first = body.find_first_not_of(" \t\r\n");
      if (first != std::string_view::npos && (body[first] == '{' || body[first] == '[')) return {};
      break;
    }
    case MediaType::kOther:
      break;
  }
  return Status(Reason::kUnsupportedMediaType,
                "expected a body of application/json, got " + std::string(content_type.substr(0, 128)));
}

}  // namespace dragoman
