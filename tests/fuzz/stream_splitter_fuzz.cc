#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz.h"
#include "transcoding/stream_splitter.h"

using dragoman::Buffer;
using dragoman::Reason;
using dragoman::Result;
using dragoman::transcoding::StreamSplitter;

using dragoman::fuzz::Require;

namespace {

constexpr uint64_t kMaxElementBytes = 100;
constexpr int kMaxDepth = 5;

// The elements, their places and what the splitter said in the end.
std::string Split(std::string_view body, size_t first, size_t piece) {
  StreamSplitter splitter(kMaxElementBytes, kMaxDepth);
  Buffer element;
  std::string transcript;
  const auto take_all = [&](auto&& next) {
    while (true) {
      const Result<bool> more = next();
      if (!more) {
        Require(more.error().reason() == Reason::kInvalidJson || more.error().reason() == Reason::kBodyTooLarge);
        transcript += more.error().message();
        return false;
      }
      if (!*more) return true;
      Require(!element.empty() && element.size() <= kMaxElementBytes && splitter.between_elements());
      const auto place = splitter.element_began();
      transcript += std::to_string(place.line) + ":" + std::to_string(place.column) + " ";
      transcript += element.view();
      transcript += '\0';
    }
  };
  for (size_t size = first; !body.empty(); size = piece) {
    const std::string own(body.substr(0, size));
    body.remove_prefix(own.size());
    splitter.Push(own);
    if (!take_all([&] { return splitter.Next(element); })) return transcript;
  }
  take_all([&] { return splitter.Finish(element); });
  return transcript;
}

}  // namespace

// However a body is cut, its elements are the same, and so is the refusal.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string whole = Split(body, body.size(), body.size());
  const size_t step = 1 + size / 256;
  for (size_t cut = 0; cut < size; cut += step) Require(Split(body, cut, body.size()) == whole);
  Require(Split(body, 1, 1) == whole);
  Require(Split(body, 3, 17) == whole);
  return 0;
}
