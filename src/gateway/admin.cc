#include "gateway/admin.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include "config/scalar.h"
#include "exchange/characters.h"
#include "explain/explain.h"
#include "transcoding/percent.h"

namespace dragoman::gateway {

struct AdminHandler::Answer {
  int status = 200;
  Buffer body{};
  std::string_view content_type = "text/plain; charset=utf-8";
  Header extra{};

  Answer(int with_status, std::string_view text, Header with = {}) : status(with_status), extra(with) { body.Append(text); }
};

namespace {

constexpr std::string_view kBans = "/guard/bans";
constexpr std::string_view kExplain = "/explain";
constexpr std::string_view kStatus = "/status";
constexpr std::string_view kJson = "application/json";
constexpr size_t kMostQuestions = 8;  // that wait

// "localhost" of "localhost:9901", "::1" of "[::1]:9901".
std::string_view HostOf(std::string_view authority) {
  const size_t bracket = authority.find(']');
  if (authority.starts_with('[') && bracket != std::string_view::npos) return authority.substr(1, bracket - 1);
  return authority.substr(0, authority.rfind(':'));
}

std::string_view PathOf(const RequestHead& head) { return head.target.substr(0, head.target.find('?')); }

// A question on its way through the other thread.
struct Asked {
  explain::Question question;
  std::shared_ptr<const Generation> generation;
  tl::expected<explain::Explanation, std::string> told;
  std::string failed;  // why it is not
  Signal* answered = nullptr;  // null once nobody waits any more
};

constexpr uint64_t kMostForWrapping = 64u << 20;  // bytes

bool IsRead(const RequestHead& head) { return head.http_method == "GET" || head.http_method == "HEAD"; }

}  // namespace

config::Limits AdminLimits(config::Limits limits) {
  constexpr uint64_t kEscaped = 8;  // times a header's bytes, as JSON has it at worst
  limits.max_body_bytes += std::min(limits.max_body_bytes, kMostForWrapping) +
                           kEscaped * (limits.max_request_line_bytes + limits.max_header_bytes);
  return limits;
}

bool AdminHandler::TrustsHost(std::string_view authority) const {
  const std::string_view host = HostOf(authority);
  if (host.empty() || host == "localhost" || host == rules_.host) return true;
  boost::system::error_code error;
  asio::ip::make_address(std::string(host), error);
  return !error;
}

Task<void> AdminHandler::Serve(Exchange& exchange) {
  const std::string_view path = PathOf(exchange.head());
  Answer answer(0, "");
  if (subjects_.today != nullptr && path == kExplain) {
    answer = co_await Explain(exchange);
  } else if (subjects_.status != nullptr && path == kStatus) {
    answer = co_await ShowStatus(exchange.head());
  } else {
    answer = AnswerTo(exchange.head());
  }
  ResponseHead head;
  head.status = answer.status;
  head.content_type = answer.content_type;
  head.headers.push_back({"cache-control", "no-store"});
  if (!answer.extra.name.empty()) head.headers.push_back(answer.extra);
  (void)co_await exchange.Reply(head, answer.body.view());
}

Task<void> AdminHandler::Refuse(Exchange& exchange, Status status) {
  ResponseHead head;
  head.status = status.http_status();
  head.content_type = "text/plain; charset=utf-8";
  (void)co_await exchange.Reply(head, std::string(status.message()) + "\n");
}

AdminHandler::Answer AdminHandler::MayAsk(const RequestHead& head) const {
  if (!head.Find("origin").empty()) return {403, "requests from web pages are refused\n"};
  if (!TrustsHost(head.authority)) return {403, "unknown Host; use the address itself or localhost\n"};
  return {0, ""};
}

Task<AdminHandler::Answer> AdminHandler::Explain(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  if (Answer no = MayAsk(head); no.status != 0) co_return std::move(no);
  if (head.http_method != "POST") co_return Answer(405, "use POST\n", {"allow", "POST"});
  if (Answer no = MayChange(head, "explanations need"); no.status != 0) co_return std::move(no);
  const Result<Buffer*> body = co_await exchange.ReadBody();
  if (!body) co_return Answer(body.error().http_status(), std::string(body.error().message()) + "\n");
  auto question = explain::ReadQuestion((*body)->view());
  if (!question) co_return Answer(400, "the question: " + question.error() + "\n");

  Signal answered;
  struct Waiting {
    std::shared_ptr<Asked> asked = std::make_shared<Asked>();
    ~Waiting() { asked->answered = nullptr; }
  } waiting;
  Asked& asked = *waiting.asked;
  asked.question = *std::move(question);
  asked.generation = subjects_.today();
  asked.answered = &answered;
  if (!StartExplainer()) co_return Answer(503, "there is no thread for it\n");
  const bool posted = explainer_->Post([shared = waiting.asked, &io = exchange.loop().io()] {
    try {
      shared->told = explain::Explain(*shared->generation, shared->question);
    } catch (const std::exception& error) {  // no descriptors, threads, memory left
      shared->failed = error.what();
    }
    asio::post(io, [shared] {
      if (shared->answered != nullptr) shared->answered->Notify();
    });
  });
  if (!posted) co_return Answer(503, "too many questions wait already\n");
  co_await answered.Wait();
  if (!asked.failed.empty()) co_return Answer(503, "cannot be explained now: " + asked.failed + "\n");
  if (!asked.told) co_return Answer(400, "the question: " + asked.told.error() + "\n");
  Answer answer(200, explain::RenderJson(*asked.told));
  answer.content_type = kJson;
  co_return std::move(answer);
}

// False: there can be no more threads.
bool AdminHandler::StartExplainer() {
  try {
    if (!explainer_) explainer_.emplace(kMostQuestions);
  } catch (const std::system_error&) {
  }
  return explainer_.has_value();
}

Task<AdminHandler::Answer> AdminHandler::ShowStatus(const RequestHead& head) const {
  if (Answer no = MayAsk(head); no.status != 0) co_return std::move(no);
  if (!IsRead(head)) co_return UseGet();
  Answer answer(200, "");
  answer.content_type = kJson;
  co_await subjects_.status(answer.body);
  co_return std::move(answer);
}

AdminHandler::Answer AdminHandler::UseGet() { return {405, "use GET\n", {"allow", "GET, HEAD"}}; }

AdminHandler::Answer AdminHandler::AnswerTo(const RequestHead& head) const {
  const size_t mark = head.target.find('?');
  const std::string_view path = PathOf(head);
  const std::string_view query = mark == std::string_view::npos ? std::string_view() : head.target.substr(mark + 1);
  if (Answer no = MayAsk(head); no.status != 0) return no;
  if (path.starts_with(kBans) && path.size() > kBans.size() + 1 && path[kBans.size()] == '/') {
    return ChangeBan(head, path.substr(kBans.size() + 1), query);
  }
  if (path != "/livez" && path != "/readyz" && path != "/metrics" && path != kBans) {
    return {404, "not found; there are /livez, /readyz, /status, /metrics, /guard/bans and /explain\n"};
  }
  if (!IsRead(head)) return UseGet();
  if (path == kBans) return ShowBans();
  if (path == "/metrics") {
    Answer answer(200, "");
    answer.content_type = observe::kMetricsContentType;
    metrics_.Render(answer.body);
    return answer;
  }
  if (path == "/readyz" && draining_) return {503, "draining\n"};
  if (path == "/readyz") {
    if (const std::string waiting = subjects_.waiting(); !waiting.empty()) return {503, "waiting: " + waiting + "\n"};
  }
  return {200, "ok\n"};
}

AdminHandler::Answer AdminHandler::ShowBans() const {
  const guard::Guard* const guard = subjects_.guard();
  if (guard == nullptr) return {404, "nobody is shut out: the configuration has no guard\n"};
  Answer answer(200, "");
  answer.content_type = kJson;
  guard::AppendBansJson(guard->Bans(guard::Moment::Now()), guard->ban_count(), answer.body);
  answer.body.Append('\n');
  return answer;
}

AdminHandler::Answer AdminHandler::MayChange(const RequestHead& head, std::string_view what) const {
  constexpr std::string_view kBearer = "Bearer ";
  constexpr Header kChallenge = {"www-authenticate", "Bearer realm=\"dragoman admin\""};
  if (rules_.token.empty()) {
    if (rules_.unix_socket) return {0, ""};
    return {403, std::string(what) + " admin.token, or an admin.address that is a unix socket\n"};
  }
  const std::string_view shown = head.Find("authorization");
  if (!EqualsIgnoringCase(shown.substr(0, kBearer.size()), kBearer)) return {401, "show the token: authorization: Bearer …\n", kChallenge};
  const std::string_view token = shown.substr(kBearer.size());
  const bool same = token.size() == rules_.token.size() && CRYPTO_memcmp(token.data(), rules_.token.data(), token.size()) == 0;
  if (!same) return {401, "this is not the token\n", kChallenge};
  return {0, ""};
}

AdminHandler::Answer AdminHandler::ChangeBan(const RequestHead& head, std::string_view what, std::string_view query) const {
  constexpr std::string_view kFor = "for=";
  if (head.http_method != "POST" && head.http_method != "DELETE") return {405, "use POST or DELETE\n", {"allow", "DELETE, POST"}};
  if (Answer no = MayChange(head, "changes need"); no.status != 0) return no;
  guard::Guard* const guard = subjects_.guard();
  if (guard == nullptr) return {404, "nobody is shut out: the configuration has no guard\n"};
  std::string scratch;
  const auto decoded = transcoding::PercentDecode(what, transcoding::PercentDecoding::kFull, scratch);
  if (!decoded) return {400, "the path: " + decoded.error() + "\n"};
  const guard::Moment now = guard::Moment::Now();
  if (head.http_method == "DELETE") {
    if (guard->Lift(*decoded, now)) return {200, "lifted\n"};
    return {404, "no such ban; GET /guard/bans lists them\n"};
  }
  const std::optional<std::chrono::milliseconds> duration =
      query.starts_with(kFor) ? config::ParseDuration(query.substr(kFor.size())) : std::nullopt;
  if (!duration) return {400, "say for how long: POST /guard/bans/192.0.2.7?for=10m\n"};
  const tl::expected<guard::Ban, std::string> ban = guard->BanByHand(*decoded, *duration, now);
  if (!ban) return {400, ban.error() + "\n"};
  Answer answer(200, "");
  answer.content_type = kJson;
  guard::AppendBansJson({&*ban, 1}, 1, answer.body);
  answer.body.Append('\n');
  return answer;
}

}  // namespace dragoman::gateway
