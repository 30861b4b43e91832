#pragma once

#include <atomic>
#include <string>

#include "exchange/exchange.h"

namespace dragoman::gateway {

// The admin interface: GET /livez and GET /readyz, as plain text.
//
//   /livez   200 "ok\n" as long as the process answers at all
//   /readyz  200 "ok\n" once every listener is bound; 503 "draining\n" from SIGTERM on
//
// A Host that is no address, no "localhost" and not the configured host is refused, and so is any request with an
// Origin: a web page that a browser behind the firewall shows must not read it (DNS rebinding).
class AdminHandler : public ExchangeHandler {
 public:
  // `host`: the host part of the admin address.
  explicit AdminHandler(std::string host) : host_(std::move(host)) {}

  void SetDraining() { draining_ = true; }

  Task<void> Serve(Exchange& exchange) override;
  Task<void> Refuse(Exchange& exchange, Status status) override;

 private:
  bool TrustsHost(std::string_view authority) const;

  const std::string host_;
  bool draining_ = false;
};

}  // namespace dragoman::gateway
