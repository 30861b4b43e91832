#include "http/response_writer.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "exchange/characters.h"

namespace dragoman::http {
namespace {

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

template <typename Number>
void AppendNumber(Number number, Buffer& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out.Append({digits, static_cast<size_t>(end - digits)});
}

void AppendHeader(std::string_view name, std::string_view value, Buffer& out) {
  char* to = out.Extend(name.size() + 2 + value.size() + 2);
  to = std::copy(name.begin(), name.end(), to);
  *to++ = ':';
  *to++ = ' ';
  to = std::copy(value.begin(), value.end(), to);
  *to++ = '\r';
  *to = '\n';
}

}  // namespace

bool IsOfTheHttpLayer(std::string_view name) {
  switch (name.size()) {
    case 4: return name == "date";
    case 7: return name == "trailer" || name == "upgrade";
    case 10: return name == "connection" || name == "keep-alive";
    case 14: return name == "content-length";
    case 17: return name == "transfer-encoding";
    default: return false;
  }
}

bool IsSafe(const Header& header) {
  return !header.name.empty() && EveryCharacter(header.name, [](char c) { return LowerTokenCharacter(c) != 0; }) &&
         IsHeaderValue(header.value);
}

std::string_view HttpDate::Now() {
  const std::time_t now = std::time(nullptr);
  constexpr size_t kLength = 29;
  if (now != second_) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[64];
    std::snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday], parts.tm_mday,
                  kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    std::memcpy(text_.data(), text, kLength);
    second_ = now;
  }
  return {text_.data(), kLength};
}

size_t AppendResponseHead(const ResponseHead& head, std::span<const Header> standing, const ResponseShape& shape, std::string_view date,
                          Buffer& out) {
  out.Append("HTTP/1.1 ");
  AppendNumber(head.status, out);
  out.Append(' ');
  out.Append(ReasonPhrase(head.status));
  out.Append("\r\ndate: ");
  out.Append(date);
  out.Append("\r\n");
  switch (shape.framing) {
    case Framing::kSized:
      out.Append("content-length: ");
      AppendNumber(shape.content_length, out);
      out.Append("\r\n");
      break;
    case Framing::kChunked:
      out.Append("transfer-encoding: chunked\r\n");
      break;
    case Framing::kNone:
    case Framing::kUntilClose:
      break;
  }
  size_t dropped = 0;
  if (!head.content_type.empty()) {
    if (IsHeaderValue(head.content_type)) {
      AppendHeader("content-type", head.content_type, out);
    } else {
      ++dropped;
    }
  }
  bool upgrades = false;
  const auto append = [&](const Header& header) {
    const bool names_protocol = head.status == 426 && header.name == "upgrade";  // RFC 9110 section 15.5.22
    if (IsOfTheHttpLayer(header.name) && !names_protocol) return;
    if (IsSafe(header)) {
      AppendHeader(header.name, header.value, out);
      upgrades |= names_protocol;
    } else {
      ++dropped;
    }
  };
  for (const Header& header : head.headers) append(header);
  for (const Header& header : standing) append(header);
  if (shape.persistence == Persistence::kClose) {
    out.Append(upgrades ? "connection: close, upgrade\r\n" : "connection: close\r\n");
  } else if (shape.persistence == Persistence::kKeepAlive) {
    out.Append(upgrades ? "connection: keep-alive, upgrade\r\n" : "connection: keep-alive\r\n");
  } else if (upgrades) {
    out.Append("connection: upgrade\r\n");
  }
  out.Append("\r\n");
  return dropped;
}

}  // namespace dragoman::http
