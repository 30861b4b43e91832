#include "gateway/admin_interface.h"

#include <utility>

#include "config/text_source.h"
#include "gateway/service.h"

namespace dragoman::gateway {
namespace {

// The host of "127.0.0.1:9901"; empty for a unix socket.
std::string HostOf(std::string_view address) {
  return address.starts_with("unix:") ? std::string() : std::string(address.substr(0, address.rfind(':')));
}

}  // namespace

tl::expected<std::unique_ptr<AdminInterface>, std::string> AdminInterface::Open(const config::Config& config,
                                                                                const StatusPage::Subjects& of,
                                                                                const observe::Metrics& metrics) {
  const config::Admin& admin = *config.admin;
  auto token = TokenOf(config);
  if (!token) return tl::unexpected(std::move(token.error()));
  auto socket = http::ListenSocket::Open(admin.address, 1);
  if (!socket) return tl::unexpected(std::move(socket.error()));
  AdminHandler::Rules rules{
      .host = HostOf(admin.address), .unix_socket = admin.address.starts_with("unix:"), .token = *std::move(token)};
  return std::unique_ptr<AdminInterface>(new AdminInterface(config, std::move(rules), std::move(*socket), of, metrics));
}

AdminInterface::AdminInterface(const config::Config& config, AdminHandler::Rules rules, http::ListenSocket socket,
                               const StatusPage::Subjects& of, const observe::Metrics& metrics)
    : socket_(std::move(socket)),
      status_(DRAGOMAN_VERSION, of),
      handler_(std::move(rules), metrics,
               {.guard = [&today = of.today] { return today->generation().guard.get(); },
                .waiting = [&today = of.today] { return today->waiting(); },
                .today = [&today = of.today] { return today->shared().generation; },
                .status = [this](Buffer& out) { return status_.Render(out); }}),
      server_(of.control, handler_, AdminLimits(config.limits), connections_) {}

void AdminInterface::Start() { server_.Listen(socket_.Take(0)); }

tl::expected<std::string, std::string> AdminInterface::TokenOf(const config::Config& config) {
  if (!config.admin || !config.admin->token) return std::string();
  tl::expected<std::string, Problem> token = config::ResolveText(*config.admin->token);
  if (!token) return tl::unexpected(token.error().where + ": admin.token: " + token.error().what);
  return *std::move(token);
}

void AdminInterface::Stop() {
  handler_.Stop();
  status_.Stop();
}

}  // namespace dragoman::gateway
