#include "explain/question_exchange.h"

#include <algorithm>

#include "base/ids.h"
#include "exchange/characters.h"
#include "exchange/too_large.h"
#include "http/head_scanner.h"
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

// "https" and "api.example:8443" of "https://api.example:8443/v1/items".
struct Origin {
  std::string_view scheme;
  std::string_view authority;
};
Origin OriginOfUrl(std::string_view target) {
  const size_t mark = target.find("://");
  if (mark == std::string_view::npos || target.starts_with('/')) return {};
  const std::string_view rest = target.substr(mark + 3);
  return {target.substr(0, mark), rest.substr(0, rest.find_first_of("/?"))};
}

// Where a client that named no host would find the listener.
std::string HostOf(const config::Listener& listener) {
  std::string address = listener.address;
  if (address.starts_with("unix:")) return "localhost";
  if (address.starts_with("0.0.0.0:")) address.replace(0, 7, "127.0.0.1");
  if (address.starts_with("[::]:")) address.replace(0, 4, "[::1]");
  return address;
}

}  // namespace

QuestionExchange::QuestionExchange(const config::Config& config, Loop& loop) : config_(config) {
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
  std::unique_ptr<QuestionExchange> exchange(new QuestionExchange(config, loop));
  if (question.client != "unix") {
    const std::optional<config::IpAddress> ip = config::IpAddress::Parse(question.client);
    if (!ip) return tl::unexpected("the client: expected an address such as 192.0.2.7, got " + Quote(question.client));
    exchange->client_.ip = *ip;
    exchange->client_.address = ip->ToText().view();
  }
  const Origin origin = OriginOfUrl(question.target);
  for (size_t i = 0; i < config.listeners.size(); ++i) {
    if (origin.scheme != (config.listeners[i].tls ? "https" : "http")) continue;
    exchange->client_.listener = i;
    break;
  }
  const config::Listener& listener = config.listeners[exchange->client_.listener];
  exchange->head_.scheme = listener.tls ? "https" : "http";
  // A URL is what clients are given; they send its path.
  std::string_view target = question.target;
  if (!origin.authority.empty()) {
    target.remove_prefix(origin.scheme.size() + 3 + origin.authority.size());
    target = target.substr(0, target.find('#'));  // which clients keep to themselves
  }
  std::string& text = exchange->text_;
  text = question.http_method + " " + (target.empty() || target.front() == '?' ? "/" : "") + std::string(target) + " HTTP/1.1\r\n";
  if (!Has(question, "host")) {
    text += "host: " + (origin.authority.empty() ? HostOf(listener) : std::string(origin.authority)) + "\r\n";
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

Task<Result<Buffer*>> QuestionExchange::ReadBody() {
  if (body_.size() > config_.limits.max_body_bytes) co_return Refuse(TooLarge("the body", config_.limits.max_body_bytes));
  co_return &body_;
}

Task<Result<std::string_view>> QuestionExchange::ReadBodyPiece(Patience) {
  if (std::exchange(body_read_, true)) co_return std::string_view();
  co_return body_.view();
}

}  // namespace dragoman::explain
