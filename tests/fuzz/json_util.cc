#include "json_util.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <memory>

#include "fuzz.h"

namespace dragoman::fuzz {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

constexpr char kPrefix[] = "type.googleapis.com/";

google::protobuf::util::TypeResolver* Resolver() {
  static const std::unique_ptr<google::protobuf::util::TypeResolver> resolver(
      google::protobuf::util::NewTypeResolverForDescriptorPool("type.googleapis.com",
                                                               DescriptorPool::generated_pool()));
  return resolver.get();
}

std::string Error(const Status& status) {
  if (status.ok()) return {};
  return std::string(FactsOf(status.reason()).name) + ": " + std::string(status.message());
}

std::string SerializeInOrder(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializePartialToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// False where an Any holds what is no message of its type.
bool Canonicalize(Message& message);

bool CanonicalizeAny(google::protobuf::Any& any) {
  const std::string& url = any.type_url();
  const auto* descriptor = DescriptorPool::generated_pool()->FindMessageTypeByName(url.substr(url.rfind('/') + 1));
  if (descriptor == nullptr) return true;
  const std::optional<std::string> value =
      Canonical(*MessageFactory::generated_factory()->GetPrototype(descriptor), any.value());
  if (value) any.set_value(*value);
  return value.has_value();
}

bool Canonicalize(Message& message) {
  if (auto* any = dynamic_cast<google::protobuf::Any*>(&message)) return CanonicalizeAny(*any);
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (!Canonicalize(*reflection.MutableMessage(&message, field))) return false;
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (!Canonicalize(*reflection.MutableRepeatedMessage(&message, field, i))) return false;
    }
  }
  return true;
}

// "" or why protobuf refuses the text. Its CHECKs throw, after they were logged.
std::string ReadByProtobuf(const CodecKinds::Kind& kind, std::string_view text, bool ignore_unknown,
                           std::string& wire) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = ignore_unknown;
  google::protobuf::LogSilencer silence;
  try {
    const auto status = google::protobuf::util::JsonToBinaryString(
        Resolver(), kPrefix + kind.plan->full_name(), google::protobuf::StringPiece(text.data(), text.size()), &wire,
        options);
    return status.ok() ? "" : status.ToString();
  } catch (const google::protobuf::FatalException& check) {
    return std::string("CHECK: ") + check.what();
  }
}

}  // namespace

std::unique_ptr<Message> Parse(const Message& prototype, std::string_view wire) {
  std::unique_ptr<Message> message(prototype.New());
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(wire.data()),
                                                static_cast<int>(wire.size()));
  stream.SetRecursionLimit(1000);
  if (!message->ParsePartialFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) return nullptr;
  message->DiscardUnknownFields();
  return message;
}

std::optional<std::string> Canonical(const Message& prototype, std::string_view wire) {
  const std::unique_ptr<Message> message = Parse(prototype, wire);
  if (message == nullptr) return std::nullopt;
  if (!Canonicalize(*message)) return std::nullopt;
  return SerializeInOrder(*message);
}

Reading ReadByBoth(const CodecKinds::Kind& kind, std::string_view text, bool ignore_unknown) {
  Reading reading{.kind = kind,
                  .text = text,
                  .ignore_unknown = ignore_unknown,
                  .our_status = {},
                  .our_error = {},
                  .their_error = {},
                  .our_wire = {},
                  .their_wire = {}};
  Buffer json(text);
  Buffer wire;
  reading.our_status =
      CodecKinds::Get().codec.ReadMessage(*kind.plan, json, {.ignore_unknown_fields = ignore_unknown}, wire);
  reading.our_error = Error(reading.our_status);
  if (reading.our_status.ok()) {
    const std::optional<std::string> canonical = Canonical(*kind.prototype, wire.view());
    Require(canonical.has_value());  // what we write, protobuf reads
    reading.our_wire = *canonical;
  }
  std::string theirs;
  reading.their_error = ReadByProtobuf(kind, text, ignore_unknown, theirs);
  if (!reading.their_error.empty()) return reading;
  if (const std::optional<std::string> canonical = Canonical(*kind.prototype, theirs)) {
    reading.their_wire = *canonical;
  } else {
    reading.their_error = "its bytes are no message";
  }
  return reading;
}

std::optional<std::string> ReadByUs(const CodecKinds::Kind& kind, std::string_view text) {
  Buffer json(text);
  Buffer wire;
  if (!CodecKinds::Get().codec.ReadMessage(*kind.plan, json, {}, wire).ok()) return std::nullopt;
  const std::optional<std::string> message = Canonical(*kind.prototype, wire.view());
  Require(message.has_value());  // what we write, protobuf reads
  return message;
}

std::optional<Writing> WriteByBoth(const CodecKinds::Kind& kind, std::string_view wire, bool emit_defaults) {
  const std::optional<std::string> canonical = Canonical(*kind.prototype, wire);
  if (!canonical) return std::nullopt;
  Writing writing{.kind = kind,
                  .wire = *canonical,
                  .emit_defaults = emit_defaults,
                  .our_error = {},
                  .their_error = {},
                  .our_text = {},
                  .their_text = {}};
  Buffer json;
  writing.our_error =
      Error(CodecKinds::Get().codec.WriteMessage(*kind.plan, writing.wire, {.emit_defaults = emit_defaults}, json));
  writing.our_text = json.view();
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = emit_defaults;
  google::protobuf::LogSilencer silence;
  const auto status = google::protobuf::util::BinaryToJsonString(Resolver(), kPrefix + kind.plan->full_name(),
                                                                 writing.wire, &writing.their_text, options);
  if (!status.ok()) writing.their_error = status.ToString();
  return writing;
}

}  // namespace dragoman::fuzz
