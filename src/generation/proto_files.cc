#include "generation/proto_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "transcoding/quote.h"

namespace dragoman {
namespace {

using config::Glob;
using transcoding::Quote;

std::string CannotRead(const std::string& path) { return "cannot read " + path + ": " + std::strerror(errno); }

std::string Join(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && !path.ends_with('/') && !name.empty()) path += '/';
  return path.append(name);
}

tl::unexpected<std::string> Refuse(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

// The bytes of a regular file; nothing where there is none of that name, or a folder.
tl::expected<std::optional<std::string>, std::string> ReadFile(const std::string& path) {
  // O_NONBLOCK: a pipe is not waited for.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return Refuse(CannotRead(path));
  }
  struct Closer {
    int file;
    ~Closer() { close(file); }
  } const closer{file};
  struct stat facts {};
  if (fstat(file, &facts) != 0) return Refuse(CannotRead(path));
  if (S_ISDIR(facts.st_mode)) return std::nullopt;
  if (!S_ISREG(facts.st_mode)) return Refuse("cannot read " + path + ": it is no regular file");
  std::string text;
  while (text.size() <= ProtoFiles::kMaxFileBytes) {
    const size_t size = text.size();
    constexpr size_t kPiece = 64u << 10;
    text.resize(size + kPiece);
    const ssize_t n = read(file, text.data() + size, kPiece);
    text.resize(size + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) return text;
    if (n < 0 && errno != EINTR) return Refuse(CannotRead(path));
  }
  return Refuse(path + " has more than " + std::to_string(ProtoFiles::kMaxFileBytes >> 20) + "MiB");
}

bool IsFolder(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

// Looks for the files that one pattern matches below one root: only below the folder that it names, only as deep as it
// reaches.
class Walk {
 public:
  Walk(const std::string& root, const Glob& pattern) : root_(root), pattern_(pattern) {}

  // Error: why it could not be walked to the end.
  tl::expected<std::vector<std::string>, std::string> Run() {
    if (Enter(std::string(pattern_.folder()), kNone, 0)) {
      // `folders_` grows while it is walked.
      for (size_t i = 0; i < folders_.size() && error_.empty(); ++i) List(i);
    }
    if (!error_.empty()) return tl::unexpected(std::move(error_));
    std::sort(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Folder {
    std::string name;  // below the root: "shop/v1", "" for the root
    size_t parent;     // in folders_
    size_t depth;      // below the pattern's folder
    dev_t device;
    ino_t inode;
  };

  // Notes a folder as to be listed, but for one that stands within itself. False if it is none.
  bool Enter(std::string name, size_t parent, size_t depth) {
    struct stat facts {};
    if (stat(Join(root_, name).c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) return false;
    for (size_t above = parent; above != kNone; above = folders_[above].parent) {
      if (folders_[above].device == facts.st_dev && folders_[above].inode == facts.st_ino) return true;
    }
    folders_.push_back({std::move(name), parent, depth, facts.st_dev, facts.st_ino});
    return true;
  }

  void List(size_t index) {
    const std::string folder = folders_[index].name;
    const size_t depth = folders_[index].depth;
    const std::string path = Join(root_, folder);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(path.c_str()), closedir);
    if (!entries) {
      error_ = CannotRead(path);
      return;
    }
    while (const dirent* entry = readdir(entries.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (++entries_ > ProtoFiles::kMaxEntries) {
        error_ = "more than " + std::to_string(ProtoFiles::kMaxEntries) + " files and folders below " +
                 Join(root_, pattern_.folder()) + "; say with files which are meant";
        return;
      }
      if (name.starts_with('.') && !pattern_.names_hidden()) continue;
      std::string below = Join(folder, name);
      const bool may_be_folder = entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
      if (may_be_folder && depth < pattern_.depth() && Enter(below, index, depth + 1)) continue;
      if (pattern_.Matches(below) && !(may_be_folder && IsFolder(Join(root_, below))))
        found_.push_back(std::move(below));
    }
  }

  const std::string& root_;
  const Glob& pattern_;
  std::vector<Folder> folders_;
  std::vector<std::string> found_;
  size_t entries_ = 0;
  std::string error_;
};

// A pattern that was written from where the configuration stands, as protoc takes files: the same without the root.
std::string WithoutRoot(const config::ProtoSource& source, const std::string& pattern) {
  for (const config::ProtoSource::Root& root : source.roots) {
    const size_t slash = root.path.rfind('/');
    const std::string folder = (slash == std::string::npos ? root.path : root.path.substr(slash + 1)) + "/";
    if (folder.size() > 1 && pattern.starts_with(folder)) return pattern.substr(folder.size());
  }
  return {};
}

}  // namespace

std::string ProtoFiles::Places() const {
  std::string places;
  for (const config::ProtoSource::Root& root : source_.roots) places += (places.empty() ? "" : ", ") + root.path;
  return places;
}

std::string ProtoFiles::PrefixOf(const config::ProtoSource::Root& root) {
  std::string prefix = root.path == "." ? "" : root.path;
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  return prefix;
}

std::string ProtoFiles::PathOf(const std::string& name) const {
  for (const config::ProtoSource::Root& root : source_.roots) {
    std::string path = PrefixOf(root) + name;
    struct stat facts {};
    if (stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) return path;
  }
  return {};
}

std::vector<std::string> ProtoFiles::Expand(Problems& problems) const {
  std::vector<const config::ProtoSource::Root*> roots;
  for (const config::ProtoSource::Root& root : source_.roots) {
    struct stat facts {};
    if (stat(root.path.c_str(), &facts) != 0) {
      problems.push_back({root.at.ToString(), CannotRead(root.path)});
    } else if (!S_ISDIR(facts.st_mode)) {
      problems.push_back({root.at.ToString(),
                          root.path + " is no folder; a root is what imports are relative to, as protoc -I has it"});
    } else {
      roots.push_back(&root);
    }
  }
  std::vector<std::string> names;
  std::set<std::string, std::less<>> known;
  for (const config::ProtoSource::Files& files : source_.files) {
    std::set<std::string> matches;
    bool failed = roots.size() < source_.roots.size();  // what is missing may lie there
    for (const config::ProtoSource::Root* root : roots) {
      tl::expected<std::vector<std::string>, std::string> found = Walk(root->path, files.names).Run();
      if (found) {
        matches.insert(found->begin(), found->end());
      } else {
        problems.push_back({files.at.ToString(), found.error()});
        failed = true;
      }
    }
    if (matches.empty() && !failed) {
      std::string what = Quote(files.names.text()) + " matches no file in " + Places();
      const std::string inside = WithoutRoot(source_, files.names.text());
      if (!inside.empty()) what += "; files are named from their root: " + Quote(inside);
      problems.push_back({files.at.ToString(), std::move(what)});
    }
    for (const std::string& name : matches) {
      if (!known.insert(name).second) continue;
      if (names.size() == kMaxFiles) {
        problems.push_back({files.at.ToString(), "more than " + std::to_string(kMaxFiles) + " files"});
        return names;
      }
      names.push_back(name);
    }
  }
  return names;
}

tl::expected<std::optional<transcoding::ProtoText>, std::string> ProtoFiles::Find(const std::string& name) {
  for (const config::ProtoSource::Root& root : source_.roots) {
    std::string path = PrefixOf(root) + name;
    tl::expected<std::optional<std::string>, std::string> text = ReadFile(path);
    if (!text) return tl::unexpected(std::move(text.error()));
    if (!*text) continue;
    bytes_ += (*text)->size();
    if (++files_ > kMaxFiles) {
      return Refuse("more than " + std::to_string(kMaxFiles) + " files, imports included");
    }
    if (bytes_ > kMaxBytes) {
      return Refuse("the files have more than " + std::to_string(kMaxBytes >> 20) + "MiB, imports included");
    }
    return transcoding::ProtoText{std::move(path), *std::move(*text)};
  }
  return std::nullopt;
}

}  // namespace dragoman
