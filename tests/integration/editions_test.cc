#include <gtest/gtest.h>

#include <mutex>
#include <string>

#include "frame_server.h"
#include "shop_fixture.h"

// A descriptor set of an edition, made by a current compiler, served by the real binary in front of a backend that
// sends back the bytes that it gets.
namespace dragoman::integration {
namespace {

using frames::FrameConnection;
using frames::FrameServer;

TEST(EditionsGateway, TranslatesBothWaysAsTheFeaturesSay) {
  std::mutex mutex;
  std::string heard;
  FrameServer backend({.on_request = [&](FrameConnection& connection, FrameConnection::Request& request) {
    const std::string message = request.body.substr(5);
    {
      const std::scoped_lock lock(mutex);
      heard = message;
    }
    connection.Reply(request.id, message);
  }});
  Gateway gateway({.descriptors = "[{file: \"" EDITION_DESCRIPTORS "\"}]",
                   .endpoints = {backend.address()},
                   .services = R"([{name: "editions.test.*", backend: shop}])",
                   .more = "json: {emit_defaults: false}"});

  const std::string json =
      R"({"explicit":0,"open":7,"packed":[1,2],"expanded":[1,2],"delimited":{"n":1},"[editions.test.number_extension]":0})";
  const HttpResponse response = Fetch(gateway.address(), "POST", "/editions.test.Echo/Send", {}, json);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.body, json);
  const std::scoped_lock lock(mutex);
  EXPECT_EQ(heard, std::string("\x08\x00\x20\x07\x42\x02\x01\x02\x48\x01\x48\x02\x5b\x08\x01\x5c\xb8\x06\x00", 19));

  const HttpResponse refused = Fetch(gateway.address(), "POST", "/editions.test.Echo/Send", {}, R"({"closed":7})");
  EXPECT_EQ(refused.status, 400) << refused.body;
}

}  // namespace
}  // namespace dragoman::integration
