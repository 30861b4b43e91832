#include "transcoding/error_body.h"

#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "transcoding/base64.h"
#include "transcoding/json_escape.h"
#include "transcoding/utf8.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kErrorInfo = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr std::string_view kBadRequest = "type.googleapis.com/google.rpc.BadRequest";
constexpr std::string_view kDomain = "dragoman";
constexpr std::string_view kPartFailed = "PART_FAILED";  // a call of a composition ended with an error of its backend's

void AppendNumber(int value, Buffer& out) {
  std::array<char, 12> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  out.Append(std::string_view(text.data(), end.ptr - text.data()));
}

// A message may hold any bytes that a backend sent: what is no UTF-8 becomes U+FFFD.
void AppendText(std::string_view text, Buffer& out) {
  if (AppendEscaped(text, out)) return;
  std::string mended;
  while (!text.empty()) {
    const size_t size = Utf8CharacterSize(text);
    mended += size > 0 ? text.substr(0, size) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  AppendEscaped(mended, out);
}

void AppendMember(std::string_view name, std::string_view value, Buffer& out) {
  AppendText(name, out);
  out.Append(':');
  AppendText(value, out);
}

// google.rpc.BadRequest, as its JSON.
void AppendBadRequest(const std::vector<FieldViolation>& violations, Buffer& out) {
  out.Append('{');
  AppendMember("@type", kBadRequest, out);
  out.Append(",\"fieldViolations\":[");
  for (size_t i = 0; i < violations.size(); ++i) {
    out.Append(i == 0 ? "{" : ",{");
    if (!violations[i].field.empty()) {
      AppendMember("field", violations[i].field, out);
      out.Append(',');
    }
    AppendMember("description", violations[i].description, out);
    out.Append('}');
  }
  out.Append("]}");
}

// google.rpc.ErrorInfo, as its JSON: of the gateway's own, and of a backend's where the gateway has something to add.
void AppendErrorInfo(const Status& status, Buffer& out) {
  out.Append('{');
  AppendMember("@type", kErrorInfo, out);
  out.Append(',');
  AppendMember("reason", status.reason() == Reason::kNone ? kPartFailed : FactsOf(status.reason()).name, out);
  out.Append(',');
  AppendMember("domain", kDomain, out);
  std::string_view separator = R"(,"metadata":{)";
  const auto add = [&](std::string_view name, std::string_view value) {
    out.Append(separator);
    separator = ",";
    AppendMember(name, value, out);
  };
  if (!status.rule().empty()) add("rule", status.rule());
  for (const auto& [name, value] : status.facts()) add(name, value);
  if (separator == ",") out.Append('}');
  out.Append('}');
}

// google.protobuf.Any on the wire. What a backend sends is read by hand: a text that is no UTF-8, which protobuf refuses, is to spoil
// no other detail.
struct Detail {
  std::string_view type_url;
  std::string_view value;

  bool Is(std::string_view full_name) const {
    return type_url.substr(type_url.rfind('/') + 1) == full_name;  // also where there is none
  }
};

constexpr uint32_t kTypeUrlTag = MakeTag(1, WireType::kLength);        // google/protobuf/any.proto
constexpr uint32_t kValueTag = MakeTag(2, WireType::kLength);
constexpr uint32_t kStatusDetailsTag = MakeTag(3, WireType::kLength);  // google/rpc/status.proto

// `take(tag, record, content)` for each field; of one that is no length-delimited one `content` is empty. False: malformed.
template <typename Take>
bool ForEachField(std::string_view wire, Take take) {
  WireCursor cursor(wire);
  uint32_t tag = 0;
  while (!cursor.done()) {
    const char* const begin = cursor.at();
    std::string_view content;
    if (!cursor.ReadTag(tag)) return false;
    if (WireTypeOf(tag) == WireType::kLength ? !cursor.ReadLengthDelimited(content) : !cursor.Skip(tag)) return false;
    if (!take(tag, std::string_view(begin, static_cast<size_t>(cursor.at() - begin)), content)) return false;
  }
  return true;
}

bool ReadDetail(std::string_view any, Detail& out) {
  return ForEachField(any, [&out](uint32_t tag, std::string_view, std::string_view content) {
    if (tag == kTypeUrlTag) out.type_url = content;
    if (tag == kValueTag) out.value = content;
    return true;
  });
}

// Of a google.rpc.Status; none of one that is malformed.
std::vector<Detail> DetailsOf(std::string_view status) {
  std::vector<Detail> details;
  const bool good = ForEachField(status, [&details](uint32_t tag, std::string_view, std::string_view content) {
    return tag != kStatusDetailsTag || ReadDetail(content, details.emplace_back());
  });
  if (!good) details.clear();
  return details;
}

void AppendDetail(std::string_view type_url, std::string_view value, Buffer& any) {
  AppendVarint(any, kTypeUrlTag);
  AppendLengthDelimited(any, type_url);
  AppendVarint(any, kValueTag);
  AppendLengthDelimited(any, value);
}

// Appends what clients may see of a detail's value: the details of a status that it holds without google.rpc.DebugInfo. False if that is
// nothing. `levels`: how many may be below.
bool AppendPublic(const Detail& detail, int levels, Buffer& value) {
  if (detail.Is("google.rpc.DebugInfo")) return false;
  const auto append_below = [levels](std::string_view any, Buffer& out) {
    Detail below;
    Buffer shown;
    if (levels == 0 || !ReadDetail(any, below) || !AppendPublic(below, levels - 1, shown)) return false;
    AppendDetail(below.type_url, shown.view(), out);
    return true;
  };
  if (detail.Is("google.protobuf.Any")) return append_below(detail.value, value);
  if (!detail.Is("google.rpc.Status")) {
    value.Append(detail.value);
    return true;
  }
  return ForEachField(detail.value, [&](uint32_t tag, std::string_view record, std::string_view content) {
    Buffer any;
    if (tag != kStatusDetailsTag) {
      value.Append(record);
    } else if (append_below(content, any)) {
      AppendVarint(value, kStatusDetailsTag);
      AppendLengthDelimited(value, any.view());
    }
    return true;
  });
}

// One detail of a backend: its JSON, or what is left to say where it has none.
void AppendJson(const Detail& detail, const MessagePlan& any, JsonCodec& codec, Buffer& out) {
  JsonWriteOptions options;
  options.emit_defaults = false;
  Buffer wire;
  AppendDetail(detail.type_url, detail.value, wire);
  if (codec.WriteMessage(any, wire.view(), options, out).ok()) return;
  out.Append('{');
  AppendMember("@type", detail.type_url, out);
  out.Append(",\"value\":\"");
  AppendBase64(detail.value, out);
  out.Append("\"}");
}

}  // namespace

