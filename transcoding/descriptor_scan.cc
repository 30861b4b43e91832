#include "transcoding/descriptor_scan.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

#include "transcoding/wire.h"

namespace dragoman::transcoding {

namespace pb = google::protobuf;

namespace {

constexpr size_t kMaxDepth = 100;  // protobuf's own
// What protobuf takes for things beside what they hold, in bytes; lists grow by doubling.
constexpr uint64_t kPerText = 32 + 2 * 8;
constexpr uint64_t kPerMessage = 2 * 8;
constexpr uint64_t kPerUnknown = 2 * 16;
constexpr uint64_t kPerUnknownText = kPerUnknown + 32;
constexpr uint64_t kPerPackedByte = 2 * 4;

// A message type of descriptor.proto, or of an option that the gateway knows.
struct Kind {
  enum class What : uint8_t { kUnknown, kText, kPacked, kNumber, kMessage };
  enum class Role : uint8_t { kNone, kName, kRange, kMember };  // kMember: which ranges are compared with
  struct Field {
    What what = What::kUnknown;
    Role role = Role::kNone;
    const Kind* kind = nullptr;  // of a kMessage
  };

  uint64_t bytes = 0;  // of an empty one
  bool named = false;  // it has a full name, and gives it to what stands in it
  std::array<Field, 64> near;
  std::map<int32_t, Field> far;

  const Field* Find(int32_t number) const {
    if (static_cast<size_t>(number) < near.size()) return &near[static_cast<size_t>(number)];
    const auto found = far.find(number);
    return found == far.end() ? nullptr : &found->second;
  }
};

class Kinds {
 public:
  const Kind& Of(const pb::Descriptor& type) {
    const auto [it, added] = kinds_.try_emplace(&type);
    if (!added) return *it->second;
    it->second = std::make_unique<Kind>();
    Kind& kind = *it->second;
    kind.bytes = pb::MessageFactory::generated_factory()->GetPrototype(&type)->SpaceUsedLong();
    const std::string& name = type.name();
    kind.named = name.ends_with("DescriptorProto") && type.FindFieldByName("name") != nullptr;
    for (int i = 0; i < type.field_count(); ++i) Put(*type.field(i), kind);
    std::vector<const pb::FieldDescriptor*> extensions;
    type.file()->pool()->FindAllExtensions(&type, &extensions);
    for (const pb::FieldDescriptor* extension : extensions) Put(*extension, kind);
    return kind;
  }

 private:
  void Put(const pb::FieldDescriptor& field, Kind& kind) {
    Kind::Field to;
    if (field.message_type() != nullptr) {
      to.kind = &Of(*field.message_type());
      to.what = Kind::What::kMessage;
    } else if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) {
      to.what = Kind::What::kText;
    } else {
      to.what = field.is_packable() ? Kind::What::kPacked : Kind::What::kNumber;
    }
    const std::string& name = field.name();
    const bool file = field.containing_type() == pb::FileDescriptorProto::descriptor();
    if (kind.named && name == (file ? "package" : "name")) to.role = Kind::Role::kName;
    if (name == "extension_range" || name == "reserved_range") to.role = Kind::Role::kRange;
    if (kind.named && !file && (name == "field" || name == "value")) to.role = Kind::Role::kMember;
    if (static_cast<size_t>(field.number()) < kind.near.size()) {
      kind.near[static_cast<size_t>(field.number())] = to;
    } else {
      kind.far[field.number()] = to;
    }
  }

  std::map<const pb::Descriptor*, std::unique_ptr<Kind>> kinds_;
};

struct Roots {
  Kinds kinds;
  const Kind& set = kinds.Of(*pb::FileDescriptorSet::descriptor());
  const Kind& file = kinds.Of(*pb::FileDescriptorProto::descriptor());
};

const Roots& TheRoots() {
  static const Roots roots;
  return roots;
}

class Scanner {
 public:
  Scanner(std::string_view bytes, const Kind& root, const DescriptorBounds& bounds)
      : begin_(bytes.data()), bounds_(bounds), cursor_(bytes), of_set_(&root == &TheRoots().set) {
    stack_.push_back({.end = bytes.data() + bytes.size(), .kind = &root});
  }

  DescriptorScan Run() {
    while (!stack_.empty() && scan_.outcome == Outcome::kWhole) {
      if (stack_.back().group == 0 && cursor_.at() == stack_.back().end) {
        Close();
      } else {
        const char* const at = cursor_.at();
        if (!Step(at)) Stop(Outcome::kMalformed, at);
      }
      if (scan_.parsed_bytes > bounds_.parsed_bytes || scan_.range_pairs > bounds_.range_pairs) Stop(Outcome::kTooMuch, cursor_.at());
    }
    return scan_;
  }

