#include "observe/access_log.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <functional>
#include <string>

#include "tests/observe/scratch_pipe.h"

namespace dragoman::observe {
namespace {

using Format = config::AccessLog::Format;

AccessEntry MakeEntry() {
  AccessEntry entry;
  entry.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'795'506'231'123));
  entry.request_id = "r-12";
  entry.peer = "192.0.2.7:51234";
  entry.http_method = "GET";
  entry.path = "/v1/items/7";
  entry.status = 200;
  entry.bytes = 291;
  entry.duration = std::chrono::nanoseconds(1'234'999);
  entry.rpc = "shop.v1.Catalog/GetItem";
  entry.backend = "shop";
  entry.grpc_status = 0;
  return entry;
}

std::string LineOf(Format format, const AccessEntry& entry) {
  Buffer out;
  AppendAccessLine(out, format, entry);
  return std::string(out.view());
}

TEST(AccessLine, NamesWhatIsKnown) {
  EXPECT_EQ(
      LineOf(Format::kJson, MakeEntry()),
      R"({"time":"2026-11-24T07:43:51.123Z","request_id":"r-12","peer":"192.0.2.7:51234","http_method":"GET","path":"/v1/items/7",)"
      R"("status":200,"bytes":291,"duration_ms":1.234,"rpc":"shop.v1.Catalog/GetItem","backend":"shop","grpc_status":0})"
      "\n");
  EXPECT_EQ(LineOf(Format::kText, MakeEntry()),
            "2026-11-24T07:43:51.123Z 192.0.2.7:51234 GET /v1/items/7 200 291B 1.234ms request_id=r-12 "
            "rpc=shop.v1.Catalog/GetItem "
            "backend=shop grpc_status=0\n");
}

TEST(AccessLine, LeavesOutWhatIsNot) {
  AccessEntry entry = MakeEntry();
  entry.peer = "";
  entry.status = 404;
  entry.duration = Duration(0);
  entry.rpc = "";
  entry.backend = "";
  entry.grpc_status = -1;
  entry.reason = "ROUTE_NOT_FOUND";
  EXPECT_EQ(
      LineOf(Format::kJson, entry),
      R"({"time":"2026-11-24T07:43:51.123Z","request_id":"r-12","peer":"","http_method":"GET","path":"/v1/items/7",)"
      R"("status":404,"bytes":291,"duration_ms":0.000,"reason":"ROUTE_NOT_FOUND"})"
      "\n");
  EXPECT_EQ(LineOf(Format::kText, entry),
            "2026-11-24T07:43:51.123Z - GET /v1/items/7 404 291B 0.000ms request_id=r-12 reason=ROUTE_NOT_FOUND\n");
  EXPECT_EQ(LineOf(Format::kText, AccessEntry{.time = entry.time}), "2026-11-24T07:43:51.123Z - - - 0 0B 0.000ms\n");
}

