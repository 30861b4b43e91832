#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "composition_fixture.h"
#include "stream_reader.h"

// Compositions whose answer is sent piece by piece.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

constexpr const char* kHome = R"(
  - name: home
    get: "/v1/home/{user_id}"
    timeout: 15s
    fields: true
    parameters:
      user: {type: string, default: ""}
      ads: {type: string, default: ""}
      level: {type: string, default: ""}
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: "{path.user_id}", act: "{query.user}"}}
      orders: {method: compose.v1.Orders/ListOrders, request: {user_id: "{user.id}", shape: "1"}}
      ads: {method: compose.v1.Ads/Pick, request: {user_id: "{path.user_id}", act: "{query.ads}"}, optional: true}
    response:
      version: 2
      user: {name: "{user.display_name}"}
      orders: "{orders.orders[].id}"
      ads: "{ads.ads[].id}"
      summary: "{user.display_name} has {size(orders.orders)}"
  - name: strict
    get: "/v1/strict/{user_id}"
    parameters: {ads: {type: string, default: ""}}
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: "{path.user_id}"}}
      ads: {method: compose.v1.Ads/Pick, request: {user_id: "{user.id}", act: "{query.ads}"}}
    merge: ["{user}"]
    response: {ads: "{ads.ads[].id}"}
)";

const Headers kLines = {{"accept", "application/x-ndjson"}};
const Headers kEvents = {{"accept", "text/event-stream"}};

// What the lines are together.
std::string Together(const std::string& lines) {
  rapidjson::Document all(rapidjson::kObjectType);
  size_t begin = 0;
  while (begin < lines.size()) {
    const size_t end = lines.find('\n', begin);
    rapidjson::Document line(&all.GetAllocator());
    line.Parse(lines.data() + begin, end - begin);
    EXPECT_TRUE(line.IsObject()) << lines;
    for (auto& member : line.GetObject()) {
      EXPECT_FALSE(all.HasMember(member.name)) << lines;
      all.AddMember(member.name, member.value, all.GetAllocator());
    }
    begin = end + 1;
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  all.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

class CompositionStreamTest : public testing::Test {
 protected:
  ComposeBackend backend_;
  Gateway gateway_{Composing(backend_, kHome)};
};

TEST_F(CompositionStreamTest, SendsEachPieceAsSoonAsItIsReady) {
  HttpClient client(gateway_.address());
  client.Begin("GET", "/v1/home/ada?ads=hang", kLines);
  StreamReader stream(client);
  EXPECT_EQ(stream.head().status, 200);
  EXPECT_EQ(stream.head().Header("content-type"), "application/x-ndjson");
  EXPECT_EQ(JsonDifference(R"({"version":2,"user":{"name":"User ada"}})", stream.Next().value_or("")), "");
  EXPECT_EQ(JsonDifference(R"({"orders":["o0"],"summary":"User ada has 1"})", stream.Next().value_or("")), "");
  EXPECT_EQ(CallCount(gateway_, "Ads/Pick", "ended"), 0);
  client.Close();
  WaitForCallCount(gateway_, "Ads/Pick", "cancelled", 1);
}

TEST_F(CompositionStreamTest, SendsWhatIsMergedOtherwise) {
  for (const char* target : {"/v1/home/ada", "/v1/home/ada?fields=user,ads", "/v1/home/ada?fields=version",
                             "/v1/home/ada?ads=fail%3D14", "/v1/home/ada?ads=fail%3D14&fields=user.name"}) {
    SCOPED_TRACE(target);
    const HttpResponse merged = Fetch(gateway_.address(), "GET", target);
    const HttpResponse lines = Fetch(gateway_.address(), "GET", target, kLines);
    EXPECT_EQ(lines.status, 200);
    EXPECT_EQ(JsonDifference(merged.body, Together(lines.body)), "") << lines.body;
    const HttpResponse any = Fetch(gateway_.address(), "GET", target, {{"accept", "*/*"}});
    EXPECT_EQ(any.Header("content-type"), "application/json");
    const HttpResponse json = Fetch(gateway_.address(), "GET", target, {{"accept", "application/json, application/x-ndjson;q=0.5"}});
    EXPECT_EQ(json.Header("content-type"), "application/json");
  }
}

TEST_F(CompositionStreamTest, TellsWhatIsMissingAtTheEnd) {
  const HttpResponse lines = Fetch(gateway_.address(), "GET", "/v1/home/ada?ads=fail%3D14", kLines);
  const size_t last = lines.body.rfind('\n', lines.body.size() - 2) + 1;
  EXPECT_EQ(JsonDifference(R"({"_errors":[{"part":"ads","code":14,"reason":"UNAVAILABLE","message":"failed as asked for"}]})",
                           lines.body.substr(last)),
            "");
  const HttpResponse events = Fetch(gateway_.address(), "GET", "/v1/home/ada", kEvents);
  EXPECT_TRUE(events.body.starts_with("data: {")) << events.body;
  EXPECT_TRUE(events.body.ends_with("\n\nevent: end\ndata: {}\n\n")) << events.body;
}

TEST_F(CompositionStreamTest, HasItsOwnStatusWhereARequiredPartFailsFirst) {
  for (const Headers& accept : {kLines, kEvents}) {
    const HttpResponse response = Fetch(gateway_.address(), "GET", "/v1/home/ada?user=fail%3D5&ads=hang&fields=user,version", accept);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.Header("content-type"), "application/json");
    EXPECT_THAT(response.body, HasSubstr("PART_FAILED"));
  }
  EXPECT_EQ(Fetch(gateway_.address(), "GET", "/v1/home/ada?fields=nothing", kLines).status, 400);
}

TEST_F(CompositionStreamTest, DoesNotLookCompleteWhereARequiredPartFailsLater) {
  const HttpResponse lines = Fetch(gateway_.address(), "GET", "/v1/strict/ada?ads=fail%3D5", kLines);
  EXPECT_EQ(lines.status, 200);
  const size_t end = lines.body.find('\n');
  EXPECT_EQ(JsonAt(lines.body.substr(0, end), "displayName"), "User ada") << lines.body;
  const std::string last = lines.body.substr(end + 1);
  EXPECT_EQ(JsonAt(last, "@error.code"), "5") << last;
  EXPECT_EQ(JsonAt(last, "@error.details.0.metadata.part"), "ads") << last;
  const HttpResponse events = Fetch(gateway_.address(), "GET", "/v1/strict/ada?ads=fail%3D5", kEvents);
  EXPECT_THAT(events.body, HasSubstr("\n\nevent: error\ndata: {\"code\":5,"));
}

TEST_F(CompositionStreamTest, OfAHeadRequestIsItsHead) {
  HttpClient client(gateway_.address());
  const HttpResponse response = client.Send("HEAD", "/v1/home/ada?ads=hang", kLines);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("content-type"), "application/x-ndjson");
  WaitForCallCount(gateway_, "Ads/Pick", "cancelled", 1);
  EXPECT_EQ(client.Send("GET", "/v1/home/ada", kLines).status, 200);
}

}  // namespace
}  // namespace dragoman::integration
