#include "shop_fixture.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace dragoman::integration {
namespace {

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

std::string WithoutScheme(std::string address) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (address.starts_with(scheme)) return address.substr(scheme.size());
  }
  return address;
}

std::vector<std::string> With(std::vector<std::string> command, const std::vector<std::string>& more) {
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

}  // namespace

Shop::Shop(const std::string& listen, const std::string& name, const std::vector<std::string>& flags)
    : process_(With({SHOP_BACKEND, "--listen", listen, "--name", name}, flags)) {
  address_ = process_.WaitForLine("listening on ");
}

std::string ConfigText(const GatewayOptions& options) {
  bool own_drain = options.more.find("drain:") != std::string::npos;
  std::string endpoints;
  for (const std::string& endpoint : options.endpoints)
    endpoints += (endpoints.empty() ? "\"" : ", \"") + endpoint + "\"";
  return "listeners: " + options.listeners + "\ndescriptors: " + options.descriptors + "\nbackends: {" +
         options.backend + ": {endpoints: [" + endpoints + "], timeout: " + options.timeout +
         (options.tls.empty() ? "" : ", tls: " + options.tls) +
         (options.concurrency.empty() ? "" : ", concurrency: " + options.concurrency) +
         (options.compression.empty() ? "" : ", compression: " + options.compression) + "}" +
         (options.other_backends.empty() ? "" : ", ") + options.other_backends + "}\nservices: " + options.services +
         "\n" + (own_drain ? "" : "drain: {grace: 5s}\n") + options.more + "\n";
}

Gateway::Gateway(const GatewayOptions& options)
    : process_({DragomanProgram(), "serve", "--config", folder_.Write(kConfig, ConfigText(options))}) {
  size_t listeners = Count(options.listeners, "address:");
  while (addresses_.size() < listeners) addresses_.push_back(WithoutScheme(process_.WaitForLine("listening on ")));
  if (options.more.find("admin:") != std::string::npos) admin_ = WithoutScheme(process_.WaitForLine("admin on "));
}

Gateway::~Gateway() {
  process_.Signal(SIGTERM);
  EXPECT_EQ(process_.Wait(), 0) << process_.err();
}

HttpResponse AskAdmin(const Gateway& gateway, std::string_view http_method, std::string_view target, Headers headers) {
  headers.emplace_back("host", "localhost");
  return Fetch(gateway.admin(), http_method, target, headers);
}

DeadPort::DeadPort() {
  // Bound and never listening: a connection is refused at once, and nobody else can take the port.
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
      getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    ADD_FAILURE() << "no free port";
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
}

DeadPort::~DeadPort() { close(fd_); }

long Stat(const Gateway& gateway, const std::string& rpc, const std::string& counter) {
  HttpResponse response = Fetch(gateway.address(), "POST", "/shop.v1.Diagnostics/GetStats");
  EXPECT_EQ(response.status, 200) << response.body;
  return std::atol(JsonAt(response.body, "calls." + rpc + "." + counter).c_str());
}

void WaitForStat(const Gateway& gateway, const std::string& rpc, const std::string& counter, long value) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  long last = -1;
  while (std::chrono::steady_clock::now() < end) {
    last = Stat(gateway, rpc, counter);
    if (last == value) return;
  }
  ADD_FAILURE() << rpc << " " << counter << " is " << last << ", expected " << value;
}

}  // namespace dragoman::integration
