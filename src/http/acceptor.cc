#include "http/acceptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace dragoman::http {
namespace {

Peer PeerOf(const sockaddr_storage& address) {
  Peer peer;
  char text[INET6_ADDRSTRLEN];
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    if (::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text))) peer.address = text;
    peer.port = ntohs(v4.sin_port);
    peer.ip = config::IpAddress::FromBytes({reinterpret_cast<const uint8_t*>(&v4.sin_addr), sizeof(v4.sin_addr)});
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text))) peer.address = text;
    peer.port = ntohs(v6.sin6_port);
    peer.ip = config::IpAddress::FromBytes({reinterpret_cast<const uint8_t*>(&v6.sin6_addr), sizeof(v6.sin6_addr)});
  }
  return peer;
}

}  // namespace

Acceptor::Acceptor(Loop& loop, int listener, ConnectionQuota& quota, Callback on_accepted, void* context)
    : loop_(loop),
      listener_(listener),
      quota_(quota),
      on_accepted_(on_accepted),
      context_(context),
      watched_(loop.poller().Add(listener, EPOLLIN, *this)),
      pause_(loop, &OnPauseOver, this) {
  if (!watched_) pause_.ArmAfter(kPause);
}

Acceptor::~Acceptor() {
  while (!left_ && AcceptSome() == Outcome::kMore) {
  }
  loop_.poller().Remove(listener_, *this);
  ::close(listener_);
}

void Acceptor::OnEvents(uint32_t) {
  switch (AcceptSome()) {
    case Outcome::kDrained:
      if (!watched_) pause_.ArmAfter(kPause);
      break;
    case Outcome::kMore:
      pause_.Arm(TimePoint{});  // at the next tick
      break;
    case Outcome::kPaused:
      pause_.ArmAfter(kPause);
      break;
  }
}

void Acceptor::OnPauseOver(void* self) { static_cast<Acceptor*>(self)->OnEvents(0); }

Acceptor::Outcome Acceptor::AcceptSome() {
  for (int i = 0; i < kInARow; ++i) {
    if (!quota_.TryTake()) return Outcome::kPaused;
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    const int descriptor = ::accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      on_accepted_(context_, descriptor, PeerOf(address));
      continue;
    }
    quota_.GiveBack();
    switch (errno) {
      case EAGAIN:
#if EAGAIN != EWOULDBLOCK
      case EWOULDBLOCK:
#endif
        return Outcome::kDrained;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return Outcome::kPaused;
      default:
        continue;  // this one connection failed: ECONNABORTED and what the network reports (accept(2))
    }
  }
  return Outcome::kMore;
}

}  // namespace dragoman::http
