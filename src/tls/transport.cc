#include "tls/transport.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tls/socket_bio.h"
#include "tls/words.h"

namespace dragoman::tls {
namespace {

constexpr size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;  // bytes of content (RFC 8446 section 5.1)
constexpr size_t kMaxUnsent = 4 * Transport::kMaxBatch;
constexpr size_t kKeptBatch = 2 * Transport::kMaxBatch;  // bytes of storage that a thread keeps

// The content of a record that is put together from several parts.
char* RecordScratch() {
  thread_local const std::unique_ptr<char[]> scratch(new char[kRecord]);
  return scratch.get();
}

void Advance(std::span<iovec>& parts, size_t count) {
  while (!parts.empty() && count >= parts.front().iov_len) {
    count -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (count > 0) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
    parts.front().iov_len -= count;
  }
}

}  // namespace

std::unique_ptr<Transport> Transport::Accept(std::shared_ptr<const ServerContext> context, int descriptor) {
  UniqueSsl ssl(SSL_new(context->native()));
  if (!ssl) return nullptr;
  SSL_set_accept_state(ssl.get());
  std::unique_ptr<Transport> made(new Transport(std::move(context), std::move(ssl), descriptor, false));
  return SSL_get_rbio(made->native()) ? std::move(made) : nullptr;
}

std::unique_ptr<Transport> Transport::Connect(std::shared_ptr<const ClientContext> context, int descriptor,
                                              std::string_view host) {
  UniqueSsl ssl = context->Start(host);
  if (!ssl) return nullptr;
  const bool must_speak_http2 = context->protocol() == ClientContext::Protocol::kHttp2;
  std::unique_ptr<Transport> made(new Transport(std::move(context), std::move(ssl), descriptor, must_speak_http2));
  return SSL_get_rbio(made->native()) ? std::move(made) : nullptr;
}

Transport::Transport(std::shared_ptr<const void> context, UniqueSsl ssl, int descriptor, bool must_speak_http2)
    : context_(std::move(context)), descriptor_(descriptor), must_speak_http2_(must_speak_http2), ssl_(std::move(ssl)) {
  TellWhyNotVerified(ssl_.get(), failure_);
  if (BIO* bio = SocketBio::Make(*this)) SSL_set_bio(ssl_.get(), bio, bio);
}

Transport::Outcome Transport::Handshake() {
  if (failed_) return Outcome::kFailed;
  ERR_clear_error();
  empty_handed_ = 0;
  const int result = SSL_do_handshake(ssl_.get());
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) {
    SendCollected();
    return failed_ ? Outcome::kFailed : Outcome::kBlocked;
  }
  if (result != 1) return Failed(error);
  SendCollected();
  established_ = true;
  if (must_speak_http2_ && protocol() != "h2") {
    failed_ = true;
    failure_ = "it does not offer h2 (ALPN)";
    return Outcome::kFailed;
  }
  return Outcome::kDone;
}

Transport::ReadResult Transport::Read(char* data, size_t size) {
  if (failed_) return {Outcome::kFailed};
  ERR_clear_error();
  size_t total = 0;
  Outcome outcome = Outcome::kDone;
  while (total < size) {
    empty_handed_ = 0;
    size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), data + total, size - total, &count);
    if (result != 1) {
      outcome = WhyNoMore(SSL_get_error(ssl_.get(), result));
      break;
    }
    total += count;
    if (!readable()) break;
  }
  SendCollected();
  if (total > 0) return {Outcome::kDone, total};  // an end or a failure will be said again
  return {failed_ ? Outcome::kFailed : outcome};
}

// Of a read that has given nothing.
Transport::Outcome Transport::WhyNoMore(int error) {
  if (error == SSL_ERROR_WANT_READ) return Outcome::kBlocked;
  if (error == SSL_ERROR_ZERO_RETURN) return Outcome::kEnd;
  if (error == SSL_ERROR_SYSCALL && fin_read_) {
    truncated_ = true;
    return Outcome::kEnd;
  }
  return Failed(error);
}

