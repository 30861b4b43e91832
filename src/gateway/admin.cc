#include "gateway/admin.h"

#include <boost/asio/ip/address.hpp>

namespace dragoman::gateway {
namespace {

Task<void> Answer(Exchange& exchange, int status, std::string_view text, Header extra = {}) {
  ResponseHead head;
  head.status = status;
  head.content_type = "text/plain; charset=utf-8";
  head.headers.push_back({"cache-control", "no-store"});
  if (!extra.name.empty()) head.headers.push_back(extra);
  (void)co_await exchange.Reply(head, text);
}

// "localhost" of "localhost:9901", "::1" of "[::1]:9901".
std::string_view HostOf(std::string_view authority) {
  const size_t bracket = authority.find(']');
  if (authority.starts_with('[') && bracket != std::string_view::npos) return authority.substr(1, bracket - 1);
  return authority.substr(0, authority.rfind(':'));
}

}  // namespace

bool AdminHandler::TrustsHost(std::string_view authority) const {
  const std::string_view host = HostOf(authority);
  if (host.empty() || host == "localhost" || host == host_) return true;
  boost::system::error_code error;
  asio::ip::make_address(std::string(host), error);
  return !error;
}

Task<void> AdminHandler::Serve(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  if (!head.Find("origin").empty()) {
    co_await Answer(exchange, 403, "requests from web pages are refused\n");
  } else if (!TrustsHost(head.authority)) {
    co_await Answer(exchange, 403, "unknown Host; use the address itself or localhost\n");
  } else if (path != "/livez" && path != "/readyz") {
    co_await Answer(exchange, 404, "not found; there are /livez and /readyz\n");
  } else if (head.http_method != "GET" && head.http_method != "HEAD") {
    co_await Answer(exchange, 405, "use GET\n", {"allow", "GET, HEAD"});
  } else if (path == "/readyz" && draining_) {
    co_await Answer(exchange, 503, "draining\n");
  } else {
    co_await Answer(exchange, 200, "ok\n");
  }
}

Task<void> AdminHandler::Refuse(Exchange& exchange, Status status) {
  co_await Answer(exchange, status.http_status(), std::string(status.message()) + "\n");
}

}  // namespace dragoman::gateway
