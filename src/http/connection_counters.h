#pragma once

#include <atomic>
#include <cstdint>

namespace dragoman::http {

// Something that one thread counts and any thread may read.
class Counter {
 public:
  void Add() { value_.store(value_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// The connections of one worker since it began.
struct ConnectionCounters {
  Counter accepted;         // by the kernel's accept(); all that follows is of these
  Counter refused_by_gate;  // reset, see ConnectionGate
  Counter
      refused_proxy_headers;  // no PROXY protocol header where one must be, a broken one, or one of an untrusted peer
  Counter failed_handshakes;  // TLS
};

}  // namespace dragoman::http
