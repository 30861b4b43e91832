#pragma once

#include <sys/socket.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/loop.h"
#include "transcoding/status.h"
#include "upstream/channel.h"

namespace dragoman::upstream {

// What a socket connects to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  std::string text;  // "127.0.0.1:50051", "[::1]:50051", "unix:/run/shop.sock"

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  bool operator==(const SocketAddress& other) const { return text == other.text; }
};

// The address that `host` or a unix path is without asking anybody; nothing if it is a name.
Result<SocketAddress> UnixAddress(const std::string& path);
bool ParseLiteral(const std::string& host, uint16_t port, SocketAddress& out);
// All addresses of a name. Blocks: for the side thread.
//
// Errors: kBackendUnavailable with the resolver's words: "Name or service not known".
Result<std::vector<SocketAddress>> ResolveName(const std::string& host, uint16_t port);

// Growing pauses between attempts that fail: doubled each time up to `most`, each 20 % longer or shorter so that
// workers do not march in step.
class Backoff {
 public:
  Backoff(Duration first, Duration most) : first_(first), most_(most), next_(first) {}
  Duration Next(std::minstd_rand& random);
  void Reset() { next_ = first_; }

 private:
  Duration first_;
  Duration most_;
  Duration next_;
};

// What is told of again and again is logged now and then.
class ToldLately {
 public:
  static constexpr Duration kAgain = std::chrono::minutes(1);

  // Whether to tell of it now; then it counts as told.
  bool TellNow(TimePoint now) {
    if (now < again_) return false;
    again_ = now + kAgain;
    return true;
  }

 private:
  TimePoint again_{};
};

struct Target;

// One address of a backend and its channel.
struct Endpoint {
  Endpoint(SocketAddress to, Target& of, const Backoff& pauses) : address(std::move(to)), target(of), backoff(pauses) {}

  SocketAddress address;
  Target& target;
  std::unique_ptr<Channel> channel;  // connecting or ready; null: idle
  Backoff backoff;
  TimePoint retry_at{};    // not tried again before
  std::string last_error;  // why connecting failed, or a connection was lost, most lately
  ToldLately told;
};

// An endpoint as configured: an address, or a name with all its addresses.
struct Target {
  explicit Target(const Backoff& pauses) : backoff(pauses) {}

  std::string authority;  // the :authority of its calls
  std::string server;     // whom its certificate must be for, unless `server_name` says otherwise: "shop.internal", "::1"
  std::string host;       // to be resolved; empty if it is an address
  uint16_t port = 0;
  bool resolving = false;
  TimePoint resolve_at{};  // not before; when it is past, the addresses are stale
  Backoff backoff;         // of resolving
  std::string last_error;  // why that failed most lately
  ToldLately told;
  std::vector<std::unique_ptr<Endpoint>> endpoints;
};

}  // namespace dragoman::upstream