// After this OpenSSL is not asked for anything any more. What it still had to say, an alert, is sent.
Transport::Outcome Transport::Failed(int error) {
  failed_ = true;
  std::string why = TakeWhy();
  SendCollected();
  if (!failure_.empty()) return Outcome::kFailed;  // said in a callback
  constexpr int kFirstOfTls = 0x14;                // RFC 8446 section 5.1, ContentType
  constexpr int kLastOfTls = 0x17;
  if (!established_ && first_byte_ >= 0 && (first_byte_ < kFirstOfTls || first_byte_ > kLastOfTls)) {
    failure_ = "it does not speak TLS";
  } else if (error == SSL_ERROR_SSL) {
    failure_ = std::move(why);
  } else if (socket_error_ != 0) {
    failure_ = std::strerror(socket_error_);
  } else {
    failure_ = established_ ? "the connection was closed" : "the connection was closed during the TLS handshake";
  }
  return Outcome::kFailed;
}

Transport::Outcome Transport::Write(std::span<iovec>& parts) {
  for (;;) {
    if (failed_) return Outcome::kFailed;
    if (!FlushUnsent()) return failed_ ? Outcome::kFailed : Outcome::kBlocked;
    if (parts.empty()) return Outcome::kDone;
    ERR_clear_error();
    if (!Encrypt(parts)) return Outcome::kFailed;
    SendCollected();
  }
}

// Makes records of the parts, as many as a batch holds.
bool Transport::Encrypt(std::span<iovec>& parts) {
  const Buffer& batch = SocketBio::Collected();
  while (!parts.empty() && batch.size() < kMaxBatch) {
    const iovec& front = parts.front();
    size_t size = std::min(front.iov_len, kRecord);
    if (size == kRecord || parts.size() == 1) {
      if (size > 0 && !EncryptRecord(static_cast<const char*>(front.iov_base), size)) return false;
    } else {
      size = 0;
      char* record = RecordScratch();
      for (const iovec& part : parts) {
        const size_t taken = std::min(part.iov_len, kRecord - size);
        if (taken > 0) std::memcpy(record + size, part.iov_base, taken);
        size += taken;
      }
      if (size > 0 && !EncryptRecord(record, size)) return false;
    }
    Advance(parts, size);
  }
  return true;
}

bool Transport::EncryptRecord(const char* data, size_t size) {
  size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), data, size, &written);
  if (result == 1 && written == size) return true;
  Failed(SSL_get_error(ssl_.get(), result));
  return false;
}

// Sends what OpenSSL has written, or keeps it. False if there was a failure.
bool Transport::SendCollected() {
  Buffer& batch = SocketBio::Collected();
  if (batch.empty()) return true;
  const bool sent = (FlushUnsent() || !failed_) && Send(batch.view());
  batch.Clear();
  if (batch.capacity() > kKeptBatch) batch.Release();
  return sent;
}

// What the socket does not take is kept.
bool Transport::Send(std::string_view bytes) {
  while (!bytes.empty() && socket_writable_) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      socket_writable_ = false;
    } else if (errno != EINTR) {
      failed_ = true;
      if (failure_.empty()) failure_ = std::strerror(errno);
      return false;
    }
  }
  if (bytes.empty()) return true;
  if (unsent_.size() + bytes.size() > kMaxUnsent) {
    failed_ = true;
    failure_ = "it asks for answers that it does not read";
    return false;
  }
  unsent_.Append(bytes);
  return true;
}

// True if nothing is left over from before.
bool Transport::FlushUnsent() {
  if (unsent_.empty()) return true;
  if (!socket_writable_) return false;
  const Buffer before = std::move(unsent_);
  return Send(before.view()) && unsent_.empty();
}

void Transport::Farewell() {
  if (failed_ || !established_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  SendCollected();
}

void Transport::OnReadable(bool ended) {
  socket_readable_ = true;
  socket_ended_ = socket_ended_ || ended;
}

void Transport::OnWritable() {
  socket_writable_ = true;
  FlushUnsent();
}

std::shared_ptr<const PeerCertificate> Transport::peer_certificate() const {
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return nullptr;
  auto read = ReadPeerCertificate(*certificate);
  return read ? std::make_shared<const PeerCertificate>(*std::move(read)) : nullptr;
}

std::string_view Transport::protocol() const {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return {reinterpret_cast<const char*>(chosen), size};
}

}  // namespace dragoman::tls
