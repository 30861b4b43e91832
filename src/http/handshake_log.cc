#include "http/handshake_log.h"

#include <utility>

#include "base/log.h"

namespace dragoman::http {

void HandshakeLog::Failed(TimePoint now, const Peer& peer, std::string_view why) {
  ++failed_;
  if (!LogEnabled(LogLevel::kDebug)) return;
  ++untold_;
  if (now < next_) return;
  next_ = now + kPause;
  LogDebug("tls_handshake_failed", {{"peer", peer.address}, {"why", why}, {"count", std::exchange(untold_, 0)}});
}

}  // namespace dragoman::http
