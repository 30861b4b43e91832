// Messages that are compressed, both ways.
#include <cstdint>

#include "coding/decoder.h"
#include "coding/encoder.h"
#include "upstream/client_call.h"
#include "upstream_fixture.h"

namespace dragoman::upstream {
namespace {

using testing::ElementsAre;

const Headers kGzipHead = {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}};

std::string Gzip(std::string_view text) {
  Buffer out;
  EXPECT_TRUE(coding::EncodeWhole(coding::Coding::kGzip, text, out));
  return std::string(out.view());
}

std::string Gunzip(std::string_view coded) {
  Buffer out;
  EXPECT_EQ(coding::DecodeWhole(coding::Coding::kGzip, coded, 64 << 20, out), coding::Decoded::kDone);
  return std::string(out.view());
}

std::string Noise(size_t size) {
  std::string noise(size, '\0');
  uint64_t x = 7;
  for (char& c : noise) c = static_cast<char>((x = x * 48271 % 2147483647) >> 7);
  return noise;
}

// Sends `bytes` as DATA, cut at `cut`.
FrameServer::Script Sends(std::string bytes, size_t cut) {
  return Does([=](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Head(request.id, kGzipHead);
    if (cut > 0) connection.Data(request.id, bytes.substr(0, cut));
    connection.Data(request.id, bytes.substr(cut));
    connection.Trailers(request.id);
  });
}

class CompressedMessageTest : public UpstreamTest {
 protected:
  std::unique_ptr<Backend> CompressingShop(const std::string& endpoint) {
    config::Backend backend;
    backend.name = "shop";
    backend.compress_requests = true;
    backend.endpoints.push_back({endpoint, {}});
    return MakeBackend(loop_, side_thread_, backend);
  }
};

TEST_F(CompressedMessageTest, OfBackendsAreReadBesideOthersWhereverTheyAreCut) {
  const std::string bytes = Framed(Gzip("one"), 1) + Framed("two") + Framed(Gzip(""), 1) + Framed("") +
                            Framed(Gzip("three") + Gzip("four"), 1);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    FrameServer server(loop_, Sends(bytes, cut));
    const auto shop = Shop({server.address()});
    const Outcome outcome = Run(*shop, server);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message() << ", cut at " << cut;
    ASSERT_THAT(outcome.messages, ElementsAre("one", "two", "", "", "threefour")) << "cut at " << cut;
  }
}

TEST_F(CompressedMessageTest, OfBackendsMayStandForAsMuchAsAReplyMayHave) {
  const std::string text(100'000, 'x');
  FrameServer server(loop_, Sends(Framed(Gzip(text), 1) + Framed(Gzip(text), 1), 0));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.max_reply_bytes = text.size()});
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, ElementsAre(text, text));
}

TEST_F(CompressedMessageTest, AreOfferedAndSentOnlyWhereTheBackendWantsThem) {
  std::vector<std::map<std::string, std::string>> heads;
  std::vector<std::string> bodies;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       heads.push_back(request.headers);
                       bodies.push_back(request.body);
                       connection.Reply(request.id, "ok");
                     }));
  const std::string large(ClientCall::kWorthCompressing, 'x');
  const auto plain = Shop({server.address()});
  EXPECT_TRUE(Run(*plain, server, {.message = large}).status.ok());
  const auto shop = CompressingShop(server.address());
  const std::string messages[] = {large, large.substr(1), Noise(5000), ""};
  for (const std::string& message : messages) EXPECT_TRUE(Run(*shop, server, {.message = message}).status.ok());

  ASSERT_EQ(bodies.size(), 5u);
  EXPECT_EQ(heads[0]["grpc-accept-encoding"], "gzip");
  EXPECT_FALSE(heads[0].contains("grpc-encoding"));
  EXPECT_EQ(bodies[0], Framed(large));
  for (size_t i = 1; i < heads.size(); ++i) {
    EXPECT_EQ(heads[i]["grpc-accept-encoding"], "gzip");
    EXPECT_EQ(heads[i]["grpc-encoding"], "gzip");
  }
  const std::string& compressed = bodies[1];
  EXPECT_LT(compressed.size(), large.size() / 10);
  EXPECT_EQ(Gunzip(compressed.substr(kMessagePrefix)), large);
  EXPECT_EQ(compressed, Framed(compressed.substr(kMessagePrefix), 1)) << "the prefix tells flag and length";
  EXPECT_EQ(bodies[2], Framed(messages[1])) << "too small";
  EXPECT_EQ(bodies[3], Framed(messages[2])) << "would grow";
  EXPECT_EQ(bodies[4], Framed(""));
}

TEST_F(CompressedMessageTest, AreSentAgainAsTheyWere) {
  std::vector<std::string> bodies;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       bodies.push_back(request.body);
                       if (bodies.size() == 1) return connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
                       connection.Reply(request.id, "ok");
                     }));
  const std::string large(5000, 'x');
  const auto shop = CompressingShop(server.address());
  EXPECT_TRUE(Run(*shop, server, {.message = large}).status.ok());
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0], bodies[1]);
  EXPECT_EQ(Gunzip(bodies[0].substr(kMessagePrefix)), large);
}

}  // namespace
}  // namespace dragoman::upstream
