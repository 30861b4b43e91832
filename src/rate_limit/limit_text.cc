#include "rate_limit/limit_text.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace dragoman::rate_limit {
namespace {

using Part = config::LimitKey::Part;

struct Unit {
  int64_t milliseconds;
  std::string_view word;    // in sentences
  std::string_view letter;  // as the configuration writes it
};
constexpr std::array<Unit, 4> kUnits = {
    {{3'600'000, "h", "h"}, {60'000, "min", "m"}, {1'000, "s", "s"}, {1, "ms", "ms"}}};

// The largest unit that the duration is a whole number of.
const Unit& UnitOf(config::Milliseconds duration) {
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.milliseconds == 0) return unit;
  }
  return kUnits.back();
}

std::string Quoted(const std::string& name) { return "\"" + name + "\""; }

}  // namespace

std::string SpellDuration(config::Milliseconds duration) {
  const Unit& unit = UnitOf(duration);
  return std::to_string(duration.count() / unit.milliseconds) + " " + std::string(unit.word);
}

std::string DescribeWindows(const std::vector<config::LimitWindow>& windows) {
  std::string text;
  for (const config::LimitWindow& window : windows) {
    if (!text.empty()) text += " and ";
    if (window.kind == config::LimitWindow::Kind::kQuota) text += "quota ";
    const Unit& unit = UnitOf(window.per);
    const int64_t count = window.per.count() / unit.milliseconds;
    text += std::to_string(window.amount) + "/" + (count == 1 ? "" : std::to_string(count)) + std::string(unit.letter);
    if (window.burst != 0 && window.burst != window.amount) text += " (burst " + std::to_string(window.burst) + ")";
  }
  return text;
}

std::string DescribeKey(const std::vector<config::LimitKey>& key) {
  std::string text;
  for (const config::LimitKey& part : key) {
    std::string name;
    if (part.part == Part::kConsumer) name = "consumer";
    if (part.part == Part::kAddress) name = "address";
    if (part.part == Part::kClaim) name = "claim " + part.name;
    if (part.part == Part::kHeader) name = "header " + part.name;
    if (part.part == Part::kRpc) name = "rpc";
    if (!name.empty()) text += (text.empty() ? "by " : " and ") + name;
  }
  return text.empty() ? "by all together" : text;
}

std::string SpellExcess(const config::LimitWindow& window, const std::vector<config::LimitKey>& key) {
  std::string whose;
  std::string of;
  for (const config::LimitKey& part : key) {
    if (part.part == Part::kConsumer) whose += " by this client";
    if (part.part == Part::kAddress) whose += " from this address";
    if (part.part == Part::kClaim) whose += " with this claim " + Quoted(part.name);
    if (part.part == Part::kHeader) whose += " with this header " + Quoted(part.name);
    if (part.part == Part::kRpc) of = " of this method";
  }
  if (whose.empty()) whose = " by all clients together";
  return "more than " + std::to_string(window.amount) + (window.amount == 1 ? " request" : " requests") + of + " in " +
         SpellDuration(window.per) + whose + " (limit " + window.name + ")";
}

}  // namespace dragoman::rate_limit
