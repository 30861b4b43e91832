#include "frame_cases.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace dragoman::http {
namespace {

constexpr int32_t kFurtherStream = 0x7fffffff;
constexpr size_t kSmall = 2000;  // bytes: what is larger is not sent one by one, but in pieces of a prime size
constexpr size_t kPiece = 997;

}  // namespace

FrameCase Resets(std::string name, std::string_view clause, std::string bytes, std::string_view code, int32_t id) {
  return {std::move(name), clause, std::move(bytes), {std::to_string(id) + ": reset " + std::string(code)}};
}

FrameCase Ends(std::string name, std::string_view clause, std::string bytes, std::string_view code) {
  return {std::move(name), clause, std::move(bytes), {"goaway " + std::string(code)}};
}

FrameCase Answers(std::string name, std::string_view clause, std::string bytes, std::string text) {
  FrameCase answered{std::move(name), clause, std::move(bytes), {"1: " + text}};
  if (text.starts_with("200 ")) answered.seen = {text.substr(4)};
  return answered;
}

FrameCase Ignores(std::string name, std::string_view clause, std::string bytes) {
  return {std::move(name), clause, std::move(bytes), {}};
}

void FrameCases::Play(const std::vector<FrameCase>& cases) {
  std::set<std::string_view> names;
  for (const FrameCase& c : cases) {
    EXPECT_TRUE(names.insert(c.name).second) << "two cases are called " << c.name;
    EXPECT_TRUE(c.clause.starts_with("RFC ")) << c.name;
    Play(c, /*byte_by_byte=*/false);
    Play(c, /*byte_by_byte=*/true);
  }
}

void FrameCases::Play(const FrameCase& c, bool byte_by_byte) {
  SCOPED_TRACE(c.name + " (" + std::string(c.clause) + (byte_by_byte ? "), byte by byte" : "), whole"));
  const bool ends =
      std::ranges::any_of(c.events, [](const std::string& event) { return event.starts_with("goaway "); });
  const size_t logged = log_.all().size();
  Http2Client client(address(), Http2Client::Silent());
  std::string bytes = std::string(kPreface) + frames::FrameBytes(NGHTTP2_SETTINGS, 0, 0, "") + c.bytes;
  if (!ends) bytes += GetFrame(kFurtherStream, "/further");
  std::string_view rest = bytes;
  const size_t piece = !byte_by_byte ? SIZE_MAX : rest.size() > kSmall ? kPiece : 1;
  for (; rest.size() > piece; rest.remove_prefix(piece)) client.Send(rest.substr(0, piece));
  client.Send(rest);

  std::vector<std::string> expected = c.events;
  std::vector<std::string> expected_seen = c.seen;
  if (ends) {
    client.AwaitEnd();
    expected.emplace_back("closed");
  } else {
    client.Await(kFurtherStream);
    while (client.events().size() <= expected.size() && client.Read().type != 0xff) {
    }
    expected.push_back(std::to_string(kFurtherStream) + ": 200 GET /further s none");
    expected_seen.emplace_back("GET /further s none");
  }
  EXPECT_THAT(client.events(), ::testing::UnorderedElementsAreArray(expected));
  OnLoop([] {});  // who was told of the end has said so
  std::vector<std::string> seen;
  const std::vector<std::string> events = log_.all();
  for (size_t i = logged; i < events.size(); ++i) {
    constexpr std::string_view kSaw = "saw ";
    if (events[i].starts_with(kSaw)) seen.push_back(events[i].substr(kSaw.size()));
  }
  EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(expected_seen));
}

}  // namespace dragoman::http
