#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace dragoman {

// A real redis-server in a folder of its own, listening on a free port of 127.0.0.1 and on a unix socket; it keeps
// nothing. With it dies whoever started it: a test that crashes leaves none behind.
//
//   RedisServer redis;
//   …redis.url()…
//   redis.Kill();  redis.Start();     // with empty hands, at the same addresses
class RedisServer {
 public:
  // `arguments`: further ones of redis-server, "--requirepass", "secret".
  explicit RedisServer(std::vector<std::string> arguments = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::string url() const;       // "redis://127.0.0.1:41234"
  std::string unix_url() const;  // "unix:/tmp/redis-XXXXXX/socket"
  uint16_t port() const { return port_; }

  // Runs a command on a connection of its own and tells the answer: texts and numbers as they are, "(nil)", arrays a
  // line an element, errors with "-" in front.
  std::string Command(const std::vector<std::string>& words) const;

  void Kill();    // SIGKILL, and waits until it is gone
  void Freeze();  // SIGSTOP: it holds its connections and answers nothing
  void Thaw();    // SIGCONT
  void Start();   // after Kill; returns once it accepts connections

 private:
  bool TryStart();

  const std::vector<std::string> arguments_;
  std::string folder_;
  uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace dragoman
