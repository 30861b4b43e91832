// The input as a grpc-message, as base64, and its lines "name: value" as a reply's headers: whatever a backend says
// becomes a status whose text is UTF-8.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "upstream/grpc_status.h"

using dragoman::upstream::DecodeBase64;
using dragoman::upstream::DecodeGrpcMessage;
using dragoman::upstream::ReplyStatus;

namespace {

// Text without escapes that is UTF-8 is decoded to itself.
void CheckUtf8(std::string text) {
  std::erase(text, '%');
  if (DecodeGrpcMessage(text) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckUtf8(DecodeGrpcMessage(text));
  std::string decoded;
  if (DecodeBase64(text, decoded) && decoded.size() > size) std::abort();

  ReplyStatus reply;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t colon = line.find(':', 1);
    if (colon == std::string_view::npos) continue;
    (void)reply.Take(line.substr(0, colon), line.substr(std::min(line.size(), colon + 2)));
  }
  CheckUtf8(std::string(reply.Resolve("backend \"shop\"").message()));
  return 0;
}
