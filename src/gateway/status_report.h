#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/descriptor_sources.h"
#include "gateway/server.h"
#include "transcoding/buffer.h"
#include "upstream/call.h"

namespace dragoman::gateway {

// What GET /status tells.
struct StatusReport {
  using Time = std::chrono::system_clock::time_point;

  // One address of a backend, as all workers see it.
  struct Endpoint {
    std::map<std::string_view, uint64_t> workers{};  // how many of them in which state
    uint64_t calls = 0;
    std::string error{};  // "Connection refused"
  };
  struct Backend {
    std::string name;
    upstream::Connections connections{};
    uint64_t waiting = 0;                         // calls, for a connection or a stream
    std::map<std::string, Endpoint> endpoints{};  // by address

    // What one worker says.
    void Add(const upstream::Backend::State& worker);
  };

  std::string version;
  Time now;
  Time started;
  bool draining = false;
  std::string waiting{};  // for what descriptors; empty: for none
  struct {
    size_t earlier_in_use = 0;  // configurations before it that requests are in
    std::string problem{};      // why what its files say now is not served; empty: it is
  } configuration{};
  struct {
    uint64_t id = 0;
    Time built;
    size_t routes = 0;
    size_t rpcs = 0;
    size_t in_use = 0;  // generations that requests are in
  } generation{};
  DescriptorSources::Snapshot descriptors{};
  std::vector<BoundAddress> listeners{};
  size_t workers = 0;
  size_t silent_workers = 0;  // that did not answer in time
  uint64_t connections = 0;
  uint64_t max_connections = 0;
  uint64_t requests = 0;
  std::vector<Backend> backends{};
};

// Appends it as JSON. Bounds: of each list the first kMostListed members and how many were left out; of a text
// kMostText bytes, as they stand in JSON.
inline constexpr size_t kMostListed = 64;
inline constexpr size_t kMostText = 256;
void RenderStatus(const StatusReport& report, Buffer& out);

}  // namespace dragoman::gateway
