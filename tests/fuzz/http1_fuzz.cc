#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/head_scanner.h"
#include "http/request_parser.h"

namespace dragoman::http {
namespace {

// What a byte stream is as a request: "refused …" or head and body, in a form that two readings can be compared by.
std::string Read(std::string bytes, size_t cut) {
  HeadScanner scanner({.request_line = 256, .headers = 1024, .header_count = 20});
  HeadScanner::Outcome outcome = scanner.Scan(bytes.data(), cut);
  if (outcome == HeadScanner::Outcome::kNeedMore) outcome = scanner.Scan(bytes.data(), bytes.size());
  if (outcome == HeadScanner::Outcome::kNeedMore) return "unfinished";
  if (outcome == HeadScanner::Outcome::kRefused) return "refused";
  const size_t end = scanner.head_begin() + scanner.head_size();

  std::vector<Header> headers;
  std::string target;
  RequestParser parser(4096, headers, target);
  RequestHead head;
  if (Status bad = parser.ParseHead(std::string_view(bytes).substr(scanner.head_begin(), scanner.head_size()), head); !bad.ok()) {
    return "refused " + std::string(bad.message());
  }
  if (head.target.empty() || (head.version != 10 && head.version != 11)) std::abort();
  std::string read = std::string(head.http_method) + " " + std::string(head.target) + " " + std::string(head.authority);
  for (const Header& header : head.headers) {
    for (char c : header.name) {
      if (c >= 'A' && c <= 'Z') std::abort();
    }
    if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) std::abort();
    read += "|" + std::string(header.name) + ":" + std::string(header.value);
  }
  if (parser.body_kind() != RequestParser::BodyKind::kChunked) return read;

  Buffer body;
  const std::string_view raw = std::string_view(bytes).substr(end);
  size_t used = 0;
  for (size_t given : {cut > end ? cut - end : 0, raw.size()}) {
    if (given <= used || parser.chunks_done()) continue;
    Result<size_t> more = parser.DecodeChunks(raw.substr(used, given - used), body);
    if (!more) return "refused body";
    used += *more;
  }
  if (body.size() > 4096) std::abort();
  return read + (parser.chunks_done() ? "=" : "…") + std::string(body.view());
}

}  // namespace
}  // namespace dragoman::http

// The first byte says where the rest is cut in two; the cut must not matter.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t cut = bytes.size() * data[0] / 255;
  if (dragoman::http::Read(bytes, bytes.size()) != dragoman::http::Read(bytes, cut)) std::abort();
  return 0;
}
