#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// What a test needs to run the real programs on free ports: processes, folders, a small HTTP client. Nothing here waits
// without a bound; what does not come in time is a failed test that says what was there instead.
namespace dragoman::integration {

// How long anything may take that should happen at once, sanitizers and a busy machine included.
inline constexpr std::chrono::seconds kPatience{60};

// The program under test: that of this build, or what the environment's DRAGOMAN names. The same tests are held against programs
// that are built with sanitizers.
std::string DragomanProgram();

// Kibibytes of memory that a process has ("VmRSS") or had at most ("VmHWM"); 0 where a sanitizer is part of it, which keeps much beside.
long MemoryOf(pid_t process, std::string_view what);
bool IsSanitized(pid_t process);

// A folder that goes away with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path(std::string_view name = {}) const { return (path_ / name).string(); }
  // Writes a file of that name and returns its path.
  std::string Write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

// A child process whose output is collected as it comes. Killed by the destructor if it still runs.
class Process {
 public:
  explicit Process(std::vector<std::string> command);  // command[0] is a path or is looked up in PATH
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // What follows `prefix` on the first line of stdout that begins with it and was not returned before. Fails the test
  // and returns "" if none comes.
  std::string WaitForLine(std::string_view prefix);
  // True once `text` stands anywhere in stdout (or stderr); fails the test if it does not come.
  bool WaitForOutput(std::string_view text);

  void Signal(int signal);
  // The exit code once it has ended; 128 + signal if one killed it; nothing (and a failed test) if it does not end.
  std::optional<int> Wait();

  std::string out() const;
  std::string err() const;
  pid_t pid() const { return pid_; }

 private:
  struct Stream {
    int fd = -1;
    std::string text;
    size_t seen = 0;  // up to where WaitForLine has looked
    std::thread reader;
  };
  void Collect(Stream& stream);

  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  Stream out_;
  Stream err_;
};

// Runs a command to its end.
struct Outcome {
  std::optional<int> exit_code;
  std::string out;
  std::string err;
};
Outcome RunToEnd(std::vector<std::string> command);

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  int status = 0;   // 0: no response came, `body` says why
  Headers headers;  // names in lower case
  std::string body;

  // The first header of that name; empty if there is none.
  std::string Header(std::string_view name) const;
};

// One HTTP/1.1 connection, blocking. Every read is bounded by kPatience.
class HttpClient {
 public:
  // `address`: "127.0.0.1:8080", "unix:/path". `from`: the own address, of 127.0.0.0/8; empty: as the kernel likes.
  explicit HttpClient(std::string_view address, const std::string& from = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends one request (Host, and Content-Length where there is a body, are added) and reads its response; 100 Continue
  // is passed over.
  HttpResponse Send(std::string_view http_method, std::string_view target, const Headers& headers = {},
                    std::string_view body = {});
  // Sends the request and does not read.
  void Begin(std::string_view http_method, std::string_view target, const Headers& headers = {},
             std::string_view body = {});
  // Bytes as they are.
  void Write(std::string_view bytes);
  // The same, but false where the peer takes nothing for a second: what is left goes with the next Write.
  bool TryWrite(std::string_view bytes);
  // The next response, an interim one too. `http_method` of the request tells whether it has a body.
  HttpResponse Read(std::string_view http_method = "GET");
  // What comes next, as it is; false if the connection ends, or kPatience does, before.
  bool TakeLine(std::string& line);  // replaces it, without the CRLF
  bool TakeBytes(size_t n, std::string& to);  // appends
  // True if the peer closes the connection without sending anything more.
  bool ClosedByPeer();
  void Close();
  void Reset();  // the peer sees a reset
  void EndWriting();  // the peer sees that nothing more will be sent (FIN)
  bool connected() const { return fd_ >= 0; }

 private:
  bool Fill();  // reads some more; false at the end or after kPatience

  int fd_ = -1;
  std::string buffer_;
  std::string unsent_;
};

// Sends one request on a connection of its own.
HttpResponse Fetch(std::string_view address, std::string_view http_method, std::string_view target,
                   const Headers& headers = {}, std::string_view body = {});

// Compares JSON by meaning and says where the two differ; "" if they do not. The string "…" in `expected` stands for
// any value.
std::string JsonDifference(std::string_view expected, std::string_view actual);
// The same, but objects of `actual` may have further members.
std::string JsonLacks(std::string_view expected, std::string_view actual);
// The scalar at a path such as "calls.Catalog/GetItem.started" or "orders.0.id" (parts are cut at dots), as text; empty
// if there is none.
std::string JsonAt(std::string_view json, std::string_view path);

}  // namespace dragoman::integration
