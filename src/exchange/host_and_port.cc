#include "exchange/host_and_port.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "exchange/characters.h"

namespace dragoman {
namespace {

// reg-name = *( unreserved / pct-encoded / sub-delims ), but never empty (RFC 9110 section 4.2.1)
bool IsRegisteredName(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3 || !IsHexDigit(text[i + 1]) || !IsHexDigit(text[i + 2])) return false;
      i += 2;
    } else if (!IsHostCharacter(text[i])) {
      return false;
    }
  }
  return !text.empty();
}

}  // namespace

bool IsHostAndPort(std::string_view text) {
  size_t end;  // of the host
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    if (!EveryCharacter(text.substr(1, end - 1), [](char c) { return IsHexDigit(c) || c == ':' || c == '.'; })) {
      return false;
    }
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    if (!IsRegisteredName(text.substr(0, end))) return false;
  }
  if (end == text.size()) return true;
  const std::string_view port = text.substr(end + 1);
  if (text[end] != ':' || port.size() > 5 || !EveryCharacter(port, IsDigit)) return false;
  uint32_t number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  return number <= UINT16_MAX;
}

}  // namespace dragoman
