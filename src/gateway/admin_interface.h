#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "gateway/admin.h"
#include "gateway/server.h"
#include "gateway/status_page.h"
#include "http/listen_socket.h"
#include "http/server.h"

namespace dragoman::gateway {

// The admin address: its socket, and the pages that tell of whatever serves today.
//
// Threads: the control loop's.   Lifetime: destroyed once the control loop has ended.
class AdminInterface {
 public:
  // `config` has an admin address. Errors, for the operator: an address that cannot be bound, a token that cannot be read.
  static tl::expected<std::unique_ptr<AdminInterface>, std::string> Open(const config::Config& config, const StatusPage::Subjects& of,
                                                                         const observe::Metrics& metrics);

  BoundAddress bound() const { return {socket_.address(), true, false}; }
  void Start();
  // What `admin.token` says; empty: nothing. Errors, for the operator: it cannot be read.
  static tl::expected<std::string, std::string> TokenOf(const config::Config& config);
  // Counts from now on.
  void SetToken(std::string token) { handler_.SetToken(std::move(token)); }
  void SetDraining() { handler_.SetDraining(); }
  // Whoever waits for an answer gets it, or none.
  void Stop();

 private:
  AdminInterface(const config::Config& config, AdminHandler::Rules rules, http::ListenSocket socket, const StatusPage::Subjects& of,
                 const observe::Metrics& metrics);

  http::ListenSocket socket_;
  StatusPage status_;
  AdminHandler handler_;
  http::ConnectionQuota connections_{64};
  http::Server server_;
};

}  // namespace dragoman::gateway