 private:
  using Outcome = DescriptorScan::Outcome;
  // A message or group that is open.
  struct Frame {
    const char* end = nullptr;
    const Kind* kind = nullptr;  // null: unknown
    int32_t group = 0;           // its number; 0: a message
    uint64_t name_bytes = 0;
    uint64_t named = 0;    // things with full names below it
    uint64_t ranges = 0;
    uint64_t members = 0;
  };

  void Stop(Outcome outcome, const char* at) {
    if (scan_.outcome != Outcome::kWhole) return;
    scan_.outcome = outcome;
    scan_.at = static_cast<size_t>(at - begin_);
  }

  // One field. False: it is malformed.
  bool Step(const char* at) {
    Frame& frame = stack_.back();
    uint32_t tag = 0;
    if (!cursor_.ReadTag(tag)) return cursor_.at() == at && RunsOut();
    if (WireTypeOf(tag) == WireType::kEndGroup) {
      if (frame.group != NumberOf(tag)) return false;
      stack_.pop_back();
      return true;
    }
    const Kind::Field* const field = frame.kind == nullptr ? nullptr : frame.kind->Find(NumberOf(tag));
    switch (WireTypeOf(tag)) {
      case WireType::kLength:
        return OpenText(at, field);
      case WireType::kStartGroup:
        scan_.parsed_bytes += kPerUnknownText;
        return Push({.end = frame.end, .kind = nullptr, .group = NumberOf(tag)});
      default: {
        const bool known = field != nullptr && (field->what == Kind::What::kNumber || field->what == Kind::What::kPacked);
        scan_.parsed_bytes += known ? kPerPackedByte : kPerUnknown;
        return cursor_.Skip(tag) ? cursor_.at() <= frame.end : RunsOut();
      }
    }
  }

  // What a length stands before.
  bool OpenText(const char* at, const Kind::Field* field) {
    Frame& frame = stack_.back();
    uint64_t length = 0;
    if (!cursor_.ReadVarint(length)) return RunsOut();
    const bool of_file = of_set_ && stack_.size() == 1 && field != nullptr && field->what == Kind::What::kMessage;
    if (of_file) {
      ++scan_.files;
      scan_.file_begin = static_cast<size_t>(at - begin_);
      scan_.file_bytes = length;
    }
    if (cursor_.at() > frame.end || length > static_cast<uint64_t>(frame.end - cursor_.at())) return EndsHere();
    const char* const end = cursor_.at() + length;
    if (field != nullptr && field->role == Kind::Role::kName) frame.name_bytes = length;
    if (field != nullptr && field->role == Kind::Role::kRange) ++frame.ranges;
    if (field != nullptr && field->role == Kind::Role::kMember) ++frame.members;
    if (field != nullptr && field->what == Kind::What::kMessage) {
      ++scan_.messages;
      scan_.parsed_bytes += field->kind->bytes + kPerMessage;
      return Push({.end = end, .kind = field->kind});
    }
    const Kind::What what = field == nullptr ? Kind::What::kUnknown : field->what;
    scan_.parsed_bytes += what == Kind::What::kPacked ? length * kPerPackedByte : length + (what == Kind::What::kText ? kPerText : kPerUnknownText);
    cursor_.Rewind(end);
    return true;
  }

  bool Push(const Frame& frame) {
    if (stack_.size() > kMaxDepth) Stop(Outcome::kTooDeep, cursor_.at());
    stack_.push_back(frame);
    return true;
  }

  // What stands in it has a full name that begins with its own.
  void Close() {
    const Frame closed = stack_.back();
    stack_.pop_back();
    scan_.range_pairs += closed.ranges * (closed.ranges + closed.members);
    if (closed.kind == nullptr || !closed.kind->named) return;
    scan_.parsed_bytes += closed.name_bytes * (closed.named + 1);
    if (!stack_.empty()) stack_.back().named += closed.named + 1;
  }

  // A tag or number that is none, or whose bytes are not all there. True: since everything ends here.
  bool RunsOut() { return stack_.front().end - cursor_.at() < kMaxVarintBytes && EndsHere(); }
  // Something goes on behind the end of what it stands in. True: that is the end of everything.
  bool EndsHere() {
    if (stack_.size() > 1) return false;
    Stop(Outcome::kEndsEarly, stack_.front().end);
    return true;
  }

  const char* const begin_;
  const DescriptorBounds bounds_;
  WireCursor cursor_;
  const bool of_set_;
  std::vector<Frame> stack_;
  DescriptorScan scan_;
};

constexpr std::string_view kMakeIt = "make one with protoc --include_imports --descriptor_set_out=FILE or buf build -o FILE";

bool IsText(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 ? byte != 0x7f : c == '\n' || c == '\r' || c == '\t';
  });
}

