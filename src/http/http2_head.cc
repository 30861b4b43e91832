#include "http/http2_head.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "exchange/characters.h"
#include "exchange/host_and_port.h"

namespace dragoman::http {
namespace {

Status Invalid(std::string message) { return Status(Reason::kInvalidRequest, std::move(message)); }

}  // namespace

void Http2Head::Add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kEntryBytes;
  if (name == ":path") {
    header_bytes_ += name.size() + kEntryBytes;
    path_bytes_ = value.size();
    if (value.size() <= limits_.max_request_line_bytes) KeepPseudo(path_, name, value);
    return;
  }
  header_bytes_ += name.size() + value.size() + kEntryBytes;
  if (header_bytes_ > limits_.max_header_bytes) return;
  if (name.front() == ':') {
    if (name == ":method") KeepPseudo(http_method_, name, value);
    if (name == ":scheme") KeepPseudo(scheme_, name, value);
    if (name == ":authority") KeepPseudo(authority_, name, value);
    return;
  }
  if (++fields_ > kMaxHeaders) return;
  if (name == "cookie") ++cookies_;
  if (name == "host") has_host_ = true;
  block_.Add(name, value);
}

void Http2Head::KeepPseudo(size_t& index, std::string_view name, std::string_view value) {
  index = block_.size();
  block_.Add(name, value);
  ++pseudo_headers_;
}

Status Http2Head::Finish(RequestHead& out) {
  if (cookies_ > 1) block_.Join(pseudo_headers_, "cookie", "; ");
  out.version = 20;
  out.http_method = ValueAt(http_method_);
  out.target = ValueAt(path_);
  out.authority = ValueAt(authority_);
  out.headers = block_.entries().subspan(pseudo_headers_);

  constexpr std::string_view kRestOfTheLine = "  HTTP/1.1";  // that HTTP/1 would need
  if (out.http_method.size() + path_bytes_ + kRestOfTheLine.size() > limits_.max_request_line_bytes) {
    return Status(Reason::kUriTooLong,
                  "the request line is longer than " + std::to_string(limits_.max_request_line_bytes) + " bytes");
  }
  if (header_bytes_ > limits_.max_header_bytes) {
    return Status(Reason::kHeadersTooLarge,
                  "the headers are longer than " + std::to_string(limits_.max_header_bytes) + " bytes");
  }
  if (fields_ > kMaxHeaders) {
    return Status(Reason::kHeadersTooLarge, "there are more than " + std::to_string(kMaxHeaders) + " headers");
  }
  if (Status bad = CheckAuthority(out); !bad.ok()) return bad;
  if (out.http_method == "CONNECT" || out.http_method == "TRACE") {
    return Status(Reason::kMethodNotAllowed, "HTTP method " + std::string(out.http_method) + " is not served")
        .WithHeader("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  }
  if (Status bad = CheckTarget(out); !bad.ok()) return bad;
  return ReadHeaders(out);
}

Status Http2Head::CheckAuthority(RequestHead& out) const {
  const std::string_view authority = ValueAt(authority_);
  if (authority_ != kNone && !IsHostAndPort(authority)) return Invalid("\":authority\" is not a host and port");
  if (!has_host_) return {};
  const auto host =
      std::find_if(out.headers.begin(), out.headers.end(), [](const Header& h) { return h.name == "host"; });
  if (!IsHostAndPort(host->value)) return Invalid("header \"host\" is not a host and port");
  if (authority_ != kNone && !EqualsIgnoringCase(authority, host->value)) {
    return Invalid("\":authority\" and header \"host\" differ");
  }
  if (authority_ == kNone) out.authority = host->value;
  return {};
}

// Only the origin form, and the asterisk of OPTIONS (RFC 9113 section 8.3.1).
Status Http2Head::CheckTarget(const RequestHead& out) const {
  const std::string_view scheme = ValueAt(scheme_);
  if (!EqualsIgnoringCase(scheme, "http") && !EqualsIgnoringCase(scheme, "https")) {
    return Invalid("\":scheme\" must be http or https");
  }
  if (!EveryCharacter(out.target, IsTargetCharacter)) {
    return Invalid("the request target has a character that must be percent-encoded");
  }
  if (out.target.starts_with('/') || (out.target == "*" && out.http_method == "OPTIONS")) return {};
  return Invalid("the request target is not a path");
}

Status Http2Head::ReadHeaders(const RequestHead& out) {
  for (const Header& header : out.headers) {
    if (header.name == "content-length") {
      uint64_t length = 0;
      const char* const end = header.value.data() + header.value.size();
      const auto [parsed, failure] = std::from_chars(header.value.data(), end, length);
      if (failure != std::errc() || parsed != end) {
        return Invalid("header \"content-length\" is not a number of bytes");
      }
      content_length_ = length;
    } else if (header.name == "expect") {
      if (!EqualsIgnoringCase(header.value, "100-continue")) {
        return Invalid("header \"expect\" must be 100-continue").WithHttpStatus(417);
      }
      expects_continue_ = true;
    }
  }
  return {};
}

}  // namespace dragoman::http
