#pragma once

#include <string>
#include <vector>

#include "shop_fixture.h"

// The backend of compose.v1, which does what each request tells it to, and gateways with compositions in front of it.
namespace dragoman::integration {

// One composition_backend on a free port.
class ComposeBackend {
 public:
  ComposeBackend();

  const std::string& address() const { return address_; }
  Process& process() { return process_; }

 private:
  Process process_;
  std::string address_;
};

// A gateway of the backend "compose", which serves compose.v1.* by name (POST /compose.v1.Items/GetItem), with these
// compositions: YAML, a list's items, each line of which begins with two blanks. `more`: further top-level keys.
GatewayOptions Composing(const ComposeBackend& backend, const std::string& compositions, const std::string& more = {});

// What the backend says of the calls that came, asked through the gateway: JSON of compose.v1.GetCallsResponse.
std::string CallsOf(const Gateway& gateway);
// One count of it: CallCount(g, "Items/GetItem", "mostAtOnce"), or "started", "ended", "cancelled". 0 where the method
// was never called.
long CallCount(const Gateway& gateway, const std::string& method, const std::string& count = "started");
// Asks until it has that value; fails the test if it never does.
void WaitForCallCount(const Gateway& gateway, const std::string& method, const std::string& count, long value);
// Asks the admin listener until the metrics have that line; fails the test if they never do.
void AwaitFigure(const Gateway& gateway, const std::string& line);

}  // namespace dragoman::integration