// What a text is that begins so; empty: nobody knows.
std::string WhatText(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "holds nothing but blanks; " + std::string(kMakeIt);
  if (text[begin] == '{' || text[begin] == '[') return "is JSON; the binary form is needed: buf build -o FILE.binpb, without .json";
  const auto has = [text](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (text.substr(begin).starts_with("file {") || text.substr(begin).starts_with("file{") || text.substr(begin).starts_with("file: {")) {
    return "is a descriptor set in text format; the binary form is needed: protoc --encode=google.protobuf.FileDescriptorSet "
           "google/protobuf/descriptor.proto makes it of this";
  }
  // The lines of a configuration begin with names that a colon ends.
  if (has("\nbackends:") || has("\nservices:") || has("\nlisteners:") || text.starts_with("backends:") || text.starts_with("services:") ||
      text.starts_with("listeners:")) {
    return "is a configuration of the gateway, no descriptor set; name it by --config";
  }
  if (has("syntax") || has("edition") || has("message") || has("service") || has("package") || has("import")) {
    return "is .proto source, no descriptor set; name it under `proto` (roots, files) in place of `file`, or " + std::string(kMakeIt);
  }
  return {};
}

// Whether what ends early looks like the entries of a set at all.
bool LooksLikeASet(std::string_view bytes, const DescriptorScan& scan) {
  constexpr char kEntry = 1 << 3 | 2;  // FileDescriptorSet.file, and FileDescriptorProto.name
  if (scan.files == 0 || bytes[scan.file_begin] != kEntry || scan.file_bytes >= UINT32_MAX) return false;
  const size_t content = scan.file_begin + 1 + static_cast<size_t>(VarintSize(scan.file_bytes));
  return scan.files > 1 || (content < bytes.size() && bytes[content] == kEntry);
}

}  // namespace

std::string WhyNoDescriptorSet(std::string_view bytes, const DescriptorScan& scan) {
  constexpr size_t kLooked = 4096;  // bytes
  if (bytes.empty()) return "is empty; " + std::string(kMakeIt);
  if (bytes.starts_with("\x1f\x8b")) return "is compressed by gzip; gunzip it first";
  if (bytes.starts_with("\x28\xb5\x2f\xfd")) return "is compressed by zstd; unzstd it first";
  if (bytes.starts_with("PK\x03\x04")) return "is a zip archive; unzip it first";
  const std::string_view first = bytes.substr(0, kLooked);
  if (IsText(first)) {
    if (std::string what = WhatText(first); !what.empty()) return what;
  }
  if (scan.outcome == DescriptorScan::Outcome::kEndsEarly && LooksLikeASet(bytes, scan)) {
    return "is truncated: it ends at byte " + std::to_string(bytes.size()) + ", within its file " + std::to_string(scan.files) +
           ", which begins at byte " + std::to_string(scan.file_begin) + " and has " + std::to_string(scan.file_bytes) +
           " bytes; make it anew, or copy it whole";
  }
  const std::string none = "is no FileDescriptorSet";
  if (scan.outcome == DescriptorScan::Outcome::kTooDeep) {
    return none + ": its file " + std::to_string(scan.files) + " nests messages more than " + std::to_string(kMaxDepth) + " levels deep";
  }
  if (scan.outcome == DescriptorScan::Outcome::kMalformed && scan.files > 0 && scan.at > 0) {
    return none + ": its file " + std::to_string(scan.files) + " is malformed at byte " + std::to_string(scan.at) + "; " + std::string(kMakeIt);
  }
  return none + "; " + std::string(kMakeIt);
}

std::string WhyTooMuch(const DescriptorScan& scan, const DescriptorBounds& left) {
  if (scan.range_pairs > left.range_pairs) {
    return "has types with too many reserved or extension ranges to be compared with each other, the last of them before byte " +
           std::to_string(scan.at);
  }
  return "would take more than " + std::to_string(DescriptorBounds().parsed_bytes >> 20) +
         "MiB of memory once it is read, with the sources before it: " + std::to_string(scan.messages) +
         " messages, fields and the like in its first " + std::to_string(scan.at) + " bytes";
}

DescriptorScan ScanDescriptorSet(std::string_view set, const DescriptorBounds& bounds) { return Scanner(set, TheRoots().set, bounds).Run(); }
DescriptorScan ScanFileDescriptor(std::string_view file, const DescriptorBounds& bounds) { return Scanner(file, TheRoots().file, bounds).Run(); }

}  // namespace dragoman::transcoding
