#pragma once

#include <sys/stat.h>

#include <string>

namespace dragoman {

// What tells one state of a file from another: who looks at a file now and then reads it only if this has changed, and
// sees a rename over it, which is how files are replaced, too.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = -1;  // -1: there is none, or it cannot be looked at
  time_t seconds = 0;
  long nanoseconds = 0;

  static FileStamp Of(const struct stat& found) {
    return {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
  }
  static FileStamp Of(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? Of(found) : FileStamp();
  }
  bool operator==(const FileStamp&) const = default;
};

}  // namespace dragoman
