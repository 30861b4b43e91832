#pragma once

#include <utility>

#include "base/clock.h"
#include "config/ip_address.h"

namespace dragoman::http {

// Who may connect at all. Asked once a connection, as soon as its address is known: when it is accepted, or behind its
// PROXY protocol header; before TLS and before anything is read for a request. A connection that is not admitted is
// reset without a word.
//
// The address is that of the connection's peer, which may be a proxy with many clients behind it: it is the gate's
// business to let the addresses of trusted proxies through. Connections without an address (unix sockets) are not asked
// for.
//
// Threads: safe to use concurrently; one gate serves all workers.
class ConnectionGate {
 public:
  virtual ~ConnectionGate() = default;

  // `now`: the time of the loop's turn. Once for each connection that is admitted, Ended follows.
  virtual bool Admit(const config::IpAddress& address, TimePoint now) = 0;
  // The socket of a connection that was admitted has been closed.
  virtual void Ended(const config::IpAddress& address) = 0;
};

// That a connection was admitted; tells the gate of its end.
class GatePass {
 public:
  GatePass() = default;  // nobody was asked
  GatePass(ConnectionGate& gate, const config::IpAddress& address) : gate_(&gate), address_(address) {}
  GatePass(GatePass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), address_(other.address_) {}
  GatePass& operator=(GatePass&& other) noexcept {
    std::swap(gate_, other.gate_);
    std::swap(address_, other.address_);
    return *this;
  }
  ~GatePass() {
    if (gate_) gate_->Ended(address_);
  }

 private:
  ConnectionGate* gate_ = nullptr;
  config::IpAddress address_;
};

}  // namespace dragoman::http
