#include "explain/question_exchange.h"

#include <algorithm>

#include "base/ids.h"
#include "exchange/characters.h"
#include "exchange/too_large.h"
#include "http/head_scanner.h"
#include "transcoding/percent.h"
#include "transcoding/quote.h"

namespace dragoman::explain {
namespace {

using transcoding::Quote;

// The id that a request without one is given is made then; here it stands for it.
constexpr std::string_view kSomeId = "(made)";

bool HoldsBreak(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool Has(const Question& question, std::string_view name) {
  return std::any_of(question.headers.begin(), question.headers.end(),
                     [name](const auto& header) { return EqualsIgnoringCase(header.first, name); });
}

// A URL as its client reads it, "https://api.example:8443/v1/items?full=true#top".
struct Url {
  std::string_view scheme;     // "https", also of wss:
  std::string_view authority;  // "api.example:8443"; empty: it is no URL, but a path
  std::string_view target;     // "/v1/items?full=true"
  std::string_view port;       // "8443"; of the scheme, where it has none
};
Url UrlOf(std::string_view target) {
  const size_t mark = target.find("://");
  const std::string_view name = target.substr(0, std::min(mark, target.size()));
  const bool tls = EqualsIgnoringCase(name, "https") || EqualsIgnoringCase(name, "wss");
  if (mark == std::string_view::npos || (!tls && !EqualsIgnoringCase(name, "http") && !EqualsIgnoringCase(name, "ws"))) return {.target = target};
  const std::string_view rest = target.substr(mark + 3);
  Url url{.scheme = tls ? "https" : "http", .authority = rest.substr(0, rest.find_first_of("/?#")), .port = tls ? "443" : "80"};
  url.target = rest.substr(url.authority.size());
  url.target = url.target.substr(0, url.target.find('#'));  // which clients keep to themselves
  const size_t colon = url.authority.rfind(':');
  if (colon == std::string_view::npos || url.authority.ends_with(']')) return url;
  // The port that goes without saying is not said.
  if (url.authority.substr(colon + 1) == url.port) {
    url.authority = url.authority.substr(0, colon);
  } else {
    url.port = url.authority.substr(colon + 1);
  }
  return url;
}

// Which listener a client of the URL meets: one of its scheme, that of its port if there is one; else the first.
size_t ListenerOf(const Url& url, const config::Config& config) {
  std::optional<size_t> found;
  for (size_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    if (url.scheme != (listener.tls ? "https" : "http")) continue;
    if (!found) found = i;
    if (listener.address.ends_with(":" + std::string(url.port))) return i;
  }
  return found.value_or(0);
}

// ' ' as a client must send it: "%20".
std::string Escaped(char c) {
  std::string escaped;
  transcoding::AppendPercentEncoded({&c, 1}, {}, escaped);
  return escaped;
}

// As QuoteByte, which has a blank as a number.
std::string Named(char c) { return c == ' ' ? "a blank" : transcoding::QuoteByte(c); }

// Where a client that named no host would find the listener.
std::string HostOf(const config::Listener& listener) {
  std::string address = listener.address;
  if (address.starts_with("unix:")) return "localhost";
  if (address.starts_with("0.0.0.0:")) address.replace(0, 7, "127.0.0.1");
  if (address.starts_with("[::]:")) address.replace(0, 4, "[::1]");
  return address;
}

}  // namespace

QuestionExchange::QuestionExchange(const Question& question, const config::Config& config, Loop& loop) : question_(question), config_(config) {
  loop_ = &loop;
  peer_ = &client_;
  started_ = loop.now();
}

tl::expected<std::unique_ptr<QuestionExchange>, std::string> QuestionExchange::Make(const Question& question,
                                                                                    const config::Config& config,
                                                                                    Loop& loop) {
  if (question.http_method.empty() || HoldsBreak(question.http_method) || question.http_method.find(' ') != std::string::npos) {
    return tl::unexpected("expected an HTTP method, got " + Quote(question.http_method));
  }
  if (question.target.empty()) return tl::unexpected(std::string("the path is empty"));
  if (HoldsBreak(question.target)) return tl::unexpected(std::string("the path holds a line break"));
  for (const auto& [name, value] : question.headers) {
    if (HoldsBreak(name) || HoldsBreak(value)) return tl::unexpected("header " + Quote(name) + " holds a line break");
  }
  std::unique_ptr<QuestionExchange> exchange(new QuestionExchange(question, config, loop));
  if (question.client != "unix") {
    const std::optional<config::IpAddress> ip = config::IpAddress::Parse(question.client);
    if (!ip) return tl::unexpected("the client: expected an address such as 192.0.2.7, got " + Quote(question.client));
    exchange->client_.ip = *ip;
    exchange->client_.address = ip->ToText().view();
  }
  // A URL is what clients are given; they send its path.
  const Url url = UrlOf(question.target);
  if (!url.scheme.empty() && url.authority.empty()) return tl::unexpected("the URL names no host: " + Quote(question.target));
  if (url.authority.find('@') != std::string_view::npos) {
    return tl::unexpected(std::string("the URL holds a user or a password, which clients send as a header: authorization: Basic …"));
  }
  exchange->client_.listener = ListenerOf(url, config);
  const config::Listener& listener = config.listeners[exchange->client_.listener];
  exchange->head_.scheme = listener.tls ? "https" : "http";
  if (!url.scheme.empty() && url.scheme != exchange->head_.scheme) {
    exchange->scheme_note_ = "no listener speaks " + std::string(url.scheme) + "; taken as it comes through what ends it, to listener " + listener.address;
  }
  std::string& text = exchange->text_;
  const std::string target = (url.target.empty() || url.target.front() == '?' ? "/" : "") + std::string(url.target);
  exchange->target_size_ = target.size();
  text = question.http_method + " " + target + " HTTP/1.1\r\n";
  if (!Has(question, "host")) {
    text += "host: " + (url.authority.empty() ? HostOf(listener) : std::string(url.authority)) + "\r\n";
  }
  for (const auto& [name, value] : question.headers) text += name + ": " + value + "\r\n";
  const bool framed = Has(question, "content-length") || Has(question, "transfer-encoding");
  if (!question.body.empty() && !framed) text += "content-length: " + std::to_string(question.body.size()) + "\r\n";
  text += "\r\n";
  exchange->body_.Append(question.body);
  exchange->ReadHead();
  return exchange;
}

void QuestionExchange::ReadHead() {
  http::HeadScanner scanner({.request_line = config_.limits.max_request_line_bytes, .headers = config_.limits.max_header_bytes});
  const http::HeadScanner::Outcome outcome = scanner.Scan(text_.data(), text_.size());
  if (outcome == http::HeadScanner::Outcome::kHead) {
    refusal_ = parser_.ParseHead(std::string_view(text_).substr(scanner.head_begin(), scanner.head_size()), head_);
  } else {
    refusal_ = outcome == http::HeadScanner::Outcome::kRefused ? scanner.TakeRefusal()
                                                               : Status(Reason::kInvalidRequest, "the request head is malformed");
    if (scanner.has_request_line()) {
      head_.http_method = scanner.http_method(text_.data());
      head_.target = scanner.target(text_.data());
    }
  }
  const std::string_view id = head_.Find("x-request-id");
  request_id_ = ValidRequestId(id) ? id : kSomeId;
}

std::string QuestionExchange::WhereMalformed(const std::function<std::string(std::string_view)>& shown) const {
  const auto is_token = [](char c) { return LowerTokenCharacter(c) != 0; };
  const std::string& method = question_.http_method;
  if (const auto bad = std::find_if_not(method.begin(), method.end(), is_token); bad != method.end()) {
    return "the HTTP method has " + Named(*bad) + " at byte " + std::to_string(bad - method.begin() + 1) + ", which no method has";
  }
  const std::string_view sent = target();
  if (const auto bad = std::find_if_not(sent.begin(), sent.end(), &IsTargetCharacter); bad != sent.end()) {
    const std::string_view before = sent.substr(0, static_cast<size_t>(bad - sent.begin()));
    return "malformed at byte " + std::to_string(before.size() + 1) + " of the target, behind " + Quote(shown(before)) + ": " + Named(*bad) +
           " must be percent-encoded, as " + Escaped(*bad);
  }
  for (const auto& [name, value] : question_.headers) {
    if (name.empty()) return "a header has no name";
    if (const auto bad = std::find_if_not(name.begin(), name.end(), is_token); bad != name.end()) {
      return "the name of header " + Quote(name) + " has " + Named(*bad) + " at byte " + std::to_string(bad - name.begin() + 1) + ", which no name has";
    }
  }
  return {};
}

Task<Result<Buffer*>> QuestionExchange::ReadBody() {
  if (body_.size() > config_.limits.max_body_bytes) co_return Refuse(TooLarge("the body", config_.limits.max_body_bytes));
  co_return &body_;
}

Task<Result<std::string_view>> QuestionExchange::ReadBodyPiece(Patience) {
  if (std::exchange(body_read_, true)) co_return std::string_view();
  co_return body_.view();
}

}  // namespace dragoman::explain
