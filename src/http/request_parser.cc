#include "http/request_parser.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "exchange/host_and_port.h"

namespace dragoman::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view Std(boost::beast::string_view text) { return {text.data(), text.size()}; }

Status Invalid(std::string message) { return Status(Reason::kInvalidRequest, std::move(message)); }

bool IsWhiteSpace(char c) { return c == ' ' || c == '\t'; }

bool Equals(std::string_view text, std::string_view lower) {
  return boost::beast::iequals(boost::beast::string_view(text.data(), text.size()), boost::beast::string_view(lower.data(), lower.size()));
}

// What a proxy says of its client stays, even if that client has named it in Connection and the proxy has passed that on.
bool SaysWhoTheClientIs(std::string_view name) { return name == "forwarded" || name.starts_with("x-forwarded-"); }

// Cuts the next element off a comma-separated list and takes the white space around it away. The list must not be empty.
std::string_view NextElement(std::string_view& list) {
  const size_t comma = std::min(list.find(','), list.size());
  std::string_view element = list.substr(0, comma);
  list.remove_prefix(std::min(comma + 1, list.size()));
  while (!element.empty() && IsWhiteSpace(element.front())) element.remove_prefix(1);
  while (!element.empty() && IsWhiteSpace(element.back())) element.remove_suffix(1);
  return element;
}

}  // namespace

RequestParser::RequestParser(std::vector<Header>& headers, std::string& target) : headers_(headers), target_(target) {
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
  keep_alive_ = !says_close_ && (out.version == 11 || says_keep_alive_);
  if (connection_options_ > 0) {
    DropNamedByConnection();
    out.headers = headers_;
  }
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
  const std::string_view value = Std(value_view);
  headers_.push_back({Std(name), value});
  switch (field) {
    case Field::host:
      if (++hosts_ > 1) return Refuse(Invalid("there are several Host headers"), error);
      if (!IsHostAndPort(value)) return Refuse(Invalid("header \"host\" is not a host and port"), error);
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
      return ReadTransferEncoding(value, error);
    case Field::connection:
      return ReadConnection(value, error);
    case Field::expect:
      if (!Equals(value, "100-continue")) {
        return Refuse(Invalid("header \"expect\" must be 100-continue").WithHttpStatus(417), error);
      }
      expects_continue_ = true;
      return;
    case Field::upgrade:
      if (upgrade_.empty()) upgrade_ = value;
      return;
    default:
      return;
  }
}

// Without chunked as the last coding nobody can tell where the body ends: 400. Other codings in front of it are understood, but not served: 501
// (RFC 9112 sections 6.1, 6.3). chunked takes no parameter and comes once (7.1, 6.1); empty elements are not forgiven.
void RequestParser::ReadTransferEncoding(std::string_view value, Error& error) {
  has_coding_ = true;
  if (Equals(value, "chunked")) {
    body_kind_ = BodyKind::kChunked;
    return;
  }
  bool framed = !value.empty() && value.back() != ',';
  std::string_view coding;
  while (!value.empty()) {
    coding = NextElement(value);
    const std::string_view name = coding.substr(0, coding.find_first_of("; \t"));
    if (name.empty() || (Equals(name, "chunked") && !value.empty())) framed = false;
  }
  framed = framed && Equals(coding, "chunked");
  Refuse(Invalid("header \"transfer-encoding\" must be chunked").WithHttpStatus(framed ? 501 : 400), error);
}

// Connection = #connection-option (RFC 9110 section 7.6.1); Beast has checked the list.
void RequestParser::ReadConnection(std::string_view value, Error& error) {
  while (!value.empty()) {
    const std::string_view option = NextElement(value);
    if (Equals(option, "close")) {
      says_close_ = true;
    } else if (Equals(option, "keep-alive")) {
      says_keep_alive_ = true;
    } else if (!option.empty()) {
      if (++connection_options_ > kMaxConnectionOptions) {
        return Refuse(Invalid("header \"connection\" has more than " + std::to_string(kMaxConnectionOptions) + " names"), error);
      }
      if (Equals(option, "upgrade")) says_upgrade_ = true;
    }
  }
}

void RequestParser::DropNamedByConnection() {
  std::array<std::string_view, kMaxConnectionOptions> named;
  size_t count = 0;
  for (const Header& header : headers_) {
    if (header.name != "connection") continue;
    for (std::string_view list = header.value; !list.empty();) {
      const std::string_view option = NextElement(list);
      if (!option.empty() && !Equals(option, "close") && !Equals(option, "keep-alive")) named[count++] = option;
    }
  }
  std::erase_if(headers_, [&](const Header& header) {
    return !SaysWhoTheClientIs(header.name) && std::any_of(named.begin(), named.begin() + count, [&](std::string_view option) { return Equals(option, header.name); });
  });
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
  if (body_kind_ == BodyKind::kSized && content_length_ == 0) body_kind_ = BodyKind::kNone;
  may_upgrade_ = says_upgrade_ && body_kind_ == BodyKind::kNone && out.version == 11 && out.http_method == "GET";
  return {};
}

// Upgrade = #protocol     protocol = protocol-name [ "/" protocol-version ]     (RFC 9110 section 7.8)
bool RequestParser::offers_upgrade(std::string_view protocol) const {
  if (!may_upgrade_) return false;
  for (std::string_view list = upgrade_; !list.empty();) {
    if (Equals(NextElement(list), protocol)) return true;
  }
  return false;
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
  if (!IsHostAndPort(out.authority)) {
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

}  // namespace dragoman::http
