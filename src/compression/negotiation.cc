#include "compression/negotiation.h"

#include <algorithm>
#include <string>

#include "exchange/accept.h"
#include "exchange/characters.h"

namespace dragoman::compression {
namespace {

// The header's value; of several in a row, the list that they are (RFC 9110, 5.3), kept in `joined`.
std::string_view ListOf(const RequestHead& head, std::string_view name, std::string& joined) {
  const Header* first = nullptr;
  for (const Header& header : head.headers) {
    if (header.name != name) continue;
    if (first == nullptr) {
      first = &header;
      continue;
    }
    if (joined.empty()) joined = first->value;
    joined.append(",").append(header.value);
  }
  if (!joined.empty()) return joined;
  return first != nullptr ? first->value : std::string_view();
}

coding::Coding CodingOf(config::ContentCoding configured) {
  return configured == config::ContentCoding::kGzip ? coding::Coding::kGzip : coding::Coding::kBrotli;
}

}  // namespace

std::optional<coding::Coding> RequestCodingOf(const RequestHead& head) {
  std::string joined;
  std::string_view list = ListOf(head, "content-encoding", joined);
  coding::Coding found = coding::Coding::kIdentity;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = Trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (name.empty()) continue;
    const std::optional<coding::Coding> coding = coding::CodingOf(name);
    if (!coding) return std::nullopt;
    if (*coding == coding::Coding::kIdentity) continue;
    if (found != coding::Coding::kIdentity) return std::nullopt;
    found = *coding;
  }
  return found;
}

Wish WishOf(const RequestHead& head, const config::Compression& compression, Shape shape) {
  std::string joined;
  const std::string_view accepted = ListOf(head, "accept-encoding", joined);
  if (accepted.empty()) return {};
  const Quality as_is = QualityOfCoding(accepted, "identity");
  Wish wish{.not_as_is = as_is == 0};
  Quality best = 0;
  for (const config::ContentCoding configured : compression.codings) {
    const coding::Coding coding = CodingOf(configured);
    const Quality quality = QualityOfCoding(accepted, coding::NameOf(coding));
    if (quality == 0 || quality < as_is) continue;
    const bool cheaper = shape == Shape::kStream && coding == coding::Coding::kGzip;
    if (quality < best || (quality == best && !cheaper)) continue;
    best = quality;
    wish.coding = coding;
  }
  return wish;
}

bool MayForbidIdentity(const RequestHead& head) {
  return std::any_of(head.headers.begin(), head.headers.end(), [](const Header& header) {
    return header.name == "accept-encoding" && header.value.find('0') != std::string_view::npos;
  });
}

}  // namespace dragoman::compression
