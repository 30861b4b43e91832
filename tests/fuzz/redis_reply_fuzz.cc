// What comes from a Redis. The first byte says where the rest is cut; replies must be the same however they arrive, and
// within their bounds.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "store/reply_reader.h"

namespace {

using dragoman::store::Reply;
using dragoman::store::ReplyReader;

constexpr ReplyReader::Bounds kBounds = {.max_bytes = 1000, .max_elements = 10};

std::string Told(const Reply& reply) {
  if (reply.text.size() > kBounds.max_bytes || reply.elements.size() > kBounds.max_elements) std::abort();
  std::string text = std::to_string(static_cast<int>(reply.type)) + ":" + std::to_string(reply.integer) + ":";
  text.append(reply.text).append("[");
  for (const Reply& element : reply.elements) {
    if (element.type == Reply::Type::kArray) std::abort();
    text.append(Told(element));
  }
  return text + "]";
}

std::vector<std::string> Read(std::string_view bytes, size_t piece, bool& broken) {
  ReplyReader reader(kBounds);
  std::vector<std::string> replies;
  broken = false;
  while (!bytes.empty() && !broken) {
    reader.Feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    ReplyReader::Outcome outcome{};
    while ((outcome = reader.Read()) == ReplyReader::Outcome::kReply) replies.push_back(Told(reader.reply()));
    broken = outcome == ReplyReader::Outcome::kBroken;
    if (broken && reader.error().empty()) std::abort();
  }
  return replies;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  bool whole = false;
  bool cut = false;
  const auto expected = Read(bytes, bytes.size(), whole);
  const auto pieces = Read(bytes, 1 + data[0] % 16, cut);
  if (pieces != expected || cut != whole) std::abort();
  return 0;
}
