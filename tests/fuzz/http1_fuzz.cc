#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/chunk_decoder.h"
#include "http/head_scanner.h"
#include "http/request_parser.h"

namespace dragoman::http {
namespace {

constexpr uint64_t kMaxBody = 4096;

// A chunked body that we take, Beast takes too, and finds the same in it. (It knows trailers that it does not like:
// bad_value.)
void CompareWithBeast(std::string_view raw, std::string_view content) {
  namespace beast_http = boost::beast::http;
  beast_http::request_parser<beast_http::string_body> parser;
  parser.eager(true);
  parser.header_limit(UINT32_MAX);
  const std::string bytes = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(raw);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(bytes), error);
  if (error == beast_http::error::bad_value) return;
  if (error || !parser.is_done() || parser.get().body() != content) std::abort();
}

// A connection as Http1Connection reads it, without the sockets: requests one behind the other, until one is refused.
class Reader {
 public:
  void Feed(std::string_view bytes) {
    if (refused_) return;  // nothing behind it is ever looked at
    input_ += bytes;
    while (!refused_ && (in_body_ ? ReadBody() : ReadHead())) {
    }
  }

  // What was made of it all, in a form that two readings can be compared by.
  std::string Transcript() const {
    if (refused_) return served_ + "refused";
    return served_ + (in_body_ ? "unfinished body " + std::string(body_.view()) : "unfinished");
  }

 private:
  // True if there may be more to read.
  bool ReadHead() {
    switch (scanner_.Scan(input_.data(), input_.size())) {
      case HeadScanner::Outcome::kNeedMore:
        return false;
      case HeadScanner::Outcome::kRefused:
        if (scanner_.TakeRefusal().ok()) std::abort();
        refused_ = true;
        return false;
      case HeadScanner::Outcome::kHead:
        break;
    }
    std::vector<Header> headers;
    std::string target;
    RequestHead head;
    RequestParser parser(headers, target);
    const std::string_view bytes = std::string_view(input_).substr(scanner_.head_begin(), scanner_.head_size());
    refused_ = !parser.ParseHead(bytes, head).ok();
    if (refused_) return false;
    CheckHead(head);
    served_ += std::string(head.http_method) + " " + std::string(head.target) + " " + std::string(head.authority);
    for (const Header& header : head.headers)
      served_ += "|" + std::string(header.name) + ":" + std::string(header.value);
    served_ += parser.wants_keep_alive() ? "\n" : " close\n";
    kind_ = parser.body_kind();
    left_ = kind_ == RequestParser::BodyKind::kSized ? parser.content_length() : 0;
    refused_ = left_ > kMaxBody;
    if (refused_) return false;
    in_body_ = true;
    input_.erase(0, scanner_.head_begin() + scanner_.head_size());
    return true;
  }

  bool ReadBody() {
    if (kind_ == RequestParser::BodyKind::kChunked) {
      Result<size_t> used = decoder_.Decode(input_, body_);
      refused_ = !used;
      if (refused_) return false;
      if (body_.size() > kMaxBody) std::abort();
      if (!decoder_.done() && *used != input_.size()) std::abort();
      raw_ += input_.substr(0, *used);
      input_.erase(0, *used);
      if (!decoder_.done()) return false;
      CompareWithBeast(raw_, body_.view());
    } else {
      const size_t taken = static_cast<size_t>(std::min<uint64_t>(left_, input_.size()));
      body_.Append(std::string_view(input_).substr(0, taken));
      input_.erase(0, taken);
      left_ -= taken;
      if (left_ > 0) return false;
    }
    served_ += "[" + std::string(body_.view()) + "]\n";
    body_.Clear();
    raw_.clear();
    decoder_ = BoundDecoder();
    scanner_ = HeadScanner(kHeadLimits);
    in_body_ = false;
    return true;
  }

  // What everything behind may rely on.
  static void CheckHead(const RequestHead& head) {
    if (head.target.empty() || (head.version != 10 && head.version != 11)) std::abort();
    if (head.target.front() != '/' && head.target != "*") std::abort();
    if (head.version == 11 && head.authority.empty()) std::abort();
    for (const Header& header : head.headers) {
      for (char c : header.name) {
        if (c >= 'A' && c <= 'Z') std::abort();
      }
      if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) std::abort();
    }
  }

  static ChunkDecoder BoundDecoder() {
    ChunkDecoder decoder;
    decoder.Bound(kMaxBody);
    return decoder;
  }

  static constexpr HeadLimits kHeadLimits{.request_line = 64, .headers = 256, .header_count = 10};

  std::string input_;
  HeadScanner scanner_{kHeadLimits};
  ChunkDecoder decoder_ = BoundDecoder();
  RequestParser::BodyKind kind_ = RequestParser::BodyKind::kNone;
  uint64_t left_ = 0;
  Buffer body_;
  std::string raw_;  // of the chunked body at hand
  std::string served_;
  bool in_body_ = false;
  bool refused_ = false;
};

std::string Read(std::string_view bytes, size_t first, size_t piece) {
  Reader reader;
  reader.Feed(bytes.substr(0, first));
  for (bytes.remove_prefix(first); !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    reader.Feed(bytes.substr(0, piece));
  return reader.Transcript();
}

}  // namespace
}  // namespace dragoman::http

// The first byte says where the rest is cut in two. Read whole, in two parts or byte by byte, it must be the same
// requests, refused at the same place.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = dragoman::http::Read(bytes, bytes.size(), SIZE_MAX);
  if (dragoman::http::Read(bytes, bytes.size() * data[0] / 255, SIZE_MAX) != whole) std::abort();
  if (dragoman::http::Read(bytes, 0, 1) != whole) std::abort();
  return 0;
}
