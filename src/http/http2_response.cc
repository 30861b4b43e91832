#include "http/http2_response.h"

#include <charconv>

#include "base/http2_session.h"
#include "exchange/characters.h"
#include "http/response_writer.h"

namespace dragoman::http {
namespace {

constexpr uint8_t kOwnName = NGHTTP2_NV_FLAG_NO_COPY_NAME;
constexpr uint8_t kOwnBoth = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

// What is another for each response would wash what repeats out of HPACK's table (RFC 7541, 6.2.2).
bool Repeats(std::string_view name) {
  switch (name.size()) {
    case 9:
      return name != "ratelimit";
    case 11:
      return name != "retry-after" && name != "traceparent";
    case 12:
      return name != "x-request-id";
    default:
      return true;
  }
}

bool IsLowerCase(std::string_view name) {
  return EveryCharacter(name, [](char c) { return c < 'A' || c > 'Z'; });
}

}  // namespace

Http2ResponseFields::Http2ResponseFields(const ResponseHead& head, std::span<const Header> standing,
                                         std::optional<uint64_t> content_length, std::string_view date) {
  for (size_t i = 0, divisor = 100; i < 3; ++i, divisor /= 10) {
    status_[i] = static_cast<char>('0' + static_cast<size_t>(head.status) / divisor % 10);
  }
  fields_.push_back(HeaderPair(":status", {status_.data(), status_.size()}, kOwnName));
  fields_.push_back(HeaderPair("date", date, kOwnBoth));
  if (content_length) {
    const auto end = std::to_chars(length_.data(), length_.data() + length_.size(), *content_length).ptr;
    fields_.push_back(
        HeaderPair("content-length", {length_.data(), static_cast<size_t>(end - length_.data())}, kOwnName));
  }
  if (!head.content_type.empty()) Add({"content-type", head.content_type});
  for (const Header& header : head.headers) Add(header);
  for (const Header& header : standing) Add(header);
}

void Http2ResponseFields::Add(const Header& header) {
  if (IsOfTheHttpLayer(header.name)) return;
  if (!IsSafe(header)) {
    ++dropped_;
    return;
  }
  unsigned flags = NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  if (IsLowerCase(header.name)) flags |= NGHTTP2_NV_FLAG_NO_COPY_NAME;  // nghttp2 lowers what it copies
  if (!Repeats(header.name)) flags |= NGHTTP2_NV_FLAG_NO_INDEX;
  fields_.push_back(HeaderPair(header.name, header.value, static_cast<uint8_t>(flags)));
}

}  // namespace dragoman::http
