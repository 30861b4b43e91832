#include "reflection/canonical.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "base/hex.h"

namespace dragoman::reflection {

namespace pb = google::protobuf;

namespace {

// The name that protoc gives a field in JSON: "unit_price" → "unitPrice".
std::string JsonNameOf(std::string_view name) {
  std::string json_name;
  bool after_underscore = false;
  for (char c : name) {
    if (c != '_') json_name += after_underscore && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    after_underscore = c == '_';
  }
  return json_name;
}

void Complete(pb::RepeatedPtrField<pb::FieldDescriptorProto>& fields) {
  for (pb::FieldDescriptorProto& field : fields) {
    if (!field.has_json_name()) field.set_json_name(JsonNameOf(field.name()));
  }
}

// As deep as protobuf has read it: at most 100 levels.
void Complete(pb::RepeatedPtrField<pb::DescriptorProto>& messages) {
  for (pb::DescriptorProto& message : messages) {
    Complete(*message.mutable_field());
    Complete(*message.mutable_extension());
    Complete(*message.mutable_nested_type());
  }
}

std::string Serialize(const pb::FileDescriptorProto& proto) {
  std::string bytes;
  pb::io::StringOutputStream stream(&bytes);
  pb::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  proto.SerializePartialToCodedStream(&out);
  out.Trim();
  return bytes;
}

// One entry of FileDescriptorSet.file: its key and length.
void AppendEntryHead(size_t size, std::string& out) {
  constexpr char kKey = 1 << 3 | 2;
  out += kKey;
  for (; size >= 0x80; size >>= 7) out += static_cast<char>(size | 0x80);
  out += static_cast<char>(size);
}

std::string FingerprintOf(const Descriptors& descriptors) {
  std::string names;
  for (const std::string& service : descriptors.services) names.append(service).push_back('\n');
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  std::array<uint8_t, 2 * SHA256_DIGEST_LENGTH> both{};
  const auto hash = [](std::string_view text, uint8_t* to) {
    SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), to);
  };
  hash(descriptors.set, both.data());
  hash(names, both.data() + SHA256_DIGEST_LENGTH);
  SHA256(both.data(), both.size(), digest.data());
  constexpr size_t kShown = 16;  // bytes
  return RenderHex(std::span(digest).first(kShown));
}

}  // namespace

std::optional<File> ReadFile(std::string_view bytes) {
  pb::FileDescriptorProto proto;
  if (!proto.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())) || proto.name().empty()) {
    return std::nullopt;
  }
  if (proto.syntax() == "proto2") proto.clear_syntax();
  Complete(*proto.mutable_message_type());
  Complete(*proto.mutable_extension());

  File file{.name = proto.name(), .bytes = Serialize(proto), .services = {}, .imports = {}};
  for (const pb::ServiceDescriptorProto& service : proto.service()) {
    file.services.push_back(proto.package().empty() ? service.name() : proto.package() + "." + service.name());
  }
  file.imports.assign(proto.dependency().begin(), proto.dependency().end());
  return file;
}

Descriptors MakeDescriptors(const std::map<std::string, File, std::less<>>& files, std::vector<std::string> services) {
  Descriptors descriptors{.set = {}, .files = files.size(), .services = std::move(services), .fingerprint = {}};
  std::sort(descriptors.services.begin(), descriptors.services.end());
  for (const auto& [name, file] : files) {
    AppendEntryHead(file.bytes.size(), descriptors.set);
    descriptors.set += file.bytes;
  }
  descriptors.fingerprint = FingerprintOf(descriptors);
  return descriptors;
}

}  // namespace dragoman::reflection
