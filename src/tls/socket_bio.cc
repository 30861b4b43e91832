#include "tls/socket_bio.h"

#include <sys/socket.h>

#include <cerrno>
#include <string_view>

#include "tls/transport.h"

namespace dragoman::tls {
namespace {

// A handshake or records without content may fill a buffer a few times, but not this often.
constexpr int kMaxEmptyHanded = 16;

}  // namespace

BIO* SocketBio::Make(Transport& transport) {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_read_ex(method, &Read);
    BIO_meth_set_write_ex(method, &Write);
    BIO_meth_set_ctrl(method, &Control);
    return method;
  }();
  BIO* bio = BIO_new(kMethod);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &transport);
  BIO_set_init(bio, 1);
  return bio;
}

Buffer& SocketBio::Collected() {
  thread_local Buffer collected;
  return collected;
}

int SocketBio::Read(BIO* bio, char* data, size_t size, size_t* count) {
  auto& transport = *static_cast<Transport*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *count = 0;
  if (!transport.socket_readable_) {
    BIO_set_retry_read(bio);
    return 0;
  }
  if (transport.empty_handed_ >= kMaxEmptyHanded) {
    transport.failure_ = "it sends records without content";
    return 0;
  }
  ssize_t got;
  do {
    got = ::recv(transport.descriptor_, data, size, 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    // A short read has emptied the socket; only an end that was already announced stands behind it.
    if (static_cast<size_t>(got) == size) {
      ++transport.empty_handed_;
    } else if (!transport.socket_ended_) {
      transport.socket_readable_ = false;
    }
    if (transport.first_byte_ < 0) transport.first_byte_ = static_cast<unsigned char>(data[0]);
    *count = static_cast<size_t>(got);
    return 1;
  }
  if (got == 0) {
    transport.fin_read_ = true;
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    transport.socket_readable_ = false;
    BIO_set_retry_read(bio);
  } else {
    transport.socket_error_ = errno;
  }
  return 0;
}

int SocketBio::Write(BIO* bio, const char* data, size_t size, size_t* count) {
  BIO_clear_retry_flags(bio);
  Collected().Append(std::string_view(data, size));
  *count = size;
  return 1;
}

long SocketBio::Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

}  // namespace dragoman::tls
