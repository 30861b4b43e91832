#include "http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "http/characters.h"

namespace dragoman::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view Std(boost::beast::string_view text) { return {text.data(), text.size()}; }

Status Invalid(std::string message) { return Status(Reason::kInvalidRequest, std::move(message)); }

Status TooLarge(uint64_t max_body_bytes) {
  return Status(Reason::kBodyTooLarge, "the body is larger than " + std::to_string(max_body_bytes) + " bytes");
}

}  // namespace

RequestParser::RequestParser(uint64_t max_body_bytes, std::vector<Header>& headers, std::string& target)
    : max_body_bytes_(max_body_bytes), headers_(headers), target_(target) {
  headers_.clear();
  header_limit(UINT32_MAX);  // HeadScanner has bounded it
  body_limit(boost::none);
}

Status RequestParser::ParseHead(std::string_view head, RequestHead& out) {
  head_ = &out;
  Error error;
  put(asio::const_buffer(head.data(), head.size()), error);
  head_ = nullptr;
  out.headers = headers_;
  if (!refusal_.ok()) return std::move(refusal_);
  if (error) return WordError(error);
  if (!head_done_) return Invalid("the request head is malformed");
  return CheckHead(out);
}

// What Beast found wrong before it handed us the header.
Status RequestParser::WordError(const Error& error) const {
  if (error == beast_http::error::bad_content_length && !has_coding_) return Invalid("header \"content-length\" is not a number of bytes");
  if (error == beast_http::error::multiple_content_length) return Invalid("there are several Content-Length headers");
  if (error == beast_http::error::bad_transfer_encoding && !has_length_) return Invalid("there are several Transfer-Encoding headers");
  if (error == beast_http::error::bad_content_length || error == beast_http::error::bad_transfer_encoding) {
    return Invalid("there are both a Content-Length and a Transfer-Encoding");
  }
  if (error == beast_http::error::bad_value) return Invalid("header \"connection\" is not a list of names");
  return Invalid("the request head is malformed: " + error.message());
}

void RequestParser::Refuse(Status status, Error& error) {
  if (refusal_.ok()) refusal_ = std::move(status);
  error = beast_http::make_error_code(beast_http::error::bad_value);
}

void RequestParser::on_request_impl(beast_http::verb, View http_method, View target, int version, Error&) {
  head_->http_method = Std(http_method);
  head_->target = Std(target);
  head_->version = version;
}

void RequestParser::on_field_impl(Field field, View name, View value_view, Error& error) {
  if (head_done_) return;  // a trailer
  const std::string_view value = Std(value_view);
  headers_.push_back({Std(name), value});
  switch (field) {
    case Field::host:
      if (++hosts_ > 1) return Refuse(Invalid("there are several Host headers"), error);
      if (!EveryCharacter(value, IsHostCharacter)) return Refuse(Invalid("header \"host\" is not a host and port"), error);
      head_->authority = value;
      return;
    case Field::content_length: {
      if (has_length_) return Refuse(Invalid("there are several Content-Length headers"), error);
      has_length_ = true;
      const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), content_length_);
      if (failure != std::errc() || end != value.data() + value.size()) {
        return Refuse(Invalid("header \"content-length\" is not a number of bytes"), error);
      }
      body_kind_ = BodyKind::kSized;
      return;
    }
    case Field::transfer_encoding:
      if (has_coding_) return Refuse(Invalid("there are several Transfer-Encoding headers"), error);
      has_coding_ = true;
      if (!boost::beast::iequals(value_view, "chunked")) {
        return Refuse(Invalid("header \"transfer-encoding\" must be chunked").WithHttpStatus(501), error);
      }
      body_kind_ = BodyKind::kChunked;
      return;
    case Field::expect:
      if (!boost::beast::iequals(value_view, "100-continue")) {
        return Refuse(Invalid("header \"expect\" must be 100-continue").WithHttpStatus(417), error);
      }
      expects_continue_ = true;
      return;
    default:
      return;
  }
}

Status RequestParser::CheckHead(RequestHead& out) {
  if (has_length_ && has_coding_) return Invalid("there are both a Content-Length and a Transfer-Encoding");
  if (out.version == 10) {
    if (has_coding_) return Invalid("HTTP/1.0 has no Transfer-Encoding");
    expects_continue_ = false;
  } else if (hosts_ == 0) {
    return Invalid("header \"host\" is missing");
  }
  if (out.http_method == "CONNECT" || out.http_method == "TRACE") {
    return Status(Reason::kMethodNotAllowed, "HTTP method " + std::string(out.http_method) + " is not served")
        .WithHeader("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  }
  if (Status bad = NormaliseTarget(out); !bad.ok()) return bad;
  if (body_kind_ == BodyKind::kSized) {
    if (content_length_ > max_body_bytes_) return TooLarge(max_body_bytes_);
    if (content_length_ == 0) body_kind_ = BodyKind::kNone;
  }
  return {};
}

// request-target = origin-form / absolute-form / asterisk-form (RFC 9112 section 3.2)
Status RequestParser::NormaliseTarget(RequestHead& out) {
  const std::string_view target = out.target;
  if (target.front() == '/' || (target == "*" && out.http_method == "OPTIONS")) return {};
  size_t begin = 0;  // of the authority
  for (std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (boost::beast::iequals(View(target.data(), std::min(target.size(), scheme.size())), View(scheme.data(), scheme.size()))) begin = scheme.size();
  }
  if (begin == 0) return Invalid("the request target is neither a path nor an http URL");
  const size_t end = std::min(target.find_first_of("/?", begin), target.size());
  out.authority = target.substr(begin, end - begin);
  if (out.authority.empty() || !EveryCharacter(out.authority, IsHostCharacter)) {
    return Invalid("the request target's host is not a host and port");
  }
  out.target = target.substr(end);
  if (out.target.empty()) {
    out.target = out.http_method == "OPTIONS" ? "*" : "/";
  } else if (out.target.front() == '?') {
    target_.assign(1, '/').append(out.target);
    out.target = target_;
  }
  return {};
}

Result<size_t> RequestParser::DecodeChunks(std::string_view bytes, Buffer& out) {
  eager(true);
  chunk_sink_ = &out;
  Error error;
  const size_t used = put(asio::const_buffer(bytes.data(), bytes.size()), error);
  chunk_sink_ = nullptr;
  if (!refusal_.ok()) return dragoman::Refuse(std::move(refusal_));
  if (error && error != beast_http::error::need_more) {
    return dragoman::Refuse(Invalid("the chunked body is malformed: " + error.message()));
  }
  return used;
}

void RequestParser::on_chunk_header_impl(uint64_t size, View, Error& error) {
  if (size > max_body_bytes_ - content_length_) return Refuse(TooLarge(max_body_bytes_), error);
  content_length_ += size;  // of the chunks so far
}

size_t RequestParser::on_chunk_body_impl(uint64_t, View body, Error&) {
  chunk_sink_->Append(Std(body));
  return body.size();
}

}  // namespace dragoman::http
