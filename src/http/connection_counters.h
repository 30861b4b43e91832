#pragma once

#include "observe/tally.h"

namespace dragoman::http {

// The connections of one worker since it began.
struct ConnectionCounters {
  observe::Tally accepted;               // by the kernel's accept(); all that follows is of these
  observe::Tally refused_by_gate;        // reset, see ConnectionGate
  observe::Tally refused_proxy_headers;  // none where one must be, a broken one, or one of an untrusted peer
  observe::Tally failed_handshakes;      // TLS
};

}  // namespace dragoman::http
