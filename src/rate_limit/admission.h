#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <string_view>

#include "exchange/exchange.h"
#include "rate_limit/bucket_table.h"
#include "rate_limit/rpc_limits.h"

namespace dragoman::rate_limit {

// What the limits said to one request, for its response to tell. Lies with whoever serves the request; no allocation.
//
// Lifetime: until the response's head is sent.   Threads: one loop's.
// Spec: draft-ietf-httpapi-ratelimit-headers-10. The partition key, whose bucket it is, is not told.
class Admission {
 public:
  Admission() = default;
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Appends what every response of a limited RPC tells, once. The values are views of this and of RpcLimits.
  //
  //   ratelimit-policy: "per-client-1s";q=10;w=1, "per-client-1h";q=1000;w=3600
  //   ratelimit: "per-client-1s";r=7;t=1, "per-client-1h";r=903;t=2711
  //
  // r: what is left, after this request (with a burst above the amount it may be more than q).   t: seconds until all
  // of it is there again, rounded up.   w: the window in seconds, rounded up. Adds nothing where no limit was asked,
  // and after a refusal, whose Status has both among its headers already.
  void AppendHeaders(boost::container::small_vector<Header, 8>& headers);

 private:
  friend class Limiter;

  // One window and this request.
  struct Entry {
    const Window* window;
    uint64_t cost;
    bool local;   // counts in this process
    Hash128 key;  // of a local one, what follows too
    Bucket bucket;
    Ticks seen;  // the bucket's state that was decided by
    Meter::Verdict verdict;
  };
  // `"` name `";r=` 10 digits `;t=` 10 digits `, `
  static constexpr size_t kMaxMember = Limits::kMaxName + 2 + 3 + 10 + 3 + 10 + 2;

  std::string_view Render();

  std::string_view policy_;
  size_t count_ = 0;
  std::array<Entry, RpcLimits::kMaxWindows> entries_;
  std::array<char, RpcLimits::kMaxWindows * kMaxMember> text_;
};

}  // namespace dragoman::rate_limit
