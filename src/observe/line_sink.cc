#include "observe/line_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace dragoman::observe {
namespace {

tl::unexpected<std::string> CannotOpen(const std::string& what) {
  return tl::unexpected(what + " cannot be opened: " + std::strerror(errno));
}

}  // namespace

tl::expected<std::shared_ptr<LineSink>, std::string> LineSink::Open(const std::string& path) {
  if (path == "stdout") return OpenDescriptor(STDOUT_FILENO);
  if (path == "stderr") return OpenDescriptor(STDERR_FILENO);
  // O_NONBLOCK: the path may name a pipe or a terminal; regular files know no such thing.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640);
  if (descriptor < 0) return CannotOpen(path);
  return std::shared_ptr<LineSink>(new LineSink(descriptor, Kind::kPlain));
}

// Whether a descriptor blocks is a property of what is open, which a parent or a shell may share. So it is never
// changed; pipes and terminals are opened anew instead. Files are not: a second opening would have a place of its own
// in them.
tl::expected<std::shared_ptr<LineSink>, std::string> LineSink::OpenDescriptor(int descriptor) {
  const std::string name = "descriptor " + std::to_string(descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return CannotOpen(name);
  Kind kind = Kind::kPlain;
  int own = -1;
  if (S_ISSOCK(status.st_mode)) {
    kind = Kind::kSocket;
  } else if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    own = ::open(("/proc/self/fd/" + std::to_string(descriptor)).c_str(),
                 O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (own < 0) kind = Kind::kPolled;
  }
  if (own < 0) own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return CannotOpen(name);
  return std::shared_ptr<LineSink>(new LineSink(own, kind));
}

LineSink::~LineSink() { ::close(descriptor_); }

ssize_t LineSink::TryWrite(std::string_view bytes) const {
  if (kind_ == Kind::kPolled) {
    pollfd poll{descriptor_, POLLOUT, 0};
    if (::poll(&poll, 1, 0) <= 0) return 0;
    bytes = bytes.substr(0, PIPE_BUF);
  }
  ssize_t written;
  do {
    written = kind_ == Kind::kSocket ? ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                     : ::write(descriptor_, bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  return written;
}

LineSink::Taken LineSink::Write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  while (!tail_.empty()) {
    const ssize_t written = TryWrite(tail_);
    if (written <= 0) return {0, written < 0};
    tail_.erase(0, static_cast<size_t>(written));
  }
  Taken taken;
  while (taken.bytes < lines.size()) {
    const std::string_view rest = lines.substr(taken.bytes);
    const ssize_t written = TryWrite(rest);
    if (written <= 0) {
      taken.failed = written < 0;
      return taken;
    }
    size_t bytes = static_cast<size_t>(written);
    if (rest[bytes - 1] != '\n') {
      const size_t line_end = rest.find('\n', bytes) + 1;
      tail_ = rest.substr(bytes, line_end - bytes);
      taken.bytes += line_end;
      return taken;  // full: the tail is tried again with the next lines
    }
    taken.bytes += bytes;
  }
  return taken;
}

}  // namespace dragoman::observe
