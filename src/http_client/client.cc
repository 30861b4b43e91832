#include "http_client/client.h"

#include <utility>

#include "http_client/conversation.h"
#include "tls/context.h"
#include "transcoding/quote.h"

namespace dragoman::http_client {
namespace {

// Visible ASCII, blanks and tabs (RFC 9110, 5.5): nothing that could begin another header.
bool IsFieldValue(std::string_view text) {
  for (const char c : text) {
    if ((c < ' ' && c != '\t') || c >= 0x7f) return false;
  }
  return true;
}

// The request as it goes over the wire. Errors: a header that would break it.
Result<std::string> RequestText(const Url& url, const Request& request) {
  const bool has_body = !request.body.empty() || !request.content_type.empty();
  std::string text;
  text.reserve(512 + request.body.size());
  text.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\n");
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  add("host", url.authority);
  add("user-agent", "dragoman/" DRAGOMAN_VERSION);
  add("connection", "close");
  for (const auto& [name, value] : request.headers) {
    if (!IsFieldValue(value)) {
      return Refuse(Reason::kBackendUnavailable,
                    url.authority + ": the value of " + name + " holds a character that no header can carry");
    }
    add(name, value);
  }
  if (!request.content_type.empty()) add("content-type", request.content_type);
  if (has_body || request.method == "POST") add("content-length", std::to_string(request.body.size()));
  text.append("\r\n").append(request.body);
  return text;
}

class HttpClient final : public Client {
 public:
  HttpClient(Loop& loop, std::shared_ptr<const Server> server) : loop_(loop), server_(std::move(server)) {}

  Task<Result<Response>> Fetch(Request request) override {
    Result<std::string> text = RequestText(server_->url, request);
    if (!text) co_return tl::unexpected(std::move(text.error()));
    Waiting waiting(std::make_shared<Conversation>(loop_, server_, *std::move(text), request.method == "HEAD"));
    waiting.conversation->Begin(waiting.done);
    co_await waiting.done.Wait();
    co_return waiting.conversation->Take();
  }

 private:
  // What a coroutine that waits holds. One that is destroyed meanwhile is not told any more.
  struct Waiting {
    explicit Waiting(std::shared_ptr<Conversation> begun) : conversation(std::move(begun)) {}
    ~Waiting() { conversation->Abandon(); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    std::shared_ptr<Conversation> conversation;
    Signal done;
  };

  Loop& loop_;
  const std::shared_ptr<const Server> server_;
};

tl::expected<std::shared_ptr<const Server>, Problem> ServerOf(const config::HttpTarget& target) {
  auto server = std::make_shared<Server>();
  auto url = Url::Parse(target.url);
  if (!url) return tl::unexpected(Problem{target.at.ToString(), std::move(url.error())});
  server->url = *std::move(url);
  server->timeout = target.timeout;
  if (server->url.secure) {
    config::ClientTls tls;
    tls.ca = target.ca;
    tls.at = target.at;
    auto context = tls::ClientContext::Build(tls, tls::ClientContext::Protocol::kHttp1);
    if (!context) return tl::unexpected(std::move(context.error().front()));
    server->tls = *std::move(context);
  }
  return server;
}

}  // namespace

tl::expected<std::unique_ptr<Client>, Problem> Client::Make(Loop& loop, const config::HttpTarget& target) {
  auto server = ServerOf(target);
  if (!server) return tl::unexpected(std::move(server.error()));
  return std::make_unique<HttpClient>(loop, *std::move(server));
}

std::optional<Problem> Client::Check(const config::HttpTarget& target) {
  auto server = ServerOf(target);
  if (server) return std::nullopt;
  return std::move(server.error());
}

}  // namespace dragoman::http_client
