#include "guard/ban.h"

#include <algorithm>
#include <charconv>

#include "base/timestamp.h"
#include "transcoding/json_escape.h"
#include "transcoding/quote.h"

namespace dragoman::guard {
namespace {

void AppendNumber(uint64_t number, Buffer& out) {
  std::array<char, 20> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.Append(std::string_view(digits.data(), static_cast<size_t>(end - digits.data())));
}

}  // namespace

std::optional<BanRule> BanRuleOf(std::string_view name) {
  const auto found = std::find(kBanRuleNames.begin(), kBanRuleNames.end(), name);
  if (found == kBanRuleNames.end()) return std::nullopt;
  return static_cast<BanRule>(found - kBanRuleNames.begin());
}

void AppendBansJson(std::span<const Ban> bans, size_t total, Buffer& out) {
  out.Append("{\"bans\":[");
  for (const Ban& ban : bans) {
    out.Append(&ban == bans.data() ? "{\"what\":" : ",{\"what\":");
    // What a client claims to be called need not be UTF-8.
    if (!transcoding::AppendEscaped(ban.what, out)) transcoding::AppendEscaped(transcoding::Excerpt(ban.what), out);
    out.Append(",\"rule\":\"");
    out.Append(NameOf(ban.rule));
    out.Append("\",\"since\":\"");
    out.Append(Timestamp(ban.since).view());
    out.Append("\",\"until\":\"");
    out.Append(Timestamp(ban.until).view());
    out.Append("\",\"count\":");
    AppendNumber(ban.count, out);
    out.Append('}');
  }
  out.Append("],\"total\":");
  AppendNumber(total, out);
  out.Append('}');
}

}  // namespace dragoman::guard
