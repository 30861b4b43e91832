// Our codec against protobuf's own JSON, on random messages.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include "codec_fixture.h"
#include "random_message.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Everything;

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
