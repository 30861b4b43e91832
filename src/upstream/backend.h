#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/loop.h"
#include "config/config.h"
#include "upstream/call.h"

namespace dragoman {
class SideThread;
}
namespace dragoman::tls {
class ClientContext;
}

namespace dragoman::upstream {

// Who reads why a call has failed. Clients are not told where backends are: the log is.
enum class Audience { kClients, kOperators };

// The bounds of one backend on one worker.
struct BackendOptions {
  Duration connect_timeout = std::chrono::seconds(5);  // TLS included, until the backend's SETTINGS have come
  Duration min_backoff = std::chrono::milliseconds(100);
  Duration max_backoff = std::chrono::seconds(10);
  Duration resolve_interval = std::chrono::seconds(60);  // how old the addresses of a name may get
  size_t max_waiting_calls = 1024;                       // for a connection or a free stream; more are kOverloaded
  uint32_t max_streams = 10'000;                         // of a channel, whatever the backend allows
  uint32_t max_calls_per_channel = 1u << 29;             // then it is replaced; stream ids end at 2^31
  int32_t connection_window = 16 << 20;                  // bytes that a backend may send ahead
  int32_t stream_window = 1 << 20;                       // bytes of replies that nobody has asked for, per call
  size_t max_metadata_bytes = 64 << 10;                  // of a reply's headers and trailers together, as HTTP/2 counts
  std::string only_address = {};                         // "10.0.0.7:50051": of the addresses of a name no other is used; empty: all
  Audience audience = Audience::kClients;
};

// The door of this folder: the calls to one backend on one worker. Nothing is resolved or connected before the first
// call. `tls`: of backend.tls; null: plain text.
//
// Lifetime: `loop` and `side_thread` outlive it, and the side thread ends before the loop. Close() it, and let its
// calls end, before it is destroyed. Threads:  the loop's own.
std::unique_ptr<Backend> MakeBackend(Loop& loop, SideThread& side_thread, const config::Backend& backend,
                                     const BackendOptions& options = {},
                                     std::shared_ptr<const tls::ClientContext> tls = nullptr);

}  // namespace dragoman::upstream
