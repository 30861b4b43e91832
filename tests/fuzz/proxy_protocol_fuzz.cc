// The first byte says where the rest is cut in two. Read whole, in two parts or byte by byte, it must be the same
// header, or be refused with the same words at the same byte.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/proxy_protocol.h"

namespace {

using dragoman::http::ProxyHeaderReader;

std::string Read(std::string_view bytes, size_t first, size_t piece) {
  ProxyHeaderReader reader;
  size_t used = reader.Read(bytes.substr(0, first));
  for (size_t at = first; at < bytes.size() && reader.outcome() == ProxyHeaderReader::Outcome::kNeedMore; at += piece) {
    if (used != at) std::abort();  // as long as it needs more, all is its
    used += reader.Read(bytes.substr(at, piece));
  }
  if (used > ProxyHeaderReader::kMaxV2Bytes || used > bytes.size()) std::abort();
  if (reader.begun() != (used > 0)) std::abort();
  std::string transcript = std::to_string(used) + " ";
  switch (reader.outcome()) {
    case ProxyHeaderReader::Outcome::kNeedMore:
      if (used != bytes.size()) std::abort();
      return transcript + "more";
    case ProxyHeaderReader::Outcome::kRefused:
      if (reader.why().empty() || !reader.source().none()) std::abort();
      return transcript + std::string(reader.why());
    case ProxyHeaderReader::Outcome::kDone:
      break;
  }
  if (reader.source().none() && reader.source_port() != 0) std::abort();
  return transcript + std::string(reader.source().ToText().view()) + " " + std::to_string(reader.source_port());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = Read(bytes, bytes.size(), 1);
  if (Read(bytes, bytes.size() * data[0] / 255, SIZE_MAX / 2) != whole) std::abort();
  if (Read(bytes, 0, 1) != whole) std::abort();
  return 0;
}
