#include "base/log.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace dragoman {
namespace {

std::string LineOf(LogLevel level, std::string_view event, LogFields fields) {
  Buffer line;
  AppendLogLine(line, std::chrono::system_clock::time_point(std::chrono::milliseconds(1'795'506'231'123)), level, event,
                fields);
  return std::string(line.view());
}

TEST(Log, WritesALineAnEvent) {
  using std::chrono::microseconds;
  EXPECT_EQ(LineOf(LogLevel::kInfo, "listening", {{"address", "127.0.0.1:8080"}, {"workers", 2}}),
            "2026-11-24T07:43:51.123Z info listening address=127.0.0.1:8080 workers=2\n");
  EXPECT_EQ(LineOf(LogLevel::kError, "stopped", {}), "2026-11-24T07:43:51.123Z error stopped\n");
  EXPECT_EQ(LineOf(LogLevel::kWarn, "slow",
                   {{"took", microseconds(1'999'999)}, {"again", true}, {"bytes", size_t{7}}, {"by", -3}}),
            "2026-11-24T07:43:51.123Z warn slow took=1999ms again=true bytes=7 by=-3\n");
  EXPECT_EQ(LineOf(LogLevel::kDebug, "x", {{"text", std::string("a")}}), "2026-11-24T07:43:51.123Z debug x text=a\n");
}

TEST(Log, KeepsValuesInTheirPlace) {
  struct Case {
    std::string_view value;
    std::string_view word;
  };
  const Case cases[] = {
      {"plain-/:.,[]{}", "plain-/:.,[]{}"},
      {"", "\"\""},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"say \"hi\"", "\"say \\\"hi\\\"\""},
      {"back\\slash", "\"back\\\\slash\""},
      {"x\n2026-11-24T07:43:51.123Z info forged", "\"x\\n2026-11-24T07:43:51.123Z info forged\""},
      {"\r\t\x1b[31m\x7f", "\"\\r\\t\\x1b[31m\\x7f\""},
      {"\xc3\xa9", "\"\\xc3\\xa9\""},
      {std::string_view("\0", 1), "\"\\x00\""},
  };
  for (const Case& c : cases) {
    Buffer line;
    AppendLogValue(line, c.value);
    EXPECT_EQ(line.view(), c.word);
  }
}

TEST(Log, CutsLongLines) {
  const std::string line = LineOf(LogLevel::kInfo, "long", {{"text", std::string(10'000, 'a')}});
  EXPECT_EQ(line.size(), kMaxLogLine);
  EXPECT_TRUE(line.ends_with("aaa...\n"));
}

TEST(Log, DropsWhatIsBelowTheLevel) {
  testing::internal::CaptureStderr();
  SetLogLevel(LogLevel::kWarn);
  LogDebug("debug_event");
  LogInfo("info_event");
  LogWarn("warn_event", {{"a", 1}});
  LogError("error_event");
  SetLogLevel(LogLevel::kInfo);
  const std::string output = testing::internal::GetCapturedStderr();
  EXPECT_EQ(output.find("debug_event"), std::string::npos);
  EXPECT_EQ(output.find("info_event"), std::string::npos);
  EXPECT_NE(output.find("Z warn warn_event a=1\n"), std::string::npos);
  EXPECT_NE(output.find("Z error error_event\n"), std::string::npos);
}

TEST(Log, KeepsLinesOfSeveralThreadsApart) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  testing::internal::CaptureStderr();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([thread] {
      for (int line = 0; line < kLines; ++line) LogInfo("event", {{"id", thread * kLines + line}, {"end", "here"}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream lines(testing::internal::GetCapturedStderr());
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.ends_with(" end=here")) << line;
    seen.insert(line.substr(line.find(" info ")));
  }
  EXPECT_EQ(seen.size(), size_t{kThreads * kLines});
}

}  // namespace
}  // namespace dragoman
