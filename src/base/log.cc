#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/timestamp.h"

namespace dragoman {
namespace {

constexpr std::string_view kCut = "...\n";

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

bool IsPlain(char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\'; }

void AppendEscaped(Buffer& line, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      line.Append("\\\"");
      return;
    case '\\':
      line.Append("\\\\");
      return;
    case '\n':
      line.Append("\\n");
      return;
    case '\r':
      line.Append("\\r");
      return;
    case '\t':
      line.Append("\\t");
      return;
    default:
      break;
  }
  if (c >= 0x20 && c < 0x7f) {
    line.Append(c);
    return;
  }
  line.Append("\\x");
  line.Append(kHex[(c >> 4) & 0xf]);
  line.Append(kHex[c & 0xf]);
}

}  // namespace

void SetLogLevel(LogLevel level) { internal::log_level.store(level, std::memory_order_relaxed); }

void AppendLogValue(Buffer& line, std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), IsPlain)) {
    line.Append(value);
    return;
  }
  line.Append('"');
  for (const char c : value) AppendEscaped(line, c);
  line.Append('"');
}

void LogField::AppendTo(Buffer& line) const {
  line.Append(name_);
  line.Append('=');
  if (kind_ == Kind::kText) {
    AppendLogValue(line, text_.substr(0, kMaxLogLine));
    return;
  }
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof(digits), number_).ptr;
  line.Append(std::string_view(digits, static_cast<size_t>(end - digits)));
  if (kind_ == Kind::kDuration) line.Append("ms");
}

void AppendLogLine(Buffer& line, std::chrono::system_clock::time_point time, LogLevel level, std::string_view event,
                   LogFields fields) {
  const size_t begin = line.size();
  line.Append(Timestamp(time).view());
  line.Append(' ');
  line.Append(LevelName(level));
  line.Append(' ');
  AppendLogValue(line, event);
  for (const LogField& field : fields) {
    line.Append(' ');
    field.AppendTo(line);
  }
  if (line.size() - begin < kMaxLogLine) {
    line.Append('\n');
  } else {
    line.Truncate(begin + kMaxLogLine - kCut.size());
    line.Append(kCut);
  }
}

void WriteLog(LogLevel level, std::string_view event, LogFields fields) {
  thread_local Buffer line;
  line.Clear();
  AppendLogLine(line, std::chrono::system_clock::now(), level, event, fields);
  std::string_view rest = line.view();
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody to tell
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace dragoman
