#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "config/config.h"
#include "transcoding/buffer.h"

// The log: what the process does, one line an event, on stderr.
//
//   LogInfo("listening", {{"address", "127.0.0.1:8080"}, {"workers", 2}});
//     → 2026-11-24T07:43:51.123Z info listening address=127.0.0.1:8080 workers=2
//
// Events are lower_case words of our own; whatever comes from outside is a value, which is quoted and escaped where it
// is not one plain word, so that no client can forge a line. Lines are cut at kMaxLogLine bytes.
//
// Threads:  safe from any; a line is one write(2), and short enough that a pipe takes it whole.
// Cost:     a level that is off costs one load (values that are costly to make belong behind LogEnabled). One that is
// on is a system call, which waits
//           for whoever reads stderr: not for what happens per request.
namespace dragoman {

using config::LogLevel;

inline constexpr size_t kMaxLogLine = 4096;  // bytes with the line feed; PIPE_BUF, what a pipe takes in one piece

// A name and its value. Holds views: for the duration of the call only.
class LogField {
 public:
  LogField(std::string_view name, std::string_view text) : name_(name), kind_(Kind::kText), text_(text) {}
  LogField(std::string_view name, const char* text) : LogField(name, std::string_view(text)) {}
  LogField(std::string_view name, const std::string& text) : LogField(name, std::string_view(text)) {}
  LogField(std::string_view name, bool value) : LogField(name, std::string_view(value ? "true" : "false")) {}
  LogField(std::string_view name, std::integral auto value)
      : name_(name), kind_(Kind::kNumber), number_(static_cast<int64_t>(value)) {}
  // In milliseconds: "12ms".
  template <typename Count, typename Period>
  LogField(std::string_view name, std::chrono::duration<Count, Period> duration)
      : name_(name),
        kind_(Kind::kDuration),
        number_(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) {}

  void AppendTo(Buffer& line) const;

 private:
  enum class Kind : uint8_t { kText, kNumber, kDuration };
  std::string_view name_;
  Kind kind_;
  std::string_view text_;
  int64_t number_ = 0;
};

using LogFields = std::initializer_list<LogField>;

// Lines below `level` are dropped from now on.
void SetLogLevel(LogLevel level);

namespace internal {
inline std::atomic<LogLevel> log_level{LogLevel::kInfo};
}  // namespace internal
inline bool LogEnabled(LogLevel level) { return level >= internal::log_level.load(std::memory_order_relaxed); }

void WriteLog(LogLevel level, std::string_view event, LogFields fields);

inline void LogDebug(std::string_view event, LogFields fields = {}) {
  if (LogEnabled(LogLevel::kDebug)) WriteLog(LogLevel::kDebug, event, fields);
}
inline void LogInfo(std::string_view event, LogFields fields = {}) {
  if (LogEnabled(LogLevel::kInfo)) WriteLog(LogLevel::kInfo, event, fields);
}
inline void LogWarn(std::string_view event, LogFields fields = {}) {
  if (LogEnabled(LogLevel::kWarn)) WriteLog(LogLevel::kWarn, event, fields);
}
inline void LogError(std::string_view event, LogFields fields = {}) {
  if (LogEnabled(LogLevel::kError)) WriteLog(LogLevel::kError, event, fields);
}

// Appends `value` as one word: as it is if it is printable ASCII without blanks, quotes, `=` and backslashes, else in
// quotes with those and all other bytes escaped
// (\" \\ \n \r \t \xNN).
void AppendLogValue(Buffer& line, std::string_view value);

// Appends the whole line with its line feed, cut to kMaxLogLine bytes (`...` shows it).
void AppendLogLine(Buffer& line, std::chrono::system_clock::time_point time, LogLevel level, std::string_view event,
                   LogFields fields);

}  // namespace dragoman