TEST(AccessLine, CannotBeForged) {
  AccessEntry entry = MakeEntry();
  entry.path = "/a\"b\\c\n{\"status\":200} x\x7f\xc3\xa9";
  const std::string json = LineOf(Format::kJson, entry);
  EXPECT_NE(json.find(R"("path":"/a\"b\\c%0A{\"status\":200} x%7F%C3%A9","status")"), std::string::npos) << json;
  EXPECT_EQ(json.find('\n'), json.size() - 1);
  const std::string text = LineOf(Format::kText, entry);
  EXPECT_NE(text.find(R"( GET "/a\"b\\c\n{\"status\":200} x\x7f\xc3\xa9" 200 )"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST(AccessLine, CutsLongPaths) {
  AccessEntry entry = MakeEntry();
  const std::string path(10'000, 'a');
  entry.path = path;
  EXPECT_LT(LineOf(Format::kJson, entry).size(), kMaxLoggedPath + 400);
}

TEST(AccessLog, LetsTheLinesOfATurnLeaveTogether) {
  ScratchPipe pipe;
  Loop loop;
  AccessLog log(loop, *LineSink::OpenDescriptor(pipe.write_end()), Format::kText);
  std::string during;
  std::string after;
  asio::post(loop.io(), [&] {
    log.Write(MakeEntry());
    log.Write(MakeEntry());
    during = pipe.ReadAvailable();
  });
  asio::post(loop.io(), [&] {
    asio::post(loop.io(), [&] {
      after = pipe.ReadAvailable();
      loop.Stop();
    });
  });
  loop.Run();
  EXPECT_EQ(during, "");
  const std::string line = LineOf(Format::kText, MakeEntry());
  EXPECT_EQ(after, line + line);
}

TEST(AccessLog, TriesAgainWhenThePipeWasFullAndLosesNothing) {
  ScratchPipe pipe;
  Loop loop;
  AccessLog log(loop, *LineSink::OpenDescriptor(pipe.write_end()), Format::kText);
  const std::string line = LineOf(Format::kText, MakeEntry());
  const size_t total = 200'000;  // bytes; a pipe holds 64 KiB
  const size_t count = total / line.size();
  std::string received;
  struct Reading {
    Timer timer;
    std::function<void()> work;
    explicit Reading(Loop& on)
        : timer(
              on, [](void* self) { static_cast<Reading*>(self)->work(); }, this) {}
  } reading(loop);
  reading.work = [&] {
    received += pipe.ReadAvailable();
    if (received.size() >= count * line.size()) {
      loop.Stop();
    } else {
      reading.timer.ArmAfter(Loop::kTick);
    }
  };
  asio::post(loop.io(), [&] {
    for (size_t i = 0; i < count; ++i) log.Write(MakeEntry());
    reading.timer.ArmAfter(Loop::kTick);
  });
  loop.Run();
  std::string expected;
  for (size_t i = 0; i < count; ++i) expected += line;
  EXPECT_EQ(received, expected);
  EXPECT_EQ(log.dropped(), 0u);
}

TEST(AccessLog, DropsWhatNobodyReadsAndSaysSo) {
  ScratchPipe pipe;
  Loop loop;
  testing::internal::CaptureStderr();
  {
    AccessLog log(loop, *LineSink::OpenDescriptor(pipe.write_end()), Format::kText);
    const size_t lines = 2 * AccessLog::kMaxPending / LineOf(Format::kText, MakeEntry()).size();
    asio::post(loop.io(), [&] {
      for (size_t i = 0; i < lines; ++i) log.Write(MakeEntry());
      loop.Stop();
    });
    loop.Run();
    EXPECT_GT(log.dropped(), lines / 3);
    EXPECT_LT(log.dropped(), lines);
  }
  const std::string output = testing::internal::GetCapturedStderr();
  EXPECT_NE(output.find(" warn access_log_dropped lines=1 total=1\n"), std::string::npos) << output;
}

TEST(AccessLog, SurvivesAReaderThatIsGone) {
  std::signal(SIGPIPE, SIG_IGN);
  ScratchPipe pipe;
  Loop loop;
  testing::internal::CaptureStderr();
  {
    AccessLog log(loop, *LineSink::OpenDescriptor(pipe.write_end()), Format::kJson);
    pipe.CloseReadEnd();
    asio::post(loop.io(), [&] {
      log.Write(MakeEntry());
      asio::post(loop.io(), [&] { asio::post(loop.io(), [&] { loop.Stop(); }); });
    });
    loop.Run();
    EXPECT_EQ(log.dropped(), 1u);
  }
  EXPECT_NE(testing::internal::GetCapturedStderr().find(" warn access_log_dropped lines=1 total=1\n"),
            std::string::npos);
}

TEST(AccessLog, WritesWhatIsPendingWhenItEnds) {
  ScratchPipe pipe;
  Loop loop;
  { AccessLog(loop, *LineSink::OpenDescriptor(pipe.write_end()), Format::kText).Write(MakeEntry()); }
  EXPECT_EQ(pipe.ReadAvailable(), LineOf(Format::kText, MakeEntry()));
}

}  // namespace
}  // namespace dragoman::observe
