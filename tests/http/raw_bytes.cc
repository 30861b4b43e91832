#include "raw_bytes.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

namespace dragoman::http {
namespace {

constexpr std::string_view kFurther = "GET /further HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n";
constexpr std::string_view kFurtherEcho = "GET /further s none";
constexpr size_t kSmall = 2000;  // bytes: what is larger is not sent one by one, but in pieces of a prime size
constexpr size_t kPiece = 997;

struct Response {
  std::string text;  // "200 GET /a s none"
  bool says_close = false;
};

// Cuts what came back into responses. `head_request`: the first has no body, whatever its Content-Length says.
std::vector<Response> Split(std::string_view bytes, bool head_request) {
  std::vector<Response> responses;
  while (!bytes.empty()) {
    const size_t head_end = bytes.find("\r\n\r\n");
    if (!bytes.starts_with("HTTP/1.1 ") || head_end == std::string_view::npos) {
      responses.push_back({.text = "no response: " + std::string(bytes)});
      break;
    }
    const std::string_view head = bytes.substr(0, head_end + 4);
    bytes.remove_prefix(head.size());
    const std::string length = HeaderOf(head, "content-length");
    const size_t size =
        length.empty() || (head_request && responses.empty()) ? 0 : std::min<size_t>(std::stoul(length), bytes.size());
    responses.push_back({.text = std::string(head.substr(9, 3)) + " " + std::string(bytes.substr(0, size)),
                         .says_close = HeaderOf(head, "connection") == "close"});
    bytes.remove_prefix(size);
  }
  return responses;
}

}  // namespace

RawCase&& RawCase::After(const std::vector<std::string>& served) && {
  std::vector<std::string> before;
  for (const std::string& echo : served) before.push_back("200 " + echo);
  responses.insert(responses.begin(), before.begin(), before.end());
  seen.insert(seen.begin(), served.begin(), served.end());
  return std::move(*this);
}

RawCase Refused(std::string name, std::string_view clause, std::string bytes, int status, const std::string& answer) {
  return {std::move(name), clause, std::move(bytes), {std::to_string(status) + " " + answer}, {}};
}

RawCase BrokenBody(std::string name, std::string_view clause, std::string bytes, int status,
                   const std::string& answer) {
  RawCase broken = Refused(std::move(name), clause, std::move(bytes), status, answer);
  broken.seen = {"POST / broken"};
  return broken;
}

RawCase Served(std::string name, std::string_view clause, std::string bytes, const std::string& echo,
               RawCase::Then then) {
  return {std::move(name), clause, std::move(bytes), {"200 " + echo}, {echo}, then};
}

RawCase Silent(std::string name, std::string_view clause, std::string bytes, RawCase::Behind behind) {
  return {std::move(name), clause, std::move(bytes), {}, {}, RawCase::Then::kCloses, behind};
}

std::string Invalid(std::string_view message) { return "INVALID_REQUEST " + std::string(message); }

std::string Post(std::string_view headers, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: s\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string Get(std::string_view headers) { return "GET / HTTP/1.1\r\nHost: s\r\n" + std::string(headers) + "\r\n"; }

std::string Chunked(std::string_view body) { return Post("Transfer-Encoding: chunked\r\n", body); }

std::string Line(std::string_view request_line) { return std::string(request_line) + "\r\nHost: s\r\n\r\n"; }

void RawBytes::Play(const std::vector<RawCase>& cases) {
  std::set<std::string_view> names;
  for (const RawCase& c : cases) {
    EXPECT_TRUE(names.insert(c.name).second) << "two cases are called " << c.name;
    EXPECT_TRUE(c.clause.starts_with("RFC ")) << c.name;
    Play(c, /*byte_by_byte=*/false);
    Play(c, /*byte_by_byte=*/true);
  }
}

void RawBytes::Play(const RawCase& c, bool byte_by_byte) {
  SCOPED_TRACE(c.name + " (" + std::string(c.clause) + (byte_by_byte ? "), byte by byte" : "), whole"));
  const size_t logged = log_.all().size();
  Client client(address());
  const int on = 1;
  ::setsockopt(client.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::string_view rest = c.bytes;
  const size_t piece = !byte_by_byte ? SIZE_MAX : rest.size() > kSmall ? kPiece : 1;
  for (; rest.size() > piece; rest.remove_prefix(piece)) client.Send(rest.substr(0, piece));
  client.Send(std::string(rest) + std::string(c.behind == RawCase::Behind::kRequest ? kFurther : ""));
  if (c.behind == RawCase::Behind::kEnd) client.ShutdownSend();

  std::string received = client.ReadAll();
  // Who goes on sending after its last request may be reset behind the reply (RFC 9112 section 9.6); behind a refusal
  // never.
  const bool served_last =
      c.then == RawCase::Then::kCloses && !c.responses.empty() && c.responses.back().starts_with("200 ");
  if (constexpr std::string_view kReset = "!reset"; served_last && received.ends_with(kReset)) {
    received.resize(received.size() - kReset.size());
  }
  const std::vector<Response> responses = Split(received, c.bytes.starts_with("HEAD "));
  std::vector<std::string> texts;
  for (const Response& response : responses) texts.push_back(response.text);
  std::vector<std::string> expected = c.responses;
  std::vector<std::string> expected_seen = c.seen;
  if (c.then == RawCase::Then::kStays && c.behind == RawCase::Behind::kRequest) {
    expected.push_back("200 " + std::string(kFurtherEcho));
    expected_seen.emplace_back(kFurtherEcho);
  }
  EXPECT_THAT(texts, ::testing::ElementsAreArray(expected));
  for (size_t i = 0; i < responses.size(); ++i) {
    const bool last = i + 1 == responses.size();
    if (last && c.behind != RawCase::Behind::kRequest && texts[i].starts_with("200 "))
      break;  // it was the client who ended it, or time
    EXPECT_EQ(responses[i].says_close, last) << "response " << i;
  }
  std::vector<std::string> seen;
  const std::vector<std::string> events = log_.all();
  for (size_t i = logged; i < events.size(); ++i) {
    constexpr std::string_view kSaw = "saw ";
    if (events[i].starts_with(kSaw)) seen.push_back(events[i].substr(kSaw.size()));
  }
  EXPECT_THAT(seen, ::testing::ElementsAreArray(expected_seen));
}

}  // namespace dragoman::http
