#include "dialects/rest/media_type.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace dragoman::dialects::rest {

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

}  // namespace dragoman::dialects::rest
