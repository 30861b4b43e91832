#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <random>
#include <string>

#include "codec_test.pb.h"

namespace dragoman::transcoding {

// Fills messages with random values that have a JSON form.
class RandomMessage {
 public:
  using Descriptor = google::protobuf::Descriptor;
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;
  using Reflection = google::protobuf::Reflection;

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

  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

 private:
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
        codec::test::Everything inner;
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

}  // namespace dragoman::transcoding
