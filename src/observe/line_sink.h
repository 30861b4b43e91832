#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace dragoman::observe {

// Where lines of a log go: stdout, stderr or a file that is appended to. Never waits for a reader that is slow: a pipe,
// terminal or socket takes what fits.
//
// Threads: safe from any. Lines of several writers never mix: of a line that was taken in part, the rest goes first.
class LineSink {
 public:
  // "stdout", "stderr", or the path of a file, which is made if need be (mode 0640). Errors: "/var/log/access.log
  // cannot be opened: Permission denied".
  static tl::expected<std::shared_ptr<LineSink>, std::string> Open(const std::string& path);
  // Lines to an open descriptor, which stays the caller's.
  static tl::expected<std::shared_ptr<LineSink>, std::string> OpenDescriptor(int descriptor);

  ~LineSink();
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  struct Taken {
    size_t bytes = 0;     // from the front of the lines; always whole lines
    bool failed = false;  // the rest cannot be written: reader gone, disk full
  };
  // Takes as many of the lines as fit at once. Each ends with a line feed.
  Taken Write(std::string_view lines);

 private:
  enum class Kind {
    kPlain,   // a regular file, or a descriptor of our own that does not block
    kSocket,  // each send says that it does not block
    kPolled,  // a pipe of somebody else's that could not be opened anew: only asked for what it certainly takes
  };

  LineSink(int descriptor, Kind kind) : descriptor_(descriptor), kind_(kind) {}
  // Bytes written, 0 if it is full, negative if it failed.
  ssize_t TryWrite(std::string_view bytes) const;

  const int descriptor_;
  const Kind kind_;
  std::mutex mutex_;
  std::string tail_;  // the rest of a line that was taken in part
};

}  // namespace dragoman::observe
