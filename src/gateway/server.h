#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "generation/generation.h"
#include "generation/source_stamp.h"

namespace dragoman::gateway {

// The address that a listener is bound to: what was configured, port 0 replaced by the real one.
struct BoundAddress {
  std::string text;  // "127.0.0.1:8080", "[::1]:8080", "unix:/run/dragoman.sock"
  bool admin = false;
  bool tls = false;
};

// What `openapi` configures, where the API describes itself.
enum class OwnPages { kServed, kLeftOut };  // kLeftOut: the document would be too large; the log says so

// Where a configuration comes from.
struct ConfigurationSource {
  std::string path;
  ConfigurationFiles read;  // as they were when it was read
};

// Serves `generation` until SIGTERM or SIGINT, then drains: returns an OK status once every request has ended or the
// grace is over. SIGHUP has the configuration read again, if it comes from a file, and the descriptors. `started` is
// called once, when all listeners are bound. Errors: an address that cannot be bound (Code::kUnavailable with a text for
// the operator).
Status Serve(std::shared_ptr<const Generation> generation, std::optional<ConfigurationSource> source,
             const std::function<void(const std::vector<BoundAddress>&, OwnPages)>& started);

}  // namespace dragoman::gateway
