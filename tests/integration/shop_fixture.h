#pragma once

#include <string>
#include <vector>

#include "harness.h"

// The shop's backend and a gateway in front of it, as the tests configure them.
namespace dragoman::integration {

// One shop_backend on a free port.
class Shop {
 public:
  // `listen`: "127.0.0.1:0" or "unix:/path". `name` comes back in the answers of Diagnostics.Echo. `flags`: more of
  // shop_backend's, such as {"--fail", "shop.v1.Shipping/*=UNAVAILABLE"}.
  explicit Shop(const std::string& listen = "127.0.0.1:0", const std::string& name = "shop",
                const std::vector<std::string>& flags = {});

  const std::string& address() const { return address_; }
  Process& process() { return process_; }

 private:
  Process process_;
  std::string address_;
};

// What a configuration says. Strings are YAML.
struct GatewayOptions {
  std::string listeners = R"([{address: "127.0.0.1:0"}])";
  std::string descriptors = "[{file: \"" SHOP_DESCRIPTORS "\"}]";
  std::string backend = "shop";        // the one backend's name
  std::vector<std::string> endpoints;  // of it
  std::string timeout = "10s";
  std::string tls = "";            // of it: "{ca: {file: …}}"
  std::string concurrency = "";    // likewise: "{max: 8}"
  std::string compression = "";    // likewise: "gzip"
  std::string other_backends = "";  // further members of `backends`
  std::string services = R"([{name: "shop.v1.*", backend: shop}])";
  std::string more = "";  // further top-level keys, each a line
};

// The text of a configuration file.
std::string ConfigText(const GatewayOptions& options);

// `dragoman serve` on a configuration of its own. The destructor drains it, if the test has not, and fails the test
// unless it ends well: a sanitizer's report and a leak end it badly.
class Gateway {
 public:
  explicit Gateway(const GatewayOptions& options);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // "127.0.0.1:41234", "unix:/path": of the first listener, or the n-th.
  const std::string& address(size_t n = 0) const { return addresses_.at(n); }
  // Of the admin listener, where the options have one.
  const std::string& admin() const { return admin_; }
  // Its configuration file.
  std::string config() const { return folder_.path(kConfig); }
  Process& process() { return process_; }

 private:
  static constexpr const char* kConfig = "dragoman.yaml";

  TempDir folder_;
  Process process_;
  std::vector<std::string> addresses_;
  std::string admin_;
};

// Asks the admin listener, as "localhost".
HttpResponse AskAdmin(const Gateway& gateway, std::string_view http_method, std::string_view target, Headers headers = {});

// A port of 127.0.0.1 where nothing listens, as an endpoint. It stays taken, and refuses connections, as long as the
// object lives.
class DeadPort {
 public:
  DeadPort();
  ~DeadPort();
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;
  const std::string& address() const { return address_; }

 private:
  int fd_ = -1;
  std::string address_;
};

// One counter of Diagnostics.GetStats, asked through the gateway: Stat(g, "Catalog/GetItem", "cancelled").
long Stat(const Gateway& gateway, const std::string& rpc, const std::string& counter);
// Asks until it has that value; fails the test if it never does.
void WaitForStat(const Gateway& gateway, const std::string& rpc, const std::string& counter, long value);

}  // namespace dragoman::integration
