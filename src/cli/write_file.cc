#include "cli/write_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace dragoman::cli {
namespace {

std::string Cause(int error) { return std::string("cannot be written: ") + std::strerror(error); }

// An open file of ours beside another one, which is gone unless it is put in its place.
class Beside {
 public:
  explicit Beside(const std::string& path) : path_(path + ".XXXXXX"), fd_(::mkostemp(path_.data(), O_CLOEXEC)) {}
  ~Beside() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  int fd() const { return fd_; }
  bool Replace(const std::string& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) return false;
    path_.clear();
    return true;
  }
  // Where there is nothing yet.
  bool Become(const std::string& path) const { return ::link(path_.c_str(), path.c_str()) == 0; }

 private:
  std::string path_;
  const int fd_;
};

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string WriteTo(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return Cause(errno);
  const bool written = WriteAll(fd, text);
  const int error = errno;
  ::close(fd);
  return written ? std::string() : Cause(error);
}

// What a file that this process makes is allowed.
mode_t ModeOfNew() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

std::string WriteFile(const std::string& path, std::string_view text, Existing existing) {
  std::error_code unresolved;
  const std::filesystem::path behind = std::filesystem::canonical(path, unresolved);
  const std::string place = unresolved ? path : behind.string();
  struct stat there {};
  const bool exists = ::stat(place.c_str(), &there) == 0;
  if (exists && existing == Existing::kKeep) return "exists already";
  if (exists && !S_ISREG(there.st_mode)) return WriteTo(place, text);

  Beside file(place);
  if (file.fd() < 0) return Cause(errno);
  if (!WriteAll(file.fd(), text)) return Cause(errno);
  if (exists && ::fchown(file.fd(), there.st_uid, there.st_gid) != 0 && errno != EPERM) return Cause(errno);
  if (::fchmod(file.fd(), exists ? there.st_mode & 07777 : ModeOfNew()) != 0) return Cause(errno);
  if (::fsync(file.fd()) != 0) return Cause(errno);
  if (existing == Existing::kReplace) return file.Replace(place) ? std::string() : Cause(errno);
  if (file.Become(place)) return {};
  return errno == EEXIST ? "exists already" : Cause(errno);
}

}  // namespace dragoman::cli
