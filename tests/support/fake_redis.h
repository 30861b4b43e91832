#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace dragoman {

// Something that listens where a Redis should and does what a test says. Every connection has a thread of its own, on
// which the script runs; it is closed when the script ends. What is open when the server is destroyed is cut off.
class FakeRedis {
 public:
  class Connection {
   public:
    // The next command, its words; none once the client has gone.
    std::vector<std::string> ReadCommand();
    void Write(std::string_view bytes);
    // Reads the greeting and answers it as a Redis would that asks for no password.
    void Greet();
    // Returns once the client has closed its end; reads and forgets all that it sends.
    void WaitForClose();

   private:
    friend class FakeRedis;
    bool ReadSome();
    std::string ReadLine();

    int fd_ = -1;
    std::string read_;
  };
  using Script = std::function<void(Connection&)>;

  explicit FakeRedis(Script script);
  ~FakeRedis();
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

  // Greets, and answers every command after that with `reply`.
  static Script Answers(std::string reply);

 private:
  void Accept();

  const Script script_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

}  // namespace dragoman
