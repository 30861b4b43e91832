#pragma once

#include <memory>

#include "auth/backend_credentials.h"
#include "auth/token_cell.h"
#include "base/file_stamp.h"
#include "base/loop.h"
#include "base/side_thread.h"

namespace dragoman::auth {

inline constexpr Duration kTokenFileInterval = std::chrono::seconds(2);

// Keeps the bearer token of one backend as its file has it: the file is looked at every few seconds and read when it
// has changed (inode, size or time), so that a rename over it, which is how secrets are rotated, is seen whole.
//
// A file that cannot be read, is empty or holds no token leaves the old one and is logged once until it is mended.
// Threads: its loop's; the file is read on the side thread, which ends before the loop.
class TokenFile {
 public:
  // `credentials` has a bearer_file, whose token is published at once.
  TokenFile(Loop& loop, SideThread& side_thread, const BackendCredentials& credentials, std::shared_ptr<TokenCell> cell,
            Duration interval = kTokenFileInterval);
  ~TokenFile();
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;

 private:
  struct Look;

  void LookAgain();
  void OnLook(const Look& look);

  Loop& loop_;
  SideThread& side_thread_;
  const std::string backend_;
  const std::string path_;
  const std::shared_ptr<TokenCell> cell_;
  const Duration interval_;
  std::string token_;
  std::shared_ptr<FileStamp> seen_;  // of the file that was read last; the side thread's while it looks
  std::string complaint_;        // what was logged last
  Timer timer_;
  std::shared_ptr<TokenFile*> self_;  // null inside once this is gone
};

}  // namespace dragoman::auth
