// What the streams of one connection may make the gateway hold together.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "http2_client.h"
#include "streams_fixture.h"

namespace dragoman::http {
namespace {

using testing::Contains;
using testing::Not;

constexpr size_t kWindow = 64 << 10;     // of a stream, that it has in any case
constexpr size_t kBody = 1 << 20;        // limits.max_body_bytes
constexpr size_t kBudget = 4 * kBody;    // of all streams beyond that
constexpr uint32_t kWide = 0x7fffffff;
constexpr int32_t kStreams = 127;

// Some content of its own for each stream.
std::string Content(int32_t id, size_t size) {
  std::string content(size, '\0');
  uint32_t state = static_cast<uint32_t>(id) * 2654435761u + 1;
  for (char& c : content) c = static_cast<char>('a' + ((state = state * 1664525 + 1013904223) >> 24) % 26);
  return content;
}

std::string Digest(std::string_view content) {
  return std::to_string(content.size()) + " " + std::to_string(std::hash<std::string_view>()(content));
}

// A client that sends on many streams at once whatever their windows let it.
class Uploads {
 public:
  explicit Uploads(Http2Client& client) : client_(client) {}

  void Begin(int32_t id, std::string_view path, std::string content, const frames::Headers& fields = {}) {
    client_.Send(PostFrame(id, path, fields));
    bodies_[id] = {std::move(content), 0};
  }
  // Sends until the server opens no window any more, or all is sent, but for so many bytes of each.
  void Send(size_t held_back = 0) {
    for (bool more = true; more;) {
      more = SendOnce(held_back);
      client_.Settle();
      more |= SendOnce(held_back);
    }
  }
  bool all_sent() const {
    return std::all_of(bodies_.begin(), bodies_.end(), [](const auto& body) { return body.second.left() == 0; });
  }
  size_t sent(int32_t id) { return bodies_[id].sent; }
  // What the server let come of all streams beyond the window that each has.
  size_t opened() {
    size_t opened = 0;
    for (const auto& [id, body] : bodies_) opened += client_.opened(id);
    return opened;
  }

 private:
  struct Body {
    std::string content;
    size_t sent = 0;
    size_t left() const { return content.size() - sent; }
  };

