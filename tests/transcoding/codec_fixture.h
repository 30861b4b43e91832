#pragma once

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "codec_proto2_test.pb.h"
#include "codec_test.pb.h"
#include "transcoding/json_codec.h"

namespace dragoman::transcoding {

// A codec for the messages of protos/, and ways to say in one string what it makes of an input.
class CodecTest : public ::testing::Test {
 protected:
  static std::string Outcome(const Status& status) {
    return std::string(FactsOf(status.reason()).name) + ": " + std::string(status.message());
  }

  // What `json` is read as: the message in text format, or the refusal.
  template <typename Message>
  std::string Read(std::string_view json, const JsonReadOptions& options = {}) {
    Buffer text(json);
    Buffer wire("before");
    const Status status = codec_.ReadMessage(Plan<Message>(), text, options, wire);
    EXPECT_EQ(text.view(), json);
    if (!status.ok()) {
      EXPECT_EQ(wire.view(), "before");
      return Outcome(status);
    }
    Message message;
    if (!message.ParsePartialFromArray(wire.data() + 6, static_cast<int>(wire.size()) - 6))
      return "unreadable wire bytes";
    std::string shown;
    google::protobuf::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    printer.SetExpandAny(true);
    printer.PrintToString(message, &shown);
    if (shown.ends_with(' ')) shown.pop_back();
    return shown;
  }

  // What the wire bytes of a message are written as, or the refusal.
  template <typename Message>
  std::string WriteWire(std::string_view wire, const JsonWriteOptions& options = {.emit_defaults = false}) {
    Buffer out("before");
    const Status status = codec_.WriteMessage(Plan<Message>(), wire, options, out);
    if (!status.ok()) {
      EXPECT_EQ(out.view(), "before");
      return Outcome(status);
    }
    return std::string(out.view().substr(6));
  }

  // The same of a message in text format.
  template <typename Message>
  std::string Write(const std::string& text, const JsonWriteOptions& options = {.emit_defaults = false}) {
    return WriteWire<Message>(Wire<Message>(text), options);
  }

  template <typename Message>
  static std::string Wire(const std::string& text) {
    Message message;
    google::protobuf::TextFormat::Parser parser;
    parser.AllowPartialMessage(true);
    EXPECT_TRUE(parser.ParseFromString(text, &message)) << text;
    return message.SerializePartialAsString();
  }

  template <typename Message>
  const MessagePlan& Plan() const {
    return plans_->Get(Message::descriptor());
  }

  const std::unique_ptr<PlanSet> plans_ = [] {
    const google::protobuf::FileDescriptor* files[] = {codec::test::Everything::descriptor()->file(),
                                                       codec::test::Old::descriptor()->file()};
    return std::make_unique<PlanSet>(*google::protobuf::DescriptorPool::generated_pool(), files);
  }();
  JsonCodec codec_{*plans_};
};

}  // namespace dragoman::transcoding
