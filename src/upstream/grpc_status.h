#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transcoding/status.h"

namespace dragoman::upstream {

// The text of a grpc-message: `%E2%82%AC 5` → "€ 5". What is no escape stays as it is; what is not UTF-8 then becomes
// U+FFFD. Spec: PROTOCOL-HTTP2, "Status-Message" ("decoding implementations … must not error").
std::string DecodeGrpcMessage(std::string_view encoded);

// Standard base64 with padding or without, as `-bin` metadata has it. False if it is anything else.
bool DecodeBase64(std::string_view encoded, std::string& out);

// What the headers and trailers of a reply say of how the call ended.
class ReplyStatus {
 public:
  // True for HTTP's and gRPC's own headers, which are none of the application's metadata.
  bool Take(std::string_view name, std::string_view value);

  bool informational() const { return http_status_ >= 100 && http_status_ < 200; }
  // Headers with status 200 and a gRPC content type: messages may follow.
  bool is_grpc() const { return http_status_ == 200 && grpc_content_; }
  // The headers that were taken are not the reply's last: a grpc-status among them means nothing, as for all clients of
  // gRPC. Spec: PROTOCOL-HTTP2, "Response-Headers" have none.
  void ForgetStatus();
  // grpc-encoding; empty or "identity" for none.
  std::string_view encoding() const { return encoding_; }
  // The status of a reply that has ended. `who` names the backend in texts: `backend "shop"`.
  //
  // Errors: the grpc-status with its message and details; without one, and where the answer is not gRPC's, what HTTP's
  // status becomes (http-grpc-status-mapping); kUnknown for a grpc-status that is no number, or comes more than once.
  Status Resolve(std::string_view who) const;

 private:
  static constexpr int kNoNumber = -1;
  static constexpr int kTwice = -2;

  int http_status_ = 0;
  bool grpc_content_ = false;
  bool has_status_ = false;
  int grpc_status_ = 0;       // kNoNumber, kTwice
  std::string status_text_;   // of a grpc-status that is no number
  std::string content_type_;  // of an answer that is not gRPC's
  std::string encoding_;
  std::string message_;
  std::string details_;
};

// What an RST_STREAM of the backend means (PROTOCOL-HTTP2, "Errors"). `who` as above.
Status StatusOfReset(uint32_t http2_code, std::string_view who);

}  // namespace dragoman::upstream
