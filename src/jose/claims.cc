#include "jose/claims.h"

namespace dragoman::jose {

tl::expected<std::shared_ptr<const Claims>, std::string> Claims::Parse(std::string_view json) {
  if (json.size() > kMaxBytes) return tl::unexpected(std::string("the token's content is too long"));
  const std::shared_ptr<Claims> claims(new Claims());
  JsonFault fault = claims->json_.Parse(json, kMaxDepth);
  if (fault == JsonFault::kNone && HasRepeatedNames(claims->json_.root())) fault = JsonFault::kRepeatedName;
  if (fault != JsonFault::kNone) return tl::unexpected("the token's content " + std::string(TextOf(fault)));
  return claims;
}

const rapidjson::Value* Claims::Find(std::string_view path) const {
  const rapidjson::Value* value = &json_.root();
  if (const rapidjson::Value* whole = FindMember(*value, path)) return whole;
  for (size_t begin = 0; value != nullptr;) {
    const size_t dot = path.find('.', begin);
    value = FindMember(*value, path.substr(begin, dot - begin));
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  return value;
}

std::string_view Claims::Text(std::string_view path) const {
  const rapidjson::Value* value = Find(path);
  return value != nullptr && value->IsString() ? TextOf(*value) : std::string_view();
}

std::optional<int64_t> Claims::Seconds(std::string_view name) const {
  const rapidjson::Value* value = FindMember(json_.root(), name);
  if (value == nullptr || !value->IsNumber()) return std::nullopt;
  // A double holds every second of the years that count.
  const double seconds = value->GetDouble();
  if (!(seconds >= 0 && seconds < static_cast<double>(kLatestSecond) + 1)) return std::nullopt;
  return static_cast<int64_t>(seconds);
}

}  // namespace dragoman::jose
