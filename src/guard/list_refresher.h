#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/side_thread.h"
#include "guard/lists.h"

namespace dragoman::guard {

// Keeps the lists as their files have them: every guard.reload the files are looked at, and where one of them has
// changed (inode, size or time) all are read anew.
//
// A file that cannot be read, or has a line that is wrong, leaves the lists as they were; what is wrong is logged once.
// Nothing to do where no file is configured.
// Threads: its loop's; files are read on the side thread, which ends before the loop.
class ListRefresher {
 public:
  // What is referred to outlives this and the side thread's work.
  ListRefresher(Loop& loop, SideThread& side_thread, const config::Guard& config, SharedLists& lists);
  ~ListRefresher();
  ListRefresher(const ListRefresher&) = delete;
  ListRefresher& operator=(const ListRefresher&) = delete;

 private:
  struct Look;

  void LookAgain();
  void OnLook(const Look& look);

  Loop& loop_;
  SideThread& side_thread_;
  const config::Guard& config_;
  SharedLists& lists_;
  struct Seen;
  std::shared_ptr<Seen> seen_;  // the files that were read last; the side thread's while it looks
  std::string complaint_;       // what was logged last
  Timer timer_;
  std::shared_ptr<ListRefresher*> self_;  // null inside once this is gone
};

}  // namespace dragoman::guard
