// The first byte says where the rest is cut, and whether compressed messages are expected; messages must be the same however a body arrives.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "upstream/grpc_frame.h"

namespace {

using dragoman::upstream::MessageReader;

std::vector<std::string> Read(std::string_view bytes, size_t piece, bool compressed, MessageReader::Outcome& last) {
  MessageReader reader(1000);
  if (compressed) reader.ExpectCompressed();
  std::vector<std::string> messages;
  last = MessageReader::Outcome::kMore;
  while (!bytes.empty() && last == MessageReader::Outcome::kMore) {
    reader.Append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    std::string_view message;
    while ((last = reader.Next(message)) == MessageReader::Outcome::kMessage) messages.emplace_back(message).append(reader.compressed() ? "+" : "");
  }
  return messages;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  MessageReader::Outcome whole{};
  MessageReader::Outcome cut{};
  const auto expected = Read(bytes, bytes.size(), data[0] >= 128, whole);
  if (Read(bytes, 1 + data[0] % 16, data[0] >= 128, cut) != expected || cut != whole) std::abort();
  return 0;
}
