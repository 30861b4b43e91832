#include "http/head_scanner.h"

#include <cstring>
#include <string>

#include "exchange/characters.h"

namespace dragoman::http {
namespace {

Status Invalid(std::string message) { return Status(Reason::kInvalidRequest, std::move(message)); }

}  // namespace

HeadScanner::Outcome HeadScanner::Refuse(Status status) {
  refusal_ = std::move(status);
  return Outcome::kRefused;
}

HeadScanner::Outcome HeadScanner::RefuseLongLine() {
  return Refuse(Status(Reason::kUriTooLong, "the request line is longer than " + std::to_string(limits_.request_line) + " bytes"));
}

HeadScanner::Outcome HeadScanner::RefuseLongHeaders() {
  return Refuse(Status(Reason::kHeadersTooLarge, "the headers are longer than " + std::to_string(limits_.headers) + " bytes"));
}

HeadScanner::Outcome HeadScanner::Scan(char* bytes, size_t size) {
  for (;;) {
    const void* found = searched_ < size ? std::memchr(bytes + searched_, '\n', size - searched_) : nullptr;
    if (found == nullptr) {
      searched_ = size;
      return CheckUnfinishedLine(bytes, size);
    }
    const size_t end = static_cast<size_t>(static_cast<const char*>(found) - bytes);  // of the line, with its CR
    char* const line = bytes + line_;
    if (end == line_ || bytes[end - 1] != '\r') return Refuse(Invalid("a line of the request head does not end in CR LF"));
    const size_t length = end - 1 - line_;
    const bool first = headers_ == 0;
    line_ = searched_ = end + 1;
    if (first) {
      if (length == 0 && begin_ == 0) {
        begin_ = line_;
        continue;
      }
      if (length > limits_.request_line) return RefuseLongLine();
      if (!ReadRequestLine(line, length)) return Outcome::kRefused;
      headers_ = line_;
    } else if (length == 0) {
      return Outcome::kHead;
    } else {
      refused_line_ = static_cast<size_t>(line - bytes);
      if (line_ - headers_ > limits_.headers) return RefuseLongHeaders();
      if (!ReadHeaderLine(line, length)) return Outcome::kRefused;
      refused_line_ = 0;
    }
  }
}

// Refuses what no further byte can make good: before the end of a line has come, and for lines over their bound. One byte more than the bound may be the CR of the
// request line, or of the empty line behind the headers, which do not count.
HeadScanner::Outcome HeadScanner::CheckUnfinishedLine(const char* bytes, size_t size) {
  if (headers_ == 0) {
    if (size - begin_ > limits_.request_line + 1) return RefuseLongLine();
    if (size == begin_) return Outcome::kNeedMore;
    const bool may_be_empty_line = begin_ == 0 && bytes[begin_] == '\r';
    if (!may_be_empty_line && LowerTokenCharacter(bytes[begin_]) == 0) {
      return Refuse(Invalid("the request line does not begin with an HTTP method"));
    }
  } else if (size - headers_ > limits_.headers + 1) {
    return RefuseLongHeaders();
  }
  return Outcome::kNeedMore;
}

// request-line = method SP request-target SP HTTP-version (RFC 9112 section 3)
bool HeadScanner::ReadRequestLine(const char* line, size_t size) {
  const std::string_view text(line, size);
  const size_t method_end = text.find(' ');
  if (method_end == 0 || method_end == std::string_view::npos ||
      !EveryCharacter(text.substr(0, method_end), [](char c) { return LowerTokenCharacter(c) != 0; })) {
    refusal_ = Invalid("the request line does not begin with an HTTP method");
    return false;
  }
  size_t target_end = text.find(' ', method_end + 1);
  const bool has_version = target_end != std::string_view::npos;
  if (!has_version) target_end = size;
  const std::string_view target = text.substr(method_end + 1, target_end - method_end - 1);
  if (target.empty() || !EveryCharacter(target, IsTargetCharacter)) {
    refusal_ = Invalid("the request target has a character that must be percent-encoded");
    return false;
  }
  method_size_ = method_end;
  target_size_ = target.size();
  const std::string_view version = has_version ? text.substr(target_end + 1) : std::string_view("HTTP/0.9");
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return true;
  if (version.size() == 8 && version.starts_with("HTTP/") && IsDigit(version[5]) && version[6] == '.' && IsDigit(version[7])) {
    refusal_ = Invalid("the HTTP version must be 1.0 or 1.1").WithHttpStatus(505);
  } else {
    refusal_ = Invalid("the request line does not end in an HTTP version");
  }
  return false;
}

// field-line = field-name ":" OWS field-value OWS (RFC 9112 section 5)
bool HeadScanner::ReadHeaderLine(char* line, size_t size) {
  if (line[0] == ' ' || line[0] == '\t') {
    refusal_ = Invalid("a header line begins with white space");
    return false;
  }
  size_t i = 0;
  for (char lower; i < size && (lower = LowerTokenCharacter(line[i])) != 0; ++i) line[i] = lower;
  if (i == 0 || i == size || line[i] != ':') {
    refusal_ = Invalid("a header name has a character that is not allowed, or no colon behind it");
    return false;
  }
  const std::string_view name(line, i);
  if (!IsHeaderValue(std::string_view(line + i + 1, size - i - 1))) {
    refusal_ = Invalid("header \"" + std::string(name) + "\" has a control character in its value");
    return false;
  }
  if (++header_count_ > limits_.header_count) {
    refusal_ = Status(Reason::kHeadersTooLarge, "there are more than " + std::to_string(limits_.header_count) + " headers");
    return false;
  }
  return true;
}

}  // namespace dragoman::http
