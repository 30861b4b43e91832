// Our codec against protobuf's own JSON, on random messages.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <random>

#include "codec_fixture.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Everything;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Fills messages with random values that have a JSON form.
class RandomMessage {
 public:
  explicit RandomMessage(uint32_t seed) : random_(seed) {}

  void Fill(Message& message, int depth) {
    if (FillWellKnown(message, depth)) return;
    const Descriptor& descriptor = *message.GetDescriptor();
    if (descriptor.field_count() == 0) return;
    const int fields = static_cast<int>(Below(depth > 0 ? 12 : 4));
    for (int i = 0; i < fields; ++i) {
      const FieldDescriptor& field =
          *descriptor.field(static_cast<int>(Below(static_cast<uint32_t>(descriptor.field_count()))));
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth <= 0) continue;
      if (!field.is_repeated()) {
        SetValue(message, field, depth);
      } else if (message.GetReflection()->FieldSize(message, &field) == 0) {
        for (uint32_t n = Below(4); n > 0; --n) AddValue(message, field, depth);
      }
    }
  }

 private:
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

  uint64_t Bits() {
    const auto bits = (static_cast<uint64_t>(random_()) << 32) | random_();
    return bits >> Below(64);
  }

  double Double() {
    constexpr double kChosen[] = {0, -0.0, 1, -1.5, 0.1, 1e20, 1e-7, 123456789.25, 5e-324, 1.7976931348623157e308};
    if (Below(2) == 0) return kChosen[Below(10)];
    return static_cast<double>(static_cast<int64_t>(Bits())) / 1000;
  }

  std::string Text() {
    constexpr std::string_view kPieces[] = {"a",    "Zebra", " ", "\"", "\\", "\n",
                                            "\x01", "é",     "€", "😀",  "</", "0123456789abcdef"};
    std::string text;
    for (uint32_t n = Below(6); n > 0; --n) text += kPieces[Below(12)];
    return text;
  }

  bool FillWellKnown(Message& message, int depth) {
    const std::string& name = message.GetDescriptor()->full_name();
    if (name == "google.protobuf.Timestamp" || name == "google.protobuf.Duration") {
      const bool timestamp = name == "google.protobuf.Timestamp";
      const int64_t range = timestamp ? 253'402'300'799 : 315'576'000'000;
      int64_t seconds = static_cast<int64_t>(Bits()) % range;
      constexpr int32_t kNanos[] = {0, 1, 1000, 1'500'000, 500'000'000, 999'999'999};
      int32_t nanos = kNanos[Below(6)];
      if (seconds < 0 && timestamp) seconds %= 62'135'596'800;
      if (seconds < 0 && !timestamp) nanos = -nanos;
      const Descriptor& descriptor = *message.GetDescriptor();
      message.GetReflection()->SetInt64(&message, descriptor.field(0), seconds);
      message.GetReflection()->SetInt32(&message, descriptor.field(1), nanos);
      return true;
    }
    if (name == "google.protobuf.FieldMask") {
      constexpr const char* kPaths[] = {"a", "user.display_name", "xx_yy_zz", "b.c"};
      for (uint32_t n = Below(3); n > 0; --n) {
        message.GetReflection()->AddString(&message, message.GetDescriptor()->field(0), kPaths[Below(4)]);
      }
      return true;
    }
    if (name == "google.protobuf.Any") {
      auto& any = dynamic_cast<google::protobuf::Any&>(message);
      if (Below(2) == 0) {
        Everything inner;
        Fill(inner, depth - 1);
        any.PackFrom(inner);
      } else {
        google::protobuf::Duration inner;
        Fill(inner, depth - 1);
        any.PackFrom(inner);
      }
      return true;
    }
    if (name == "google.protobuf.Value") {
      const uint32_t kinds = depth > 0 ? 6 : 4;
      SetValue(message, *message.GetDescriptor()->field(static_cast<int>(Below(kinds))), depth);
      return true;
    }
    return false;
  }

  void SetValue(Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.SetInt32(&message, &field, static_cast<int32_t>(Bits()));
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.SetInt64(&message, &field, static_cast<int64_t>(Bits()));
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.SetUInt32(&message, &field, static_cast<uint32_t>(Bits()));
      case FieldDescriptor::CPPTYPE_UINT64:
        return reflection.SetUInt64(&message, &field, Bits());
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return reflection.SetDouble(&message, &field, Double());
      case FieldDescriptor::CPPTYPE_FLOAT:
        return reflection.SetFloat(&message, &field, static_cast<float>(static_cast<int32_t>(Bits())) / 8);
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection.SetBool(&message, &field, Below(2) == 0);
      case FieldDescriptor::CPPTYPE_ENUM:
        return reflection.SetEnumValue(&message, &field, EnumNumber(field));
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.SetString(&message, &field, Text());
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Fill(*reflection.MutableMessage(&message, &field), depth - 1);
    }
  }

  void AddValue(Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.AddInt32(&message, &field, static_cast<int32_t>(Bits()));
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.AddInt64(&message, &field, static_cast<int64_t>(Bits()));
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.AddUInt32(&message, &field, static_cast<uint32_t>(Bits()));
      case FieldDescriptor::CPPTYPE_UINT64:
        return reflection.AddUInt64(&message, &field, Bits());
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return reflection.AddDouble(&message, &field, Double());
      case FieldDescriptor::CPPTYPE_FLOAT:
        return reflection.AddFloat(&message, &field, static_cast<float>(static_cast<int32_t>(Bits())) / 8);
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection.AddBool(&message, &field, Below(2) == 0);
      case FieldDescriptor::CPPTYPE_ENUM:
        return reflection.AddEnumValue(&message, &field, EnumNumber(field));
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.AddString(&message, &field, Text());
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& added = *reflection.AddMessage(&message, &field);
        if (!field.is_map()) return Fill(added, depth - 1);
        // Equal keys are one entry in the end; both parts are set, as every serializer does.
        SetValue(added, *added.GetDescriptor()->map_key(), depth - 1);
        SetValue(added, *added.GetDescriptor()->map_value(), depth - 1);
      }
    }
  }

  int EnumNumber(const FieldDescriptor& field) {
    const auto& descriptor = *field.enum_type();
    return descriptor.value(static_cast<int>(Below(static_cast<uint32_t>(descriptor.value_count()))))->number();
  }

  std::mt19937 random_;
};

