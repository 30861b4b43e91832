#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "harness.h"

namespace dragoman::soak {

// An HTTP/2 connection of a client's, with prior knowledge, blocking: any number of requests at once, whose answers are
// waited for one by one.
class H2Client {
 public:
  explicit H2Client(const std::string& gateway_address);
  ~H2Client();
  H2Client(const H2Client&) = delete;
  H2Client& operator=(const H2Client&) = delete;

  struct Response {
    int status = 0;  // 0: none came
    std::string request_id;
    std::string body;
    bool over = false;
    uint32_t reset = 0;  // the code that it was reset with, 0: none
  };

  // Begins a request; returns its stream. With `kOpen`, more of its body follows by Say.
  enum class End { kNow, kOpen };
  int32_t Begin(std::string_view http_method, std::string_view target, std::string_view request_id,
                std::string_view body = {}, End end = End::kNow);
  void Say(int32_t stream, std::string_view bytes, End end);
  void Reset(int32_t stream);
  // Waits until all of a response has come, or so many bytes of its body. What did not come in time is missing from it.
  const Response& Await(int32_t stream, size_t body_bytes = SIZE_MAX);

 private:
  struct Exchange;
  bool Send();  // all that is to be sent
  bool Receive();

  static ssize_t ReadBody(nghttp2_session*, int32_t stream, uint8_t* out, size_t room, uint32_t* flags,
                          nghttp2_data_source* source, void* self);

  int fd_ = -1;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, std::unique_ptr<Exchange>> exchanges_;
};

}  // namespace dragoman::soak
