#include "auth/credentials.h"

#include <algorithm>

#include "transcoding/percent.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

using In = config::CredentialPlace::In;
using What = Found::What;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualIgnoringCase(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) { return Lower(a) == Lower(b); });
}

void Trim(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
}

// Takes one more credential at the place.
void Take(std::string_view text, Found& found) {
  if (found.what != What::kNothing) {
    found.what = What::kAmbiguous;
  } else {
    found = {text.empty() ? What::kMalformed : What::kCredential, text};
  }
}

// credentials = auth-scheme [ 1*SP token68 ]
void TakeHeader(std::string_view value, std::string_view prefix, Found& found) {
  if (prefix.empty()) return Take(value, found);
  const std::string_view scheme = value.substr(0, value.find(' '));
  if (!EqualIgnoringCase(scheme, prefix)) return;
  std::string_view text = value.substr(scheme.size());
  Trim(text);
  Take(text, found);
}

Found FindInHeaders(const RequestHead& head, const Place& place) {
  Found found;
  for (const Header& header : head.headers) {
    if (header.name == place.name) TakeHeader(header.value, place.prefix, found);
  }
  return found;
}

Found FindInCookies(const RequestHead& head, const Place& place) {
  Found found;
  for (const Header& header : head.headers) {
    if (header.name != "cookie") continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      std::string_view pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      Trim(pair);
      if (!pair.starts_with(place.name) || pair.substr(place.name.size(), 1) != "=") continue;
      std::string_view value = pair.substr(place.name.size() + 1);
      if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
        value = value.substr(1, value.size() - 2);
      Take(value, found);
    }
  }
  return found;
}

Found FindInQuery(const RequestHead& head, const Place& place, std::string& scratch) {
  const size_t mark = head.target.find('?');
  if (mark == std::string_view::npos) return {};
  Found found;
  std::string name_scratch;
  for (std::string_view rest = head.target.substr(mark + 1); !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto name =
        transcoding::PercentDecode(pair.substr(0, equals), transcoding::PercentDecoding::kForm, name_scratch);
    if (!name || *name != place.name) continue;  // a malformed name is the transcoder's to refuse
    if (found.what != What::kNothing) return {What::kAmbiguous, {}};
    const auto value = transcoding::PercentDecode(pair.substr(std::min(equals + 1, pair.size())),
                                                  transcoding::PercentDecoding::kForm, scratch);
    if (!value) return {What::kMalformed, {}};
    Take(*value, found);
  }
  return found;
}

}  // namespace

std::string Place::ToString() const {
  switch (in) {
    case In::kHeader:
      return "header " + transcoding::Quote(name);
    case In::kQuery:
      return "query parameter " + transcoding::Quote(name);
    case In::kCookie:
      return "cookie " + transcoding::Quote(name);
  }
  return {};
}

Found FindCredential(const RequestHead& head, const Place& place, std::string& scratch) {
  switch (place.in) {
    case In::kHeader:
      return FindInHeaders(head, place);
    case In::kCookie:
      return FindInCookies(head, place);
    case In::kQuery:
      return FindInQuery(head, place, scratch);
  }
  return {};
}

}  // namespace dragoman::auth