  bool SendOnce(size_t held_back) {
    bool any = false;
    for (auto& [id, body] : bodies_) {
      const size_t stream = kWindow + client_.opened(id) - body.sent;
      const size_t connection = 65'535 + client_.opened(0) - all_sent_bytes_;
      const size_t left = body.left() - std::min(body.left(), held_back);
      const size_t part = std::min({stream, connection, left, size_t{16'384}});
      if (part == 0) continue;
      const bool last = part == body.left();
      client_.Send(DataFrame(id, body.content.substr(body.sent, part), last ? kEndStream : 0));
      body.sent += part;
      all_sent_bytes_ += part;
      any = true;
    }
    return any;
  }

  Http2Client& client_;
  std::map<int32_t, Body> bodies_;
  size_t all_sent_bytes_ = 0;
};

class Http2Memory : public StreamsTest {
 protected:
  static config::Limits SmallBodies() {
    config::Limits limits = Patient();
    limits.max_body_bytes = kBody;
    return limits;
  }
  // Answers a body that is read as a whole with its size and hash.
  void SetDigestOfWhole() {
    SetScript([](Exchange& exchange) -> Task<void> {
      Result<Buffer*> body = co_await exchange.ReadBody();
      const std::string text = body ? Digest((*body)->view()) : std::string(body.error().message());
      (void)co_await exchange.Reply(TextHead(), text);
    });
  }
  // The same of one that is read in pieces, and kept.
  void SetDigestOfPieces() {
    SetScript([](Exchange& exchange) -> Task<void> {
      std::string whole;
      for (;;) {
        exchange.set_kept_bytes(whole.size());
        Result<std::string_view> piece = co_await exchange.ReadBodyPiece(kBodyTimeout);
        if (!piece || piece->empty()) break;
        whole += *piece;
      }
      (void)co_await exchange.Reply(TextHead(), Digest(whole));
    });
  }
  // 127 uploads of which none comes to its end. `own`: what each may have beside its window without asking.
  void ExpectBound(size_t own) {
    Start(SmallBodies());
    for (const bool declared : {true, false}) {
      SCOPED_TRACE(declared ? "declared" : "not declared");
      const uint64_t held_back_before = counters().held_back_bodies.Get();
      Http2Client client(address());
      client.Settle();
      Uploads uploads(client);
      const frames::Headers length = {{"content-length", std::to_string(kBody)}};
      for (int32_t id = 1; id < 2 * kStreams; id += 2) {
        uploads.Begin(id, "/script", std::string(kBody, 'x'), declared ? length : frames::Headers());
      }
      uploads.Send(1);
      EXPECT_LE(uploads.opened(), kBudget + kBody + kStreams * own);
      EXPECT_GE(uploads.opened(), kBudget - kBody);  // and it is made use of
      client.Get(1001, "/a");                        // who asks for little is served
      EXPECT_EQ(client.Await(1001).ToText(), "200 GET /a s none");
      client.Send(NGHTTP2_RST_STREAM, 0, 1, frames::Number(NGHTTP2_CANCEL));
      client.Settle();
      EXPECT_GT(counters().held_back_bodies.Get(), held_back_before);
    }
  }
  // Many at once, each of which could not be held with all others.
  void ExpectAllArrive() {
    Start(SmallBodies());
    Http2Client client(address());
    client.Settle();
    Uploads uploads(client);
    std::map<int32_t, std::string> digests;
    for (int32_t id = 1; id < 2 * 40; id += 2) {
      std::string content = Content(id, kBody / 2 + static_cast<size_t>(id) * 1000);
      digests[id] = Digest(content);
      const frames::Headers length = {{"content-length", std::to_string(content.size())}};
      uploads.Begin(id, "/script", std::move(content), id % 4 == 1 ? length : frames::Headers());
    }
    uploads.Send();
    EXPECT_TRUE(uploads.all_sent());
    for (const auto& [id, digest] : digests) EXPECT_EQ(client.Await(id).ToText(), "200 " + digest) << id;
    client.Get(1001, "/a");  // whose end counts what was held back before
    EXPECT_EQ(client.Await(1001).ToText(), "200 GET /a s none");
    EXPECT_GT(counters().held_back_bodies.Get(), 0u);
  }
};

TEST_F(Http2Memory, WholeBodiesThatDoNotEndAreBounded) {
  SetDigestOfWhole();
  ExpectBound(0);
}

TEST_F(Http2Memory, PiecesThatAreKeptAreBounded) {
  SetDigestOfPieces();
  ExpectBound(2 * kWindow);  // as much kept, and the piece at hand
}

TEST_F(Http2Memory, ManyWholeBodiesAtOnceArrive) {
  SetDigestOfWhole();
  ExpectAllArrive();
}

TEST_F(Http2Memory, ManyBodiesThatAreKeptArrive) {
  SetDigestOfPieces();
  ExpectAllArrive();
}

// What is read in pieces and done with counts nothing.
TEST_F(Http2Memory, PiecesThatAreNotKeptAreNotHeldBack) {
  SetScript([](Exchange& exchange) -> Task<void> {
    uint64_t bytes = 0;
    for (;;) {
      Result<std::string_view> piece = co_await exchange.ReadBodyPiece(kBodyTimeout);
      if (!piece || piece->empty()) break;
      bytes += piece->size();
    }
    (void)co_await exchange.Reply(TextHead(), std::to_string(bytes));
  });
  Start(SmallBodies());
  Http2Client client(address());
  client.Settle();
  Uploads uploads(client);
  for (int32_t id = 1; id < 2 * 10; id += 2) uploads.Begin(id, "/script", std::string(2 * kBody, 'x'));
  uploads.Send();
  for (int32_t id = 1; id < 2 * 10; id += 2) EXPECT_EQ(client.Await(id).ToText(), "200 2097152");
  client.Get(1001, "/a");
  EXPECT_EQ(client.Await(1001).ToText(), "200 GET /a s none");
  EXPECT_EQ(counters().held_back_bodies.Get(), 0u);
}

// A body is late only if the client may send it.
TEST_F(Http2Memory, WhoIsHeldBackIsNotLate) {
  std::map<std::string, Signal> holding;  // handlers that have read all, by "x-hold"
  SetScript([this, &holding](Exchange& exchange) -> Task<void> {
    Result<Buffer*> body = co_await exchange.ReadBody();
    const std::string text = body ? Digest((*body)->view()) : std::string(body.error().message());
    const std::string hold(exchange.head().Find("x-hold"));
    if (!hold.empty()) log_.Add("holding " + hold);
    if (!hold.empty()) co_await holding[hold].Wait();
    (void)co_await exchange.Reply(TextHead(), text);
  });
  config::Limits limits = SmallBodies();
  limits.body_timeout = std::chrono::seconds(2);
  Start(limits);
  Http2Client client(address());
  client.Settle();
  Uploads uploads(client);
  const std::pair<std::string, std::string> length = {"content-length", std::to_string(kBody)};
  for (const int32_t id : {1, 3, 5, 7, 9}) {  // more than may be held: the last one is excepted
    uploads.Begin(id, "/script", Content(id, kBody), {length, {"x-hold", std::to_string(id)}});
  }
  uploads.Send();
  for (const char* id : {"1", "3", "5", "7", "9"}) ASSERT_TRUE(log_.WaitFor("holding " + std::string(id)));
  uploads.Begin(11, "/script", Content(11, kBody), {length});
  uploads.Send();
  EXPECT_EQ(uploads.sent(11), kWindow);
  client.Send(PostFrame(13, "/script", {{"content-length", "1"}}));
  EXPECT_EQ(client.Await(13).ToText(), "200 the body did not come within 2000 ms");
  EXPECT_EQ(client.response(11).status, 0);
  OnLoop([&holding] {
    for (auto& [id, signal] : holding) signal.Notify();
  });
  for (const int32_t id : {1, 3, 5, 7, 9}) EXPECT_EQ(client.Await(id).ToText(), "200 " + Digest(Content(id, kBody)));
  uploads.Send();
  EXPECT_EQ(client.Await(11).ToText(), "200 " + Digest(Content(11, kBody)));
}

// A reply that waits for its client counts, and no more once it has it; those that wait all arrive.
TEST_F(Http2Memory, RepliesThatAreNotTakenCountAndArrive) {
  SetScript([this](Exchange& exchange) -> Task<void> {
    const int32_t id = std::stoi(std::string(exchange.head().Find("x-id")));
    const std::string content = Content(id, 200'000);
    MemoryShare* memory = exchange.reply_memory();
    EXPECT_EQ(memory->bytes(), 0u);
    const Status status = co_await exchange.Reply(TextHead(), content);
    EXPECT_EQ(memory->bytes(), content.size());
    log_.Add(status.ok() ? "sent" : "not sent");
  });
  Start(Patient());
  Http2Client client(address(), frames::Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0));
  client.OpenWindow(0, kWide - 65'535);
  for (int32_t i = 0; i < kStreams; ++i) client.Send(GetFrame(2 * i + 1, "/script", {{"x-id", std::to_string(i)}}));
  client.Settle();
  EXPECT_THAT(log_.all(), Not(Contains("sent")));
  for (int32_t i = kStreams - 1; i >= 0; --i) {
    const int32_t id = 2 * i + 1;
    EXPECT_EQ(client.response(id).status, 200);
    EXPECT_EQ(client.response(id).body, "");
    for (int part = 0; part < 4; ++part) client.OpenWindow(id, 50'000);
    EXPECT_EQ(Digest(client.Await(id).body), Digest(Content(i, 200'000))) << id;
  }
}

}  // namespace
}  // namespace dragoman::http
