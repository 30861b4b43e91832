#include "http/refusal_log.h"

#include <utility>

namespace dragoman::http {

void RefusalLog::Add(TimePoint now, const Peer& peer, std::string_view why) {
  if (!LogEnabled(level_)) return;
  ++untold_;
  if (now < next_) return;
  next_ = now + pause_;
  WriteLog(level_, event_, {{"peer", peer.address}, {"why", why}, {"count", std::exchange(untold_, 0)}});
}

}  // namespace dragoman::http