class JsonCodecAgreementTest : public CodecTest {
 protected:
  static constexpr uint32_t kSeed = 20261124;
  static constexpr int kIterations = 2000;

  static void ExpectEqual(const Everything& left, const Everything& right, const std::string& json) {
    google::protobuf::util::MessageDifferencer differencer;
    std::string report;
    differencer.ReportDifferencesToString(&report);
    differencer.set_message_field_comparison(google::protobuf::util::MessageDifferencer::EQUIVALENT);
    EXPECT_TRUE(differencer.Compare(left, right)) << report << "\nin " << json;
  }
};

TEST_F(JsonCodecAgreementTest, ProtobufReadsWhatWeWriteAndWeReadWhatItWrites) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  RandomMessage random(kSeed);
  for (int i = 0; i < kIterations && !HasFailure(); ++i) {
    Everything message;
    random.Fill(message, 4);
    // Maps in which a key was drawn twice are settled by a turn over the wire.
    ASSERT_TRUE(message.ParseFromString(message.SerializeAsString()));
    const std::string wire = message.SerializeAsString();

    const JsonWriteOptions options = {
        .emit_defaults = i % 2 == 0, .preserve_proto_names = i % 3 == 0, .enums_as_integers = i % 5 == 0};
    Buffer ours;
    const Status written = codec_.WriteMessage(Plan<Everything>(), wire, options, ours);
    ASSERT_TRUE(written.ok()) << written.message();
    Everything read_by_protobuf;
    const auto parsed = google::protobuf::util::JsonStringToMessage(std::string(ours.view()), &read_by_protobuf);
    ASSERT_TRUE(parsed.ok()) << parsed.ToString() << "\nin " << ours.view();
    ExpectEqual(message, read_by_protobuf, std::string(ours.view()));

    std::string theirs;
    google::protobuf::util::JsonPrintOptions print_options;
    print_options.add_whitespace = i % 4 == 0;
    print_options.always_print_primitive_fields = i % 2 == 0;
    print_options.always_print_enums_as_ints = i % 5 == 0;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &theirs, print_options).ok());
    for (const std::string& json : {theirs, std::string(ours.view())}) {
      Buffer text(json);
      Buffer read;
      const Status status = codec_.ReadMessage(Plan<Everything>(), text, {}, read);
      ASSERT_TRUE(status.ok()) << status.message() << "\nin " << json;
      Everything read_by_us;
      ASSERT_TRUE(read_by_us.ParseFromArray(read.data(), static_cast<int>(read.size())));
      ExpectEqual(message, read_by_us, json);
    }
  }
}

}  // namespace
}  // namespace dragoman::transcoding
