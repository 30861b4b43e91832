#include "observe/access_log.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/timestamp.h"

namespace dragoman::observe {
namespace {

void AppendNumber(Buffer& out, uint64_t number) {
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out.Append(std::string_view(digits, static_cast<size_t>(end - digits)));
}

// Milliseconds with three decimals: "1.234".
void AppendMilliseconds(Buffer& out, Duration duration) {
  const auto count = std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  AppendNumber(out, static_cast<uint64_t>(count / 1000));
  const auto rest = static_cast<uint64_t>(count % 1000);
  const char decimals[4] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                            static_cast<char>('0' + rest % 10)};
  out.Append(std::string_view(decimals, sizeof(decimals)));
}

// The inside of a JSON string: bytes outside printable ASCII percent-encoded, as a URL would have them.
void AppendJsonText(Buffer& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.Append('\\');
      out.Append(c);
    } else if (c < 0x20 || c > 0x7e) {
      const char escape[3] = {'%', kHex[(c >> 4) & 0xf], kHex[c & 0xf]};
      out.Append(std::string_view(escape, sizeof(escape)));
    } else {
      out.Append(c);
    }
  }
}

// `,"name":"text"`
void AppendJsonMember(Buffer& out, std::string_view name, std::string_view text) {
  out.Append(name);
  out.Append('"');
  AppendJsonText(out, text);
  out.Append('"');
}

void AppendJsonLine(Buffer& out, const AccessEntry& entry) {
  AppendJsonMember(out, R"({"time":)", Timestamp(entry.time).view());
  AppendJsonMember(out, R"(,"request_id":)", entry.request_id);
  AppendJsonMember(out, R"(,"peer":)", entry.peer);
  AppendJsonMember(out, R"(,"http_method":)", entry.http_method);
  AppendJsonMember(out, R"(,"path":)", entry.path.substr(0, kMaxLoggedPath));
  out.Append(R"(,"status":)");
  AppendNumber(out, static_cast<uint64_t>(entry.status));
  out.Append(R"(,"bytes":)");
  AppendNumber(out, entry.bytes);
  out.Append(R"(,"duration_ms":)");
  AppendMilliseconds(out, entry.duration);
  if (!entry.rpc.empty()) AppendJsonMember(out, R"(,"rpc":)", entry.rpc);
  if (!entry.backend.empty()) AppendJsonMember(out, R"(,"backend":)", entry.backend);
  if (!entry.scheme.empty()) AppendJsonMember(out, R"(,"scheme":)", entry.scheme);
  if (!entry.consumer.empty()) AppendJsonMember(out, R"(,"consumer":)", entry.consumer);
  if (entry.grpc_status >= 0) {
    out.Append(R"(,"grpc_status":)");
    AppendNumber(out, static_cast<uint64_t>(entry.grpc_status));
  }
  if (!entry.reason.empty()) AppendJsonMember(out, R"(,"reason":)", entry.reason);
  if (!entry.rule.empty()) AppendJsonMember(out, R"(,"rule":)", entry.rule);
  if (!entry.calls.empty()) AppendJsonMember(out, R"(,"calls":)", entry.calls);
  out.Append("}\n");
}

void AppendTextMember(Buffer& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.Append(name);
  AppendLogValue(out, text);
}

void AppendTextLine(Buffer& out, const AccessEntry& entry) {
  out.Append(Timestamp(entry.time).view());
  AppendTextMember(out, " ", entry.peer.empty() ? "-" : entry.peer);
  AppendTextMember(out, " ", entry.http_method.empty() ? "-" : entry.http_method);
  AppendTextMember(out, " ", entry.path.empty() ? "-" : entry.path.substr(0, kMaxLoggedPath));
  out.Append(' ');
  AppendNumber(out, static_cast<uint64_t>(entry.status));
  out.Append(' ');
  AppendNumber(out, entry.bytes);
  out.Append("B ");
  AppendMilliseconds(out, entry.duration);
  out.Append("ms");
  AppendTextMember(out, " request_id=", entry.request_id);
  AppendTextMember(out, " rpc=", entry.rpc);
  AppendTextMember(out, " backend=", entry.backend);
  AppendTextMember(out, " scheme=", entry.scheme);
  AppendTextMember(out, " consumer=", entry.consumer);
  if (entry.grpc_status >= 0) {
    out.Append(" grpc_status=");
    AppendNumber(out, static_cast<uint64_t>(entry.grpc_status));
  }
  AppendTextMember(out, " reason=", entry.reason);
  AppendTextMember(out, " rule=", entry.rule);
  AppendTextMember(out, " calls=", entry.calls);
  out.Append('\n');
}

}  // namespace

void AppendAccessLine(Buffer& out, config::AccessLog::Format format, const AccessEntry& entry) {
  switch (format) {
    case config::AccessLog::Format::kJson:
      AppendJsonLine(out, entry);
      break;
    case config::AccessLog::Format::kText:
      AppendTextLine(out, entry);
      break;
  }
}

AccessLog::AccessLog(Loop& loop, std::shared_ptr<LineSink> sink, config::AccessLog::Format format)
    : loop_(loop),
      sink_(std::move(sink)),
      format_(format),
      retry_(
          loop, [](void* self) { static_cast<AccessLog*>(self)->Flush(); }, this),
      report_(
          loop, [](void* self) { static_cast<AccessLog*>(self)->ReportDropped(); }, this) {}

AccessLog::~AccessLog() {
  loop_.ForgetTurnEnd(this);
  if (!pending_.empty()) {
    const size_t taken = sink_->Write(pending_.view()).bytes;
    const std::string_view rest = pending_.view().substr(taken);
    dropped_.Add(static_cast<uint64_t>(std::count(rest.begin(), rest.end(), '\n')));
  }
  ReportDropped();
}

void AccessLog::Write(const AccessEntry& entry) {
  const size_t before = pending_.size();
  AppendAccessLine(pending_, format_, entry);
  if (pending_.size() > kMaxPending) {
    pending_.Truncate(before);
    Drop(1);
    return;
  }
  if (std::exchange(flushing_, true)) return;
  loop_.AtTurnEnd([](void* self) { static_cast<AccessLog*>(self)->Flush(); }, this);
}

void AccessLog::Flush() {
  flushing_ = false;
  const LineSink::Taken taken = sink_->Write(pending_.view());
  const std::string_view rest = pending_.view().substr(taken.bytes);
  if (rest.empty()) {
    pending_.Clear();
  } else if (taken.failed) {
    Drop(static_cast<uint64_t>(std::count(rest.begin(), rest.end(), '\n')));
    pending_.Clear();
  } else {
    std::memmove(pending_.data(), rest.data(), rest.size());
    pending_.Truncate(rest.size());
    flushing_ = true;
    retry_.ArmAfter(kRetry);
  }
}

void AccessLog::Drop(uint64_t lines) {
  dropped_.Add(lines);
  if (!report_.armed()) ReportDropped();
}

void AccessLog::ReportDropped() {
  const uint64_t total = dropped();
  if (total == reported_) return;
  LogWarn("access_log_dropped", {{"lines", total - reported_}, {"total", total}});
  reported_ = total;
  report_.ArmAfter(kReport);
}

}  // namespace dragoman::observe
