#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "shop_fixture.h"

// The service of streams (examples/streams) and a gateway in front of it.
namespace dragoman::integration {

// One streams_backend on a free port. Its messages say how it behaves:
// examples/streams/protos/streams/v1/streams.proto.
class Streams {
 public:
  explicit Streams(const std::string& binary = STREAMS_BACKEND);

  const std::string& address() const { return address_; }
  Process& process() { return process_; }

 private:
  Process process_;
  std::string address_;
};

// A configuration in front of it; the rest is for the test to say.
GatewayOptions StreamsOptions(const Streams& backend);

// What the backend has seen, by GetCounters.
struct StreamCounts {
  int64_t calls_begun = 0;
  int64_t calls_ended = 0;
  int64_t calls_cancelled = 0;
  int64_t messages_received = 0;
  int64_t messages_sent = 0;
};
StreamCounts CountsOf(const Gateway& gateway);
// Asks until `enough` holds; fails the test if it does not within half a minute.
StreamCounts WaitForCounts(const Gateway& gateway, const std::function<bool(const StreamCounts&)>& enough);

}  // namespace dragoman::integration
