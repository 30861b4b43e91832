#include "exchange/forwarded.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "exchange/characters.h"

namespace dragoman {
namespace {

// Where the quoted string opens that closes at `closing`; 0 if nowhere.
size_t FindOpeningQuote(std::string_view text, size_t closing) {
  for (size_t quote = closing; quote > 0;) {
    quote = text.rfind('"', quote - 1);
    if (quote == std::string_view::npos) return 0;
    size_t escapes = quote;
    while (escapes > 0 && text[escapes - 1] == '\\') --escapes;
    if ((quote - escapes) % 2 == 0) return quote;
  }
  return 0;
}

// value = token / quoted-string (RFC 7239 section 4); a node or host that should have been quoted is forgiven. Cuts one
// off the front of `text` and takes its quotes away, not its escapes. Nothing if there is none.
std::optional<std::string_view> CutValue(std::string_view& text) {
  if (!text.starts_with('"')) {
    const std::string_view value = text.substr(0, text.find_first_of(" \t\",;=\\"));
    if (value.empty()) return std::nullopt;
    text.remove_prefix(value.size());
    return value;
  }
  size_t end;
  for (end = 1; end < text.size() && text[end] != '"'; ++end) {
    if (text[end] == '\\') ++end;
  }
  if (end >= text.size()) return std::nullopt;
  const std::string_view value = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return value;
}

// node-port = 1*5DIGIT / obfport; obfport = "_" 1*( ALPHA / DIGIT / "." / "_" / "-" ) (RFC 7239 section 6)
bool IsNodePort(std::string_view text) {
  if (text.starts_with('_')) return text.size() > 1 && IsToken(text);
  if (text.empty() || text.size() > 5 || !EveryCharacter(text, IsDigit)) return false;
  uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number <= UINT16_MAX;
}

}  // namespace

std::string_view CutLastElement(std::string_view& list) {
  size_t begin = list.size();
  while (begin > 0 && list[begin - 1] != ',') {
    --begin;
    if (list[begin] == '"') begin = FindOpeningQuote(list, begin);
  }
  const std::string_view element = list.substr(begin);
  list = list.substr(0, begin > 0 ? begin - 1 : 0);
  return Trim(element);
}

// forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] ); forwarded-pair = token "=" value
std::optional<ForwardedElement> ParseForwardedElement(std::string_view element) {
  ForwardedElement parsed;
  struct Known {
    std::string_view name;
    std::string_view& value;
    bool said = false;
  } known[] = {{"for", parsed.node}, {"proto", parsed.proto}, {"host", parsed.host}};
  for (;;) {
    element = Trim(element);
    if (element.empty()) return parsed;
    if (!element.starts_with(';')) {
      const size_t equals = element.find('=');
      if (equals == std::string_view::npos || !IsToken(element.substr(0, equals))) return std::nullopt;
      const std::string_view name = element.substr(0, equals);
      element.remove_prefix(equals + 1);
      const std::optional<std::string_view> value = CutValue(element);
      if (!value) return std::nullopt;
      for (Known& pair : known) {
        if (!EqualsIgnoringCase(name, pair.name)) continue;
        if (pair.said) return std::nullopt;
        pair.said = true;
        pair.value = *value;
      }
      element = Trim(element);
      if (element.empty()) return parsed;
    }
    if (!element.starts_with(';')) return std::nullopt;
    element.remove_prefix(1);
  }
}

// node = nodename [ ":" node-port ]; nodename = IPv4address / "[" IPv6address "]" / "unknown" / obfnode
std::optional<config::IpAddress> ParseForwardedNode(std::string_view node) {
  std::string_view address = node;
  if (node.starts_with('[')) {
    const size_t end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    address = node.substr(1, end - 1);
    const std::string_view behind = node.substr(end + 1);
    if (!behind.empty() && (behind.front() != ':' || !IsNodePort(behind.substr(1)))) return std::nullopt;
    if (address.find(':') == std::string_view::npos) return std::nullopt;
  } else if (const size_t colon = node.find(':'); colon != std::string_view::npos && colon == node.rfind(':')) {
    address = node.substr(0, colon);
    if (!IsNodePort(node.substr(colon + 1))) return std::nullopt;
  }
  return config::IpAddress::Parse(address);
}

}  // namespace dragoman
