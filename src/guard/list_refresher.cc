#include "guard/list_refresher.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/file_stamp.h"
#include "base/log.h"

namespace dragoman::guard {
namespace {

std::vector<std::string> FilesOf(const config::Guard& config) {
  std::vector<std::string> files = config.allow.files;
  files.insert(files.end(), config.deny.files.begin(), config.deny.files.end());
  return files;
}

std::vector<FileStamp> StampsOf(const std::vector<std::string>& files) {
  std::vector<FileStamp> stamps;
  for (const std::string& file : files) stamps.push_back(FileStamp::Of(file));
  return stamps;
}

}  // namespace

// Of the files that were read last without a problem.
struct ListRefresher::Seen {
  std::vector<FileStamp> stamps;
};

// What was found; neither lists nor problems where nothing has changed.
struct ListRefresher::Look {
  std::shared_ptr<const Lists> lists;
  Problems problems;
};

ListRefresher::ListRefresher(Loop& loop, SideThread& side_thread, const config::Guard& config, SharedLists& lists)
    : loop_(loop),
      side_thread_(side_thread),
      config_(config),
      lists_(lists),
      seen_(std::make_shared<Seen>()),
      timer_(
          loop, [](void* self) { static_cast<ListRefresher*>(self)->LookAgain(); }, this),
      self_(std::make_shared<ListRefresher*>(this)) {
  if (!FilesOf(config_).empty()) timer_.ArmAfter(config_.reload);
}

ListRefresher::~ListRefresher() { *self_ = nullptr; }

void ListRefresher::LookAgain() {
  const bool posted = side_thread_.Post([self = self_, &io = loop_.io(), &config = config_, seen = seen_] {
    Look look;
    std::vector<FileStamp> stamps = StampsOf(FilesOf(config));
    if (stamps != seen->stamps) {
      auto lists = Lists::Read(config);
      if (lists) {
        look.lists = *std::move(lists);
        seen->stamps = std::move(stamps);
      } else {
        look.problems = std::move(lists.error());
      }
    }
    asio::post(io, [self, look = std::move(look)] {
      if (ListRefresher* alive = *self) alive->OnLook(look);
    });
  });
  if (!posted) timer_.ArmAfter(config_.reload);
}

void ListRefresher::OnLook(const Look& look) {
  timer_.ArmAfter(config_.reload);
  std::string complaint;
  for (const Problem& problem : look.problems) complaint += problem.where + ": " + problem.what + "\n";
  if (complaint != complaint_) {
    for (const Problem& problem : look.problems) {
      LogWarn("guard_lists_kept", {{"where", problem.where}, {"error", problem.what}});
    }
    complaint_ = std::move(complaint);
  }
  if (!look.lists) return;
  lists_.Publish(look.lists);
  LogInfo("guard_lists_read", {{"files", FilesOf(config_).size()}});
}

}  // namespace dragoman::guard
