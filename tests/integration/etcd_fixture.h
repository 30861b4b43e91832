#pragma once

#include <string>

#include "harness.h"

// etcd, and a gateway in front of one, as examples/etcd has it.
namespace dragoman::integration {

// True where etcd is installed (scripts/setup test).
bool EtcdIsInstalled();

// One etcd, a cluster of its own. It listens on a unix socket: its own JSON gateway dials the very address that it was
// told to listen on, which therefore cannot be port 0. Two of them have the same identifiers: those are made from what
// they were told.
class Etcd {
 public:
  Etcd();
  // "unix:/path": gRPC, and the JSON gateway.
  const std::string& address() const { return address_; }

 private:
  TempDir folder_;
  std::string address_;
  Process process_;
};

// Dragoman with examples/etcd/dragoman.yaml, but for the addresses.
class EtcdGateway {
 public:
  explicit EtcdGateway(const Etcd& etcd);
  ~EtcdGateway();
  EtcdGateway(const EtcdGateway&) = delete;
  EtcdGateway& operator=(const EtcdGateway&) = delete;
  const std::string& address() const { return address_; }

 private:
  TempDir folder_;
  Process process_;
  std::string address_;
};

}  // namespace dragoman::integration
