// What a server answers to the questions of reflection: each answer has its length in front, two bytes. It comes to
// descriptors in their canonical form, of which a schema may or may not be made, or to a failure with a text.
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz.h"
#include "reflection/inquiry.h"
#include "transcoding/schema.h"
#include "transcoding/utf8.h"

using dragoman::fuzz::Require;
using namespace dragoman::reflection;

namespace {

constexpr Bounds kBounds = {.services = 50, .files = 50, .file_bytes = 20'000, .bytes = 50'000, .received_bytes = 100'000};

void CheckDescriptors(const Descriptors& descriptors) {
  Require(descriptors.fingerprint.size() == 32);
  Require(std::is_sorted(descriptors.services.begin(), descriptors.services.end()) && !descriptors.services.empty());
  google::protobuf::FileDescriptorSet set;
  Require(set.ParsePartialFromString(descriptors.set) && static_cast<size_t>(set.file_size()) == descriptors.files);
  std::string last;
  for (const auto& file : set.file()) {
    Require(last < file.name());
    last = file.name();
    const auto read = ReadFile(file.SerializePartialAsString());
    const auto again = read ? ReadFile(read->bytes) : std::nullopt;
    Require(again && again->bytes == read->bytes && again->name == file.name());
  }
  dragoman::transcoding::SchemaBuilder builder;
  builder.Add("reflection", descriptors.set);
  (void)std::move(builder).Build();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = dragoman::fuzz::Text(data, size);
  Inquiry inquiry(kBounds);
  size_t questions = 0;
  while (!inquiry.done()) {
    while (inquiry.Next()) ++questions;
    // Each service, each import, and the list twice.
    Require(questions <= kBounds.services + kBounds.files + 2 && questions > inquiry.answers());
    if (bytes.size() < 2) return 0;
    const size_t length = std::min<size_t>(static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]), bytes.size() - 2);
    const std::optional<Failure> failure = inquiry.Take(bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
    if (!failure) continue;
    Require(!failure->what.empty() && failure->what.find('\n') == std::string::npos && dragoman::transcoding::IsUtf8(failure->what));
    return 0;
  }
  CheckDescriptors(std::move(inquiry).Finish());
  return 0;
}
