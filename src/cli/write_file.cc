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

constexpr int kMostLinks = 40;  // as in Linux

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
  bool Become(const std::string& path) {
    if (::link(path_.c_str(), path.c_str()) == 0) return true;
    const bool has_links = errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS;  // FAT has none
    if (has_links || ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) return false;
    path_.clear();
    return true;
  }

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

// Where a path leads at which there is nothing yet: a link that points there stays one.
std::string PlaceOfNew(const std::string& path) {
  std::filesystem::path place = path;
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code is_none;
    const std::filesystem::path target = std::filesystem::read_symlink(place, is_none);
    if (is_none) break;
    place = place.parent_path() / target;
  }
  return place.string();
}

// Gives a file the owner and the group of the one that it replaces, as far as this process may, and then what that one
// is allowed, without what would be anybody else's.
bool TakeOver(int fd, const struct stat& from) {
  mode_t mode = from.st_mode & 07777;
  if (::fchown(fd, from.st_uid, from.st_gid) != 0) {
    if (errno != EPERM) return false;
    mode &= ~static_cast<mode_t>(S_ISUID | S_ISGID);
    if (::fchown(fd, static_cast<uid_t>(-1), from.st_gid) != 0) {
      if (errno != EPERM) return false;
      mode &= ~static_cast<mode_t>(S_IRWXG);
    }
  }
  return ::fchmod(fd, mode) == 0;
}

}  // namespace

std::string WriteFile(const std::string& path, std::string_view text, Existing existing) {
  struct stat there {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  if (!exists && errno != ENOENT) return Cause(errno);
  if (exists && existing == Existing::kKeep) return "exists already";
  std::error_code is_nowhere;  // /dev/stdout, of a file that has been removed
  const std::string place = exists ? std::filesystem::canonical(path, is_nowhere).string() : PlaceOfNew(path);
  if (exists && (is_nowhere || !S_ISREG(there.st_mode))) return WriteTo(path, text);

  Beside file(place);
  if (file.fd() < 0) return Cause(errno);
  if (!WriteAll(file.fd(), text)) return Cause(errno);
  if (!(exists ? TakeOver(file.fd(), there) : ::fchmod(file.fd(), ModeOfNew()) == 0)) return Cause(errno);
  if (::fsync(file.fd()) != 0) return Cause(errno);
  if (existing == Existing::kReplace) return file.Replace(place) ? std::string() : Cause(errno);
  if (file.Become(place)) return {};
  return errno == EEXIST ? "exists already" : Cause(errno);
}

}  // namespace dragoman::cli
