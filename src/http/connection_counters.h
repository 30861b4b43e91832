#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "observe/tally.h"

namespace dragoman::http {

// Why an HTTP/2 connection was ended by the gateway though its client had not done with it.
enum class Misconduct : uint8_t {
  kProtocol,   // what RFC 9113 and 7541 forbid
  kFrames,     // frames that ask for nothing: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA
  kResets,     // streams that it gave up or broke
  kHeaders,    // a header block too large or in too many pieces to be answered
  kSlow,       // a head, or the preface, that does not come to its end
  kNotReading  // nothing was taken, or no PING answered, for a time-out
};
inline constexpr std::array<std::string_view, 6> kMisconductNames = {"protocol", "frames", "resets",
                                                                     "headers",  "slow",   "not_reading"};

// The connections of one worker since it began.
struct ConnectionCounters {
  observe::Tally accepted;               // by the kernel's accept(); all that follows is of these
  observe::Tally refused_by_gate;        // reset, see ConnectionGate
  observe::Tally refused_proxy_headers;  // none where one must be, a broken one, or one of an untrusted peer
  observe::Tally failed_handshakes;      // TLS
  observe::Tally http2;                  // that became HTTP/2
  std::array<observe::Tally, kMisconductNames.size()> misconduct;  // HTTP/2 connections that were ended for it
  observe::Tally refused_streams;                                  // of HTTP/2: too many at once
  // Streams of HTTP/2 that had to wait since others of their connection hold too much of bodies, or of replies.
  observe::Tally held_back_bodies;
  observe::Tally held_back_replies;
};

}  // namespace dragoman::http
