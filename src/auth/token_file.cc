#include "auth/token_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "auth/client_credentials_grant.h"
#include "base/log.h"

namespace dragoman::auth {

// What was found.
struct TokenFile::Look {
  std::optional<std::string> token;  // nothing: as before, or there is a complaint
  std::string complaint;
};

namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string Why(int error) { return "cannot be read: " + std::generic_category().message(error); }

// The text of a file without the line's end behind it; at most one byte more than a token may have.
tl::expected<std::string, int> ReadText(int fd) {
  std::string text(kMaxAccessToken + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(fd, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected(errno);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  text.resize(size);
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

TokenFile::TokenFile(Loop& loop, SideThread& side_thread, const BackendCredentials& credentials,
                     std::shared_ptr<TokenCell> cell, Duration interval)
    : loop_(loop),
      side_thread_(side_thread),
      backend_(credentials.backend),
      path_(credentials.bearer_file->path),
      cell_(std::move(cell)),
      interval_(interval),
      token_(credentials.bearer_file->token),
      seen_(std::make_shared<FileStamp>()),
      timer_(
          loop, [](void* self) { static_cast<TokenFile*>(self)->LookAgain(); }, this),
      self_(std::make_shared<TokenFile*>(this)) {
  cell_->Publish({.authorization = "Bearer " + token_, .why = {}});
  timer_.ArmAfter(interval_);
}

TokenFile::~TokenFile() { *self_ = nullptr; }

void TokenFile::LookAgain() {
  const bool posted = side_thread_.Post([self = self_, &io = loop_.io(), path = path_, seen = seen_] {
    Look look;
    const Descriptor file(path);
    struct stat found {};
    if (file.get() < 0 || ::fstat(file.get(), &found) != 0) {
      look.complaint = Why(errno);
    } else if (const FileStamp stamp = FileStamp::Of(found); stamp != *seen) {
      auto text = ReadText(file.get());
      if (!text) {
        look.complaint = Why(text.error());
      } else if (text->empty()) {
        look.complaint = "is empty";
      } else if (text->size() > kMaxAccessToken || !IsBearerToken(*text)) {
        look.complaint = "holds no bearer token";
      } else {
        look.token = *std::move(text);
        *seen = stamp;
      }
    }
    asio::post(io, [self, look = std::move(look)] {
      if (TokenFile* alive = *self) alive->OnLook(look);
    });
  });
  if (!posted) timer_.ArmAfter(interval_);
}

void TokenFile::OnLook(const Look& look) {
  timer_.ArmAfter(interval_);
  if (!look.complaint.empty()) {
    if (look.complaint != complaint_) {
      LogWarn("backend_token_kept", {{"backend", backend_}, {"file", path_}, {"error", look.complaint}});
    }
    complaint_ = look.complaint;
    return;
  }
  complaint_.clear();
  if (!look.token || *look.token == token_) return;
  token_ = *look.token;
  LogInfo("backend_token_read", {{"backend", backend_}, {"file", path_}});
  cell_->Publish({.authorization = "Bearer " + token_, .why = {}});
}

}  // namespace dragoman::auth
