#pragma once

#include <array>
#include <string_view>

namespace dragoman {

// A name for one request: a random UUID (RFC 9562, version 4), "1b4e28ba-2fa1-41d2-883f-0016d3cca427".
//
// Unique, not secret: whoever sees some of them can compute others.
// Threads: safe from any, each with its own generator, seeded once from the kernel.   Cost: no system call, no
// allocation.
class RequestId {
 public:
  static RequestId Make();
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 36> text_;
};

inline constexpr size_t kMaxRequestId = 128;  // bytes

// Whether a client's x-request-id may be taken over into logs, metadata and responses: 1 to kMaxRequestId letters,
// digits and - . _ ~ : / + = @ (UUIDs, ULIDs, base64, "service:id", "Root=1-67891233-abcdef").
bool ValidRequestId(std::string_view id);

}  // namespace dragoman
