#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/loop.h"
#include "config/config.h"
#include "observe/line_sink.h"
#include "observe/tally.h"
#include "transcoding/buffer.h"

namespace dragoman::observe {

// What the access log says of one request. Views hold for the duration of the call.
struct AccessEntry {
  std::chrono::system_clock::time_point time;  // when the request was complete enough to be served
  std::string_view request_id;
  std::string_view peer;         // the client: "192.0.2.7"; empty for a unix socket
  std::string_view http_method;  // "GET"
  std::string_view path;         // without the query, undecoded; cut to kMaxLoggedPath bytes
  int status = 0;                // 0: the client went away before it was answered
  uint64_t bytes = 0;            // of the response's body
  Duration duration{};
  // What is not known stays empty and is left out.
  std::string_view rpc;      // "shop.v1.Catalog/GetItem"
  std::string_view backend;  // "shop"
  std::string_view scheme;    // how the caller showed who it is: "api_key", "jwt.main"
  std::string_view consumer;  // "mobile"
  int grpc_status = -1;      // -1: no backend answered
  std::string_view reason;   // of a local reply: "ROUTE_NOT_FOUND"
  std::string_view rule;     // which of the operator's rules refused: "per-client"
  std::string_view calls;    // of a composition that writes or is not whole: "order=done charge=failed ship=untried"
};

inline constexpr size_t kMaxLoggedPath = 2048;  // bytes

// One worker's side of the access log. Lines gather during a turn of the loop and leave together at its end; what the
// sink does not take is tried again, and never waited for. What does not fit into kMaxPending bytes is dropped; how
// many lines were is counted and said in the log.
//
//   json:
//   {"time":"2026-11-24T07:43:51.123Z","request_id":"r-12","peer":"192.0.2.7","http_method":"GET","path":"/v1/items/7","status":200,"bytes":291,
//           "duration_ms":1.234,"rpc":"shop.v1.Catalog/GetItem","backend":"shop","grpc_status":0}
//   text:  2026-11-24T07:43:51.123Z 192.0.2.7 GET /v1/items/7 200 291B 1.234ms request_id=r-12
//   rpc=shop.v1.Catalog/GetItem backend=shop grpc_status=0
//
// No client text can forge a line or a field: bytes outside printable ASCII are percent-encoded in JSON and escaped in
// text.
//
// Threads:  the loop's only. The sink is shared by all workers.
// Lifetime: the destructor writes what the sink takes at once and drops the rest.
class AccessLog {
 public:
  static constexpr size_t kMaxPending = 1u << 20;  // bytes

  AccessLog(Loop& loop, std::shared_ptr<LineSink> sink, config::AccessLog::Format format);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void Write(const AccessEntry& entry);
  uint64_t dropped() const { return dropped_.Get(); }  // lines, since the start; from any thread

 private:
  static constexpr Duration kRetry = std::chrono::milliseconds(20);
  static constexpr Duration kReport = std::chrono::seconds(1);

  void Flush();
  void Drop(uint64_t lines);
  void ReportDropped();

  Loop& loop_;
  const std::shared_ptr<LineSink> sink_;
  const config::AccessLog::Format format_;
  Buffer pending_;         // whole lines
  bool flushing_ = false;  // Flush will be called
  Tally dropped_;
  uint64_t reported_ = 0;
  Timer retry_;
  Timer report_;
};

// Appends one line with its line feed.
void AppendAccessLine(Buffer& out, config::AccessLog::Format format, const AccessEntry& entry);

}  // namespace dragoman::observe
