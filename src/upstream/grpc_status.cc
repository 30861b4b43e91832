#include "upstream/grpc_status.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "transcoding/quote.h"
#include "transcoding/utf8.h"

namespace dragoman::upstream {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string ReplaceBadUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = transcoding::Utf8CharacterSize(text);
    out.append(length > 0 ? text.substr(0, length) : kReplacement);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

constexpr std::array<int8_t, 256> kBase64Values = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kAlphabet.size(); ++i) values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
  return values;
}();

// "application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"; not "application/grpc-web".
bool IsGrpcContent(std::string_view type) {
  constexpr std::string_view kGrpc = "application/grpc";
  return type.starts_with(kGrpc) &&
         (type.size() == kGrpc.size() || type[kGrpc.size()] == '+' || type[kGrpc.size()] == ';');
}

int ParseNumber(std::string_view digits) {
  int number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() && number >= 0 ? number : -1;
}

// Spec: gRPC's "HTTP to gRPC Status Code Mapping".
Code CodeOfHttp(int status) {
  switch (status) {
    case 400:
      return Code::kInternal;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;
    default:
      return Code::kUnknown;
  }
}

}  // namespace

std::string DecodeGrpcMessage(std::string_view encoded) {
  std::string decoded;
  decoded.reserve(encoded.size());
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '%' && i + 2 < encoded.size()) {
      const int high = HexDigit(encoded[i + 1]);
      const int low = HexDigit(encoded[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    decoded.push_back(encoded[i]);
  }
  return ReplaceBadUtf8(decoded);
}

bool DecodeBase64(std::string_view encoded, std::string& out) {
  if (encoded.size() % 4 == 0) {
    for (int padding = 0; padding < 2 && encoded.ends_with('='); ++padding) encoded.remove_suffix(1);
  }
  if (encoded.size() % 4 == 1) return false;
  out.clear();
  out.reserve(encoded.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : encoded) {
    const int8_t value = kBase64Values[static_cast<uint8_t>(c)];
    if (value < 0) return false;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xFF));
    }
  }
  return true;
}

bool ReplyStatus::Take(std::string_view name, std::string_view value) {
  if (name == ":status") {
    http_status_ = ParseNumber(value);
    return true;
  }
  if (name == "content-type") {
    grpc_content_ = IsGrpcContent(value);
    if (!grpc_content_) content_type_ = value;
    return true;
  }
  if (!name.starts_with("grpc-")) return name.starts_with(':');
  if (name == "grpc-status") {
    grpc_status_ = std::exchange(has_status_, true) ? kTwice : ParseNumber(value);
    if (grpc_status_ == kNoNumber) status_text_ = value;
  } else if (name == "grpc-message") {
    message_ = DecodeGrpcMessage(value);
  } else if (name == "grpc-status-details-bin") {
    if (!DecodeBase64(value, details_)) details_.clear();
  } else if (name == "grpc-encoding") {
    encoding_ = value;
  }
  return true;
}

void ReplyStatus::ForgetStatus() {
  if (!has_status_) return;
  has_status_ = false;
  message_.clear();
  details_.clear();
}

Status ReplyStatus::Resolve(std::string_view who) const {
  if (has_status_) {
    if (grpc_status_ == 0) return Status();
    if (grpc_status_ == kTwice) return Status(Code::kUnknown, std::string(who) + " sent more than one grpc-status");
    if (grpc_status_ == kNoNumber) {
      return Status(Code::kUnknown, std::string(who) + " sent grpc-status " + transcoding::Quote(status_text_) +
                                        ", which is no number");
    }
    Status status(CodeFromNumber(grpc_status_), message_);
    return details_.empty() ? std::move(status) : std::move(status).WithDetails(details_);
  }
  if (http_status_ != 200) {
    std::string text = std::string(who) + " answered with HTTP status " + std::to_string(http_status_);
    if (!content_type_.empty()) text += " and content-type " + transcoding::Quote(content_type_);
    text += " instead of gRPC";
    const Code code = CodeOfHttp(http_status_);
    if (code == Code::kUnavailable) return Status(Reason::kBackendUnavailable, std::move(text));
    if (code == Code::kInternal) return Status(Reason::kBackendProtocolError, std::move(text));
    return Status(code, std::move(text));
  }
  if (!grpc_content_) {
    return Status(Code::kUnknown, std::string(who) + " answered with " +
                                      (content_type_.empty() ? "no content-type"
                                                             : "content-type " + transcoding::Quote(content_type_)) +
                                      " instead of application/grpc");
  }
  return Status(Code::kUnknown, std::string(who) + " ended the call without a grpc-status");
}

Status StatusOfReset(uint32_t http2_code, std::string_view who) {
  std::string text = std::string(who) + " reset the stream with " + nghttp2_http2_strerror(http2_code);
  switch (http2_code) {
    case NGHTTP2_NO_ERROR:
    case NGHTTP2_PROTOCOL_ERROR:
    case NGHTTP2_INTERNAL_ERROR:
    case NGHTTP2_FLOW_CONTROL_ERROR:
    case NGHTTP2_SETTINGS_TIMEOUT:
    case NGHTTP2_FRAME_SIZE_ERROR:
    case NGHTTP2_COMPRESSION_ERROR:
    case NGHTTP2_CONNECT_ERROR:
      return Status(Reason::kBackendProtocolError, std::move(text));
    case NGHTTP2_REFUSED_STREAM:
      return Status(Reason::kBackendUnavailable, std::move(text));
    case NGHTTP2_CANCEL:
      return Status(Code::kCancelled, std::move(text));
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return Status(Code::kResourceExhausted, std::move(text));
    case NGHTTP2_INADEQUATE_SECURITY:
      return Status(Code::kPermissionDenied, std::move(text));
    default:
      return Status(Code::kUnknown, std::move(text));
  }
}

}  // namespace dragoman::upstream
