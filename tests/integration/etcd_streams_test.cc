#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "etcd_fixture.h"
#include "stream_reader.h"

// The RPCs of etcd that stream, through Dragoman and beside etcd's own gateway where that can.
namespace dragoman::integration {
namespace {

constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kArray = "application/json";

// Chunks of a request's body, and its end.
std::string Chunk(std::string_view bytes) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

class EtcdStreams : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(EtcdIsInstalled()) << "scripts/setup test installs it"; }

  static void Put(const std::string& address, const std::string& key, const std::string& value) {
    const HttpResponse put =
        Fetch(address, "POST", "/v3/kv/put", {}, R"({"key":")" + key + R"(","value":")" + value + "\"}");
    EXPECT_EQ(put.status, 200) << put.body;
  }

  const Etcd behind_;
  const EtcdGateway gateway_{behind_};
};

TEST_F(EtcdStreams, WatchIsWhatEtcdsOwnGatewayMakesOfIt) {
  const Etcd alone;
  for (const std::string& address : {gateway_.address(), alone.address()}) {
    Put(address, "Zm9v", "YQ==");
    Put(address, "Zm9v", "Yg==");
    Put(address, "YmFy", "eA==");
  }
  const std::string watch = R"({"create_request":{"key":"Zm9v","start_revision":"2"}})";
  HttpClient ours_client(gateway_.address());
  ours_client.Begin("POST", "/v3/watch", {}, watch);
  StreamReader ours(ours_client);
  HttpClient theirs_client(alone.address());
  theirs_client.Begin("POST", "/v3/watch", {}, watch);
  StreamReader theirs(theirs_client);
  EXPECT_EQ(ours.head().status, 200);
  EXPECT_EQ(theirs.head().status, 200);
  for (int i = 0; i < 2; ++i) {
    const std::string our_line = ours.Next().value_or("none");
    const std::string their_line = theirs.Next().value_or("none");
    EXPECT_EQ(JsonDifference(their_line, R"({"result":)" + our_line + "}"), "") << our_line << "\n" << their_line;
  }
  for (const std::string& address : {gateway_.address(), alone.address()}) Put(address, "Zm9v", "Yw==");
  const std::string our_line = ours.Next().value_or("none");
  const std::string their_line = theirs.Next().value_or("none");
  EXPECT_EQ(JsonDifference(their_line, R"({"result":)" + our_line + "}"), "") << our_line << "\n" << their_line;
  EXPECT_EQ(JsonAt(our_line, "events.0.kv.value"), "Yw==");
}

TEST_F(EtcdStreams, WatchComesInEachFormat) {
  Put(gateway_.address(), "Zm9v", "YQ==");
  const std::string watch = R"({"create_request":{"key":"Zm9v","start_revision":"2"}})";
  {
    HttpClient client(gateway_.address());
    client.Begin("POST", "/v3/watch", {{"accept", std::string(kEvents)}}, watch);
    StreamReader stream(client);
    EXPECT_EQ(stream.head().Header("content-type"), kEvents);
    const std::string created = stream.Next("\n\n").value_or("");
    EXPECT_EQ(JsonAt(created.substr(6), "created"), "true") << created;
    const std::string event = stream.Next("\n\n").value_or("");
    EXPECT_EQ(JsonAt(event.substr(6), "events.0.kv.value"), "YQ==") << event;
  }
  {
    HttpClient client(gateway_.address());
    client.Begin("POST", "/v3/watch", {{"accept", std::string(kArray)}}, watch);
    StreamReader stream(client);
    EXPECT_EQ(stream.head().Header("content-type"), kArray);
    EXPECT_EQ(stream.Next("\"created\":true}").value_or("").substr(0, 2), "[{");
    EXPECT_TRUE(stream.Next("YQ=="));
  }
}

TEST_F(EtcdStreams, WatchGoesBothWaysAtOnce) {
  HttpClient client(gateway_.address());
  client.Begin("POST", "/v3/watch", {{"transfer-encoding", "chunked"}});
  client.Write(Chunk(R"({"create_request":{"key":"Zm9v"}})"));
  StreamReader stream(client);
  EXPECT_EQ(stream.head().status, 200);
  EXPECT_EQ(JsonAt(stream.Next().value_or(""), "created"), "true");
  Put(gateway_.address(), "Zm9v", "YQ==");
  EXPECT_EQ(JsonAt(stream.Next().value_or(""), "events.0.kv.value"), "YQ==");
  client.Write(Chunk("\n{\"create_request\":{\"key\":\"YmFy\",\"watch_id\":\"7\"}}\n"));
  const std::string second = stream.Next().value_or("");
  EXPECT_EQ(JsonAt(second, "watch_id"), "7") << second;
  Put(gateway_.address(), "YmFy", "Yg==");
  EXPECT_EQ(JsonAt(stream.Next().value_or(""), "watch_id"), "7");
  client.Write(Chunk("{\"cancel_request\":{\"watch_id\":\"7\"}}"));
  EXPECT_EQ(JsonAt(stream.Next().value_or(""), "canceled"), "true");
  client.Write(Chunk("\n{\"cancel_request\":{\"watch\":\"7\"}}"));
  const std::string error = stream.Next().value_or("");
  EXPECT_EQ(JsonAt(error, "@error.details.0.reason"), "UNKNOWN_FIELD") << error;
  EXPECT_EQ(stream.Rest(), "");
}

TEST_F(EtcdStreams, LeaseKeepAliveIsWhatEtcdsOwnGatewayMakesOfIt) {
  const Etcd alone;
  std::vector<std::string> lines;
  for (const std::string& address : {gateway_.address(), alone.address()}) {
    EXPECT_EQ(Fetch(address, "POST", "/v3/lease/grant", {}, R"({"TTL":600,"ID":7001})").status, 200);
    const HttpResponse response =
        Fetch(address, "POST", "/v3/lease/keepalive", {}, "{\"ID\":\"7001\"}\n{\"ID\":7001}\n{\"ID\":\"9\"}\n");
    EXPECT_EQ(response.status, 200) << response.body;
    lines.push_back(response.body);
  }
  for (int i = 0; i < 3; ++i) {
    const std::string ours = lines[0].substr(0, lines[0].find('\n'));
    const std::string theirs = lines[1].substr(0, lines[1].find('\n'));
    EXPECT_EQ(JsonDifference(theirs, R"({"result":)" + ours + "}"), "") << ours << "\n" << theirs;
    for (std::string& side : lines) side.erase(0, side.find('\n') + 1);
  }
  EXPECT_EQ(lines[0], "");
}

TEST_F(EtcdStreams, LeaseKeepAliveTakesAnArrayAndGivesOne) {
  EXPECT_EQ(Fetch(gateway_.address(), "POST", "/v3/lease/grant", {}, R"({"TTL":600,"ID":7001})").status, 200);
  const HttpResponse response = Fetch(gateway_.address(), "POST", "/v3/lease/keepalive",
                                      {{"accept", std::string(kArray)}}, R"([{"ID":"7001"}, {"ID":"9"}])");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(JsonDifference(R"([{"header":"…","ID":"7001","TTL":"600"},{"header":"…","ID":"9"}])", response.body), "")
      << response.body;
}

TEST_F(EtcdStreams, SnapshotIsAStreamOfBlobs) {
  const HttpResponse response = Fetch(gateway_.address(), "POST", "/v3/maintenance/snapshot", {}, "{}");
  EXPECT_EQ(response.status, 200);
  EXPECT_GT(JsonAt(response.body.substr(0, response.body.find('\n')), "blob").size(), 1000u);
}

}  // namespace
}  // namespace dragoman::integration
