#include "streams_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

namespace dragoman::integration {
namespace {

// `"name":"12"` in JSON: 64-bit numbers are strings.
int64_t NumberOf(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const size_t at = json.find(key);
  if (at == std::string::npos) {
    ADD_FAILURE() << "no " << name << " in " << json;
    return 0;
  }
  return std::atoll(json.c_str() + at + key.size());
}

}  // namespace

Streams::Streams(const std::string& binary) : process_({binary, "--listen", "127.0.0.1:0"}) {
  address_ = process_.WaitForLine("listening on ");
}

GatewayOptions StreamsOptions(const Streams& backend) {
  GatewayOptions options;
  options.descriptors = "[{file: \"" STREAMS_DESCRIPTORS "\"}]";
  options.backend = "streams";
  options.endpoints = {backend.address()};
  options.services = R"([{name: "streams.v1.*", backend: streams}])";
  return options;
}

StreamCounts CountsOf(const Gateway& gateway) {
  const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/counters");
  EXPECT_EQ(response.status, 200) << response.body;
  return {.calls_begun = NumberOf(response.body, "callsBegun"),
          .calls_ended = NumberOf(response.body, "callsEnded"),
          .calls_cancelled = NumberOf(response.body, "callsCancelled"),
          .messages_received = NumberOf(response.body, "messagesReceived"),
          .messages_sent = NumberOf(response.body, "messagesSent")};
}

StreamCounts WaitForCounts(const Gateway& gateway, const std::function<bool(const StreamCounts&)>& enough) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  StreamCounts counts = CountsOf(gateway);
  while (!enough(counts)) {
    if (std::chrono::steady_clock::now() > until) {
      ADD_FAILURE() << "begun " << counts.calls_begun << ", ended " << counts.calls_ended << ", cancelled "
                    << counts.calls_cancelled << ", received " << counts.messages_received << ", sent "
                    << counts.messages_sent;
      break;
    }
    counts = CountsOf(gateway);
  }
  return counts;
}

}  // namespace dragoman::integration
