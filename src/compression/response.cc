#include "compression/response.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "exchange/characters.h"

namespace dragoman::compression {
namespace {

// Behind text/*, */*+json, */*+xml, */*+yaml.
constexpr std::string_view kWorth[] = {"application/json",
                                       "application/x-ndjson",
                                       "application/ndjson",
                                       "application/jsonl",
                                       "application/json-seq",
                                       "application/javascript",
                                       "application/x-javascript",
                                       "application/xml",
                                       "application/yaml",
                                       "application/x-yaml",
                                       "application/protobuf",
                                       "application/x-protobuf",
                                       "application/vnd.google.protobuf",
                                       "application/x-www-form-urlencoded",
                                       "application/sql",
                                       "application/wasm"};
constexpr std::string_view kTellsOfBytes[] = {"accept-ranges", "content-md5", "digest", "content-digest",
                                              "repr-digest"};
constexpr size_t kLongestType = 128;

template <size_t N>
bool Contains(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Whether `word`, in lower case, is an element of a comma-separated list; what stands behind "=" does not count.
bool ListHas(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    item = item.substr(0, item.find_first_of("= \t"));
    if (std::ranges::equal(item, word, [](char a, char b) { return LowerTokenCharacter(a) == b; })) return true;
  }
  return false;
}

bool HasBody(const ResponseHead& head) {
  return head.status >= 200 && head.status != 204 && head.status != 205 && head.status != 206 && head.status != 304 &&
         !head.content_type.empty();
}

}  // namespace

bool IsWorthCoding(std::string_view content_type) {
  if (content_type == "application/json") return true;  // nearly always
  std::array<char, kLongestType> room;
  size_t size = 0;
  for (const char c : content_type.substr(0, content_type.find_first_of("; \t"))) {
    if (size == room.size()) return false;
    room[size++] = c == '/' ? c : LowerTokenCharacter(c);
  }
  const std::string_view type(room.data(), size);
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") || type.ends_with("+yaml") ||
         Contains(kWorth, type);
}

Codable CodableOf(const ResponseHead& head) {
  if (!HasBody(head)) return Codable::kNo;
  for (const Header& header : head.headers) {
    if (header.name == "content-encoding" && header.value != "identity") return Codable::kNo;
    if (header.name == "cache-control" && ListHas(header.value, "no-transform")) return Codable::kNo;
  }
  return IsWorthCoding(head.content_type) ? Codable::kYes : Codable::kIfForced;
}

ResponseHead Rewritten(const ResponseHead& head, coding::Coding used, std::string& etag) {
  ResponseHead rewritten{.status = head.status, .content_type = head.content_type, .headers = {}};
  const bool coded = used != coding::Coding::kIdentity;
  bool varies = false;
  for (Header header : head.headers) {
    if (header.name == "vary")
      varies = varies || ListHas(header.value, "accept-encoding") || ListHas(header.value, "*");
    if (coded && (header.name == "content-encoding" || Contains(kTellsOfBytes, header.name))) continue;
    if (coded && header.name == "etag" && !header.value.starts_with("W/")) {
      if (!header.value.starts_with('"')) continue;  // what is none tells nobody anything
      header.value = etag.assign("W/").append(header.value);
    }
    rewritten.headers.push_back(header);
  }
  if (coded) rewritten.headers.push_back({"content-encoding", coding::NameOf(used)});
  if (!varies) rewritten.headers.push_back({"vary", "Accept-Encoding"});
  return rewritten;
}

}  // namespace dragoman::compression
