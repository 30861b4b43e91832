#include "exchange/accept.h"

#include <algorithm>
#include <optional>

#include "exchange/characters.h"

namespace dragoman {
namespace {

constexpr Quality kHighest = 1000;

// Cuts off what stands before the next `separator` that is not in a quoted string.
std::string_view TakeUntil(char separator, std::string_view& rest) {
  bool quoted = false;
  size_t at = 0;
  for (; at < rest.size() && (quoted || rest[at] != separator); ++at) {
    if (rest[at] == '"') quoted = !quoted;
    if (rest[at] == '\\' && quoted) ++at;
  }
  at = std::min(at, rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return Trim(taken);
}

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
std::optional<Quality> ReadWeight(std::string_view text) {
  const size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = text.substr(std::min(dot + 1, text.size()));
  if (fraction.size() > 3 || !EveryCharacter(fraction, IsDigit)) return std::nullopt;
  if (whole != "0" && whole != "1" && !(whole.empty() && !fraction.empty())) return std::nullopt;
  Quality weight = whole == "1" ? kHighest : 0;
  Quality unit = 100;
  for (const char digit : fraction) {
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return weight <= kHighest ? std::optional(weight) : std::nullopt;
}

struct Item {
  std::string_view name;  // "gzip", "text/html", "*"
  Quality weight;
};

// The next well-formed item of a list: name *( OWS ";" OWS parameter ).
std::optional<Item> TakeItem(std::string_view& list) {
  while (!list.empty()) {
    std::string_view parameters = TakeUntil(',', list);
    Item item{.name = TakeUntil(';', parameters), .weight = kHighest};
    bool good = !item.name.empty();
    bool weighed = false;
    while (!parameters.empty() && !weighed) {
      const std::string_view parameter = TakeUntil(';', parameters);
      weighed = parameter.size() >= 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=';
      if (!weighed) continue;
      const std::optional<Quality> weight = ReadWeight(parameter.substr(2));
      good = good && weight.has_value();
      item.weight = weight.value_or(0);
    }
    if (good) return item;
  }
  return std::nullopt;
}

// Keeps the highest.
void Raise(std::optional<Quality>& to, Quality weight) { to = std::max(to.value_or(0), weight); }

}  // namespace

Quality QualityOfCoding(std::string_view accept_encoding, std::string_view coding) {
  std::optional<Quality> named;
  std::optional<Quality> any;
  while (const std::optional<Item> item = TakeItem(accept_encoding)) {
    if (item->name == "*") {
      Raise(any, item->weight);
    } else if (EqualsIgnoringCase(item->name, coding) ||
               (coding == "gzip" && EqualsIgnoringCase(item->name, "x-gzip"))) {
      Raise(named, item->weight);
    }
  }
  if (named) return *named;
  if (any) return *any;
  return coding == "identity" ? 1 : 0;
}

Quality QualityOfMediaType(std::string_view accept, std::string_view media_type) {
  const std::string_view type = media_type.substr(0, media_type.find('/'));
  std::optional<Quality> exact;
  std::optional<Quality> of_type;
  std::optional<Quality> any;
  bool none = true;
  while (const std::optional<Item> item = TakeItem(accept)) {
    const size_t slash = item->name.find('/');
    const std::string_view item_type = item->name.substr(0, slash);
    const std::string_view subtype = slash == std::string_view::npos ? "*" : item->name.substr(slash + 1);
    if (!IsToken(item_type) || !IsToken(subtype) || (slash == std::string_view::npos && item_type != "*")) continue;
    none = false;
    if (EqualsIgnoringCase(item->name, media_type)) {
      Raise(exact, item->weight);
    } else if (subtype == "*" && EqualsIgnoringCase(item_type, type)) {
      Raise(of_type, item->weight);
    } else if (subtype == "*" && item_type == "*") {
      Raise(any, item->weight);
    }
  }
  if (none) return kHighest;
  if (exact) return *exact;
  if (of_type) return *of_type;
  return any.value_or(0);
}

bool NamesMediaType(std::string_view accept, std::string_view media_type) {
  while (const std::optional<Item> item = TakeItem(accept)) {
    if (EqualsIgnoringCase(item->name, media_type)) return true;
  }
  return false;
}

}  // namespace dragoman
