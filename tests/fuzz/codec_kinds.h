#pragma once

#include <google/api/httpbody.pb.h>
#include <google/protobuf/message.h>

#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "codec_proto2_test.pb.h"
#include "codec_test.pb.h"
#include "transcoding/json_codec.h"

namespace dragoman::fuzz {

// The codec and every kind of message that it tells apart: proto3 with all types of fields, proto2 with groups and
// extensions, recursion, and each well-known type by itself.
struct CodecKinds {
  struct Kind {
    const transcoding::MessagePlan* plan;
    const google::protobuf::Message* prototype;
  };

  static CodecKinds& Get() {
    static CodecKinds kinds;
    return kinds;
  }

  const transcoding::PlanSet plans;
  transcoding::JsonCodec codec;
  std::vector<Kind> kinds;

 private:
  static transcoding::PlanSet Plans() {
    const google::protobuf::FileDescriptor* const files[] = {codec::test::Everything::descriptor()->file(),
                                                             codec::test::Old::descriptor()->file(),
                                                             google::api::HttpBody::descriptor()->file()};
    return {*google::protobuf::DescriptorPool::generated_pool(), files};
  }

  CodecKinds() : plans(Plans()), codec(plans) {
    for (const char* name : {"codec.test.Everything",       "codec.test.Old",
                             "codec.test.Shuffled",         "google.protobuf.Any",
                             "google.protobuf.Timestamp",   "google.protobuf.Duration",
                             "google.protobuf.FieldMask",   "google.protobuf.Struct",
                             "google.protobuf.Value",       "google.protobuf.ListValue",
                             "google.protobuf.Empty",       "google.protobuf.BoolValue",
                             "google.protobuf.BytesValue",  "google.protobuf.DoubleValue",
                             "google.protobuf.FloatValue",  "google.protobuf.Int32Value",
                             "google.protobuf.Int64Value",  "google.protobuf.StringValue",
                             "google.protobuf.UInt32Value", "google.protobuf.UInt64Value",
                             "google.api.HttpBody"}) {
      const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
      kinds.push_back(
          {&plans.Get(descriptor), google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)});
    }
  }
};

}  // namespace dragoman::fuzz
