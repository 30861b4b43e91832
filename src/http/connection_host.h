#pragma once

#include <memory>
#include <optional>

#include "base/loop.h"
#include "base/wake_list.h"
#include "config/config.h"
#include "exchange/exchange.h"
#include "http/connection_counters.h"
#include "http/connection_gate.h"
#include "http/refusal_log.h"
#include "http/response_writer.h"
#include "http/workspace.h"

namespace dragoman::http {

// What all connections of one worker share.
struct ConnectionHost {
  Loop& loop;
  ExchangeHandler& handler;
  config::Limits limits;
  WorkspacePool workspaces;
  HttpDate date;
  ConnectionGate* gate = nullptr;  // null: everybody may connect
  ConnectionCounters counters = {};
  RefusalLog failed_handshakes{"tls_handshake_failed", LogLevel::kDebug, std::chrono::milliseconds(100)};
  RefusalLog misconduct{"http2_connection_ended", LogLevel::kInfo, std::chrono::seconds(1)};
  std::shared_ptr<WakeList> wakes = std::make_shared<WakeList>(loop);  // of HTTP/2
  RefusalLog refused_proxy_headers{"proxy_header_refused", LogLevel::kWarn, std::chrono::seconds(1)};
  bool draining = false;     // no further request after the present one …
  bool handed_over = false;  // … or, on a connection that has had none, the first one within header_timeout: whoever connected meant to be served

  // Whether a connection ends that waits for a client. `fresh`: it has had no request.
  bool EndsWaiting(bool fresh) const { return draining && !(fresh && handed_over); }

  // Nothing if whoever has that address may not connect, which is counted.
  std::optional<GatePass> Admit(const config::IpAddress& address) {
    if (gate == nullptr || address.none()) return GatePass();
    if (gate->Admit(address, loop.now())) return GatePass(*gate, address);
    counters.refused_by_gate.Add(1);
    return std::nullopt;
  }
  // `peer` has sent no PROXY protocol header that can be believed: counts and logs it.
  void RefuseProxyHeader(const Peer& peer, std::string_view why) {
    counters.refused_proxy_headers.Add(1);
    refused_proxy_headers.Add(loop.now(), peer, why);
  }
};

}  // namespace dragoman::http
