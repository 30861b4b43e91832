#include "rate_limit/admission.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace dragoman::rate_limit {
namespace {

constexpr uint64_t kMaxShown = 9'999'999'999;  // ten digits

char* Put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* Put(char* to, uint64_t number) { return std::to_chars(to, to + 10, std::min(number, kMaxShown)).ptr; }

}  // namespace

void Admission::AppendHeaders(boost::container::small_vector<Header, 8>& headers) {
  if (count_ == 0) return;
  headers.push_back({"ratelimit-policy", policy_});
  headers.push_back({"ratelimit", Render()});
}

std::string_view Admission::Render() {
  char* at = text_.data();
  for (size_t i = 0; i < count_; ++i) {
    const Entry& entry = entries_[i];
    if (i > 0) at = Put(at, std::string_view(", "));
    at = Put(at, entry.window->opening);
    at = Put(at, entry.verdict.remaining);
    at = Put(at, std::string_view(";t="));
    at = Put(at, SecondsUp(entry.verdict.reset));
  }
  return {text_.data(), static_cast<size_t>(at - text_.data())};
}

}  // namespace dragoman::rate_limit
