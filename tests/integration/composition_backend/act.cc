#include "act.h"

#include <charconv>

namespace compose {
namespace {

constexpr uint32_t kMostBytes = 64 << 20;
constexpr uint32_t kLongestDelay = 600'000;

bool ReadNumber(std::string_view text, uint32_t most, uint32_t& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number <= most;
}

bool ReadWord(std::string_view word, Act& act) {
  if (word == "hang") return act.hang = true;
  if (word == "die") return act.die = true;
  if (word == "garbage") return act.garbage = true;
  if (word == "empty") return act.empty = true;
  if (word == "twice") return act.twice = true;
  if (word == "reverse") return act.reverse = true;
  size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view name = word.substr(0, equals);
  std::string_view value = word.substr(equals + 1);
  if (name == "reason") {
    act.reason = value;
    return !value.empty();
  }
  uint32_t number = 0;
  if (name == "bytes") return ReadNumber(value, kMostBytes, act.bytes);
  if (name == "delay" && ReadNumber(value, kLongestDelay, number)) {
    act.delay = std::chrono::milliseconds(number);
    return true;
  }
  if (name == "fail" && ReadNumber(value, 16, number)) {
    act.fail = static_cast<int>(number);
    return number > 0;
  }
  std::optional<uint32_t>* element = name == "drop" ? &act.drop : name == "double" ? &act.doubled : nullptr;
  if (element == nullptr || !ReadNumber(value, UINT32_MAX, number)) return false;
  *element = number;
  return true;
}

}  // namespace

std::optional<Act> ParseAct(std::string_view text) {
  Act act;
  while (!text.empty()) {
    size_t end = text.find(' ');
    std::string_view word = text.substr(0, end);
    if (!word.empty() && !ReadWord(word, act)) return std::nullopt;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return act;
}

}  // namespace compose
