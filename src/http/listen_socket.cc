#include "http/listen_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "config/address.h"

namespace dragoman::http {
namespace {

using config::Address;

constexpr int kBacklog = 4096;  // connections; the kernel bounds it by net.core.somaxconn

// A descriptor that is closed unless it is released.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }
  bool valid() const { return value_ >= 0; }
  int Release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string ErrnoText() { return std::strerror(errno); }

// Ends connections of clients that have vanished without a word, two minutes after; of what waits for as long as they stay. Accepted sockets inherit it.
bool KeepAlive(int descriptor) {
  const auto set = [descriptor](int level, int option, int value) { return ::setsockopt(descriptor, level, option, &value, sizeof(value)) == 0; };
  return set(SOL_SOCKET, SO_KEEPALIVE, 1) && set(IPPROTO_TCP, TCP_KEEPIDLE, 60) && set(IPPROTO_TCP, TCP_KEEPINTVL, 15) && set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

Descriptor OpenTcp(const sockaddr* address, socklen_t size, bool reuse_port) {
  Descriptor descriptor(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!descriptor.valid() || ::setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::setsockopt(descriptor.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||  // inherited by what is accepted
      !KeepAlive(descriptor.get()) ||
      (reuse_port && ::setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
      (address->sa_family == AF_INET6 && ::setsockopt(descriptor.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
      ::bind(descriptor.get(), address, size) != 0) {
    return Descriptor(-1);
  }
  return descriptor;
}

// True if somebody accepts connections at the unix socket `address`.
bool SomebodyListens(const sockaddr_un& address) {
  Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe.valid() && (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 || errno == EAGAIN);
}

tl::expected<std::vector<int>, std::string> OpenUnix(const std::string& path, size_t workers) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());  // ParseAddress lets no path through that has no room here
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) == 0) {
    if (!S_ISSOCK(facts.st_mode)) return tl::unexpected(std::string("a file that is no socket is in the way"));
    if (SomebodyListens(address)) return tl::unexpected(std::string(std::strerror(EADDRINUSE)));
    ::unlink(path.c_str());
  }
  Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor.valid() || ::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return tl::unexpected(ErrnoText());
  }
  std::vector<Descriptor> copies;
  bool ok = ::listen(descriptor.get(), kBacklog) == 0;
  for (size_t i = 1; ok && i < workers; ++i) {
    copies.emplace_back(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
    ok = copies.back().valid();
  }
  if (!ok) {
    const std::string why = ErrnoText();
    ::unlink(path.c_str());
    return tl::unexpected(why);
  }
  std::vector<int> descriptors{descriptor.Release()};
  for (Descriptor& copy : copies) descriptors.push_back(copy.Release());
  return descriptors;
}

// Opens a socket a worker. With SO_REUSEPORT a second process of the same user could bind the same port and take half of the connections, so the address is bound
// once without it to see that it is free.
tl::expected<std::vector<int>, std::string> OpenTcpAll(const addrinfo& entry, size_t workers, uint16_t& port) {
  sockaddr_storage address{};
  std::memcpy(&address, entry.ai_addr, entry.ai_addrlen);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = entry.ai_addrlen;
  {
    Descriptor probe = OpenTcp(generic, size, /*reuse_port=*/false);
    if (!probe.valid() || ::listen(probe.get(), 1) != 0 || ::getsockname(probe.get(), generic, &size) != 0) {
      return tl::unexpected(ErrnoText());
    }
  }
  std::vector<Descriptor> opened;
  for (size_t i = 0; i < workers; ++i) {
    opened.push_back(OpenTcp(generic, size, /*reuse_port=*/true));
    if (!opened.back().valid() || ::listen(opened.back().get(), kBacklog) != 0) return tl::unexpected(ErrnoText());
  }
  port = ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(generic)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(generic)->sin_port);
  std::vector<int> descriptors;
  for (Descriptor& descriptor : opened) descriptors.push_back(descriptor.Release());
  return descriptors;
}

tl::expected<std::vector<int>, std::string> ResolveAndOpen(Address& address, size_t workers) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failure != 0) return tl::unexpected(std::string(::gai_strerror(failure)));
  const AddressList list(found, &::freeaddrinfo);
  const addrinfo* chosen = found;  // a name's first IPv4 address, as clients that say 127.0.0.1 for localhost expect
  while (chosen->ai_family != AF_INET && chosen->ai_next != nullptr) chosen = chosen->ai_next;
  if (chosen->ai_family != AF_INET) chosen = found;
  return OpenTcpAll(*chosen, workers, address.port);
}

}  // namespace

tl::expected<ListenSocket, std::string> ListenSocket::Open(std::string_view text, size_t workers) {
  tl::expected<Address, std::string> address = config::ParseAddress(text);
  if (!address) return tl::unexpected(address.error());
  const bool is_unix = address->kind == Address::Kind::kUnix;
  auto descriptors = is_unix ? OpenUnix(address->path, workers) : ResolveAndOpen(*address, workers);
  if (!descriptors) return tl::unexpected("cannot listen on " + std::string(text) + ": " + descriptors.error());
  ListenSocket socket;
  socket.descriptors_ = std::move(*descriptors);
  socket.address_ = address->ToString();
  if (is_unix) socket.unix_path_ = address->path;
  return socket;
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : address_(std::move(other.address_)),
      unix_path_(std::exchange(other.unix_path_, std::string())),
      descriptors_(std::exchange(other.descriptors_, std::vector<int>())) {}

ListenSocket::~ListenSocket() {
  for (int descriptor : descriptors_) {
    if (descriptor >= 0) ::close(descriptor);
  }
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

int ListenSocket::Take(size_t worker) { return std::exchange(descriptors_.at(worker), -1); }

tl::expected<int, std::string> ListenSocket::Duplicate(size_t worker) const {
  const int descriptor = ::fcntl(descriptors_.at(worker), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return tl::unexpected("cannot listen on " + address_ + ": " + ErrnoText());
  return descriptor;
}

std::string ListenSocket::url() const { return unix_path_.empty() ? "http://" + address_ : address_; }

}  // namespace dragoman::http