std::string_view ErrorBody::content_type() const {
  return format_ == ErrorFormat::kProblem ? "application/problem+json" : "application/json";
}

void ErrorBody::Render(const Status& status, JsonCodec& codec, Buffer& out) const {
  const int http_status = status.http_status();
  switch (format_) {
    case ErrorFormat::kStatus:
      out.Append("{\"code\":");
      AppendNumber(static_cast<int>(status.code()), out);
      out.Append(',');
      AppendMember("message", status.message(), out);
      RenderDetails(status, codec, out);
      out.Append('}');
      break;
    case ErrorFormat::kAip193:
      out.Append("{\"error\":{\"code\":");
      AppendNumber(http_status, out);
      out.Append(',');
      AppendMember("status", CodeName(status.code()), out);
      out.Append(',');
      AppendMember("message", status.message(), out);
      RenderDetails(status, codec, out);
      out.Append("}}");
      break;
    case ErrorFormat::kProblem:
      out.Append("{\"type\":\"about:blank\",");
      AppendMember("title", HttpReasonPhrase(http_status), out);
      out.Append(",\"status\":");
      AppendNumber(http_status, out);
      out.Append(',');
      AppendMember("detail", status.message(), out);
      out.Append(',');
      AppendMember("code", CodeName(status.code()), out);
      if (status.reason() != Reason::kNone) {
        out.Append(',');
        AppendMember("reason", FactsOf(status.reason()).name, out);
      }
      RenderDetails(status, codec, out);
      out.Append('}');
      break;
  }
}

void ErrorBody::RenderDetails(const Status& status, JsonCodec& codec, Buffer& out) const {
  out.Append(",\"details\":[");
  bool first = true;
  const auto separate = [&] {
    if (!first) out.Append(',');
    first = false;
  };
  if (status.reason() != Reason::kNone || !status.facts().empty()) {
    separate();
    AppendErrorInfo(status, out);
  }
  if (!status.violations().empty()) {
    separate();
    AppendBadRequest(status.violations(), out);
  }
  for (const Detail& detail : DetailsOf(status.details())) {
    constexpr int kLevels = 8;
    Buffer shown;
    if (!AppendPublic(detail, kLevels, shown)) continue;
    separate();
    AppendJson({detail.type_url, shown.view()}, *plans_.Find("google.protobuf.Any"), codec, out);
  }
  out.Append(']');
}

std::optional<int64_t> RetryAfterSeconds(const Status& status) {
  for (const Detail& detail : DetailsOf(status.details())) {
    google::rpc::RetryInfo retry;
    if (!detail.Is("google.rpc.RetryInfo") || !retry.ParseFromArray(detail.value.data(), static_cast<int>(detail.value.size()))) continue;
    constexpr int64_t kMost = 315'576'000'000;  // of a google.protobuf.Duration
    const int64_t seconds = retry.retry_delay().seconds();
    if (seconds >= 0 && seconds <= kMost) return seconds + (retry.retry_delay().nanos() > 0 ? 1 : 0);
  }
  return std::nullopt;
}

std::string_view HttpReasonPhrase(int http_status) {
  switch (http_status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return {};
  }
}

}  // namespace dragoman::transcoding
