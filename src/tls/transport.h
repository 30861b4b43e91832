#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tls/context.h"
#include "tls/openssl.h"
#include "tls/peer_certificate.h"
#include "transcoding/buffer.h"

namespace dragoman::tls {

// The encryption of one connected stream socket, which somebody else owns and watches.
//
// Nothing blocks, everything is tried at once, and a socket of which the kernel has said that there is nothing is not
// asked again before OnReadable. What one call writes leaves in one send(): records are collected in memory of the
// thread's. An idle connection has no buffers; what a socket does not take, at most kMaxBatch of it but for the answers
// that TLS itself gives, is kept until it does.
//
//   Handshake() until it is kDone; then Read and Write at will; Farewell() when all has been said.
//
// Threads: one at a time.   Lifetime: nothing is to be called once the socket is closed; it may be destroyed later.
class Transport {
 public:
  static constexpr size_t kMaxBatch = 64 << 10;  // bytes of records in one send, and kept of those for a slow reader

  // kEnd: the other side has ended its side.
  enum class Outcome : uint8_t { kDone, kBlocked, kEnd, kFailed };
  struct ReadResult {
    Outcome outcome;  // kDone: at least one byte
    size_t bytes = 0;
  };

  // Null if there is no memory, or `host` is too long for a name.
  static std::unique_ptr<Transport> Accept(std::shared_ptr<const ServerContext> context, int descriptor);
  static std::unique_ptr<Transport> Connect(std::shared_ptr<const ClientContext> context, int descriptor,
                                            std::string_view host);
  ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // kDone, kBlocked (until the socket is readable) or kFailed. A client that was given h2 to offer fails where it is
  // not taken.
  Outcome Handshake();
  // Fills `data` as far as what has come goes. kEnd may be a lie of the network: see truncated().
  ReadResult Read(char* data, size_t size);
  // Encrypts and sends as much as the socket takes, and moves `parts` forward behind what is encrypted; kDone when all
  // of it has left. After kBlocked it is to be called again when the socket is writable, even if `parts` is empty then.
  // Never kEnd.
  Outcome Write(std::span<iovec>& parts);
  // close_notify, as far as the socket takes it.
  void Farewell();

  // News of the socket. `ended`: the other side's FIN has come, or an error; there will be no more news.
  void OnReadable(bool ended);
  // Sends what was kept.
  void OnWritable();

  // Read may find something although there is no news of the socket.
  bool readable() const { return socket_readable_ || SSL_has_pending(ssl_.get()) == 1; }
  bool has_unsent() const { return !unsent_.empty(); }

  // Why something was kFailed, as a sentence's end: "certificate verify failed: certificate has expired", "the
  // certificate is for \"a.example\", not for \"shop.internal\"", "it does not speak TLS".
  const std::string& failure() const { return failure_; }
  // The other side has ended without close_notify: whoever is on the way may have cut it off.
  bool truncated() const { return truncated_; }
  // What came instead of a handshake begins like a request of plain HTTP.
  bool looks_like_http() const { return first_byte_ >= 'A' && first_byte_ <= 'Z'; }

  // Of a verified client; null if it has shown none.
  std::shared_ptr<const PeerCertificate> peer_certificate() const;
  // What ALPN has chosen: "h2", "http/1.1"; empty: the client has offered nothing.
  std::string_view protocol() const;
  SSL* native() const { return ssl_.get(); }

 private:
  Transport(std::shared_ptr<const void> context, UniqueSsl ssl, int descriptor, bool must_speak_http2);
  friend struct SocketBio;

  Outcome Failed(int error);
  Outcome WhyNoMore(int error);
  bool Encrypt(std::span<iovec>& parts);
  bool EncryptRecord(const char* data, size_t size);
  bool SendCollected();
  bool Send(std::string_view bytes);
  bool FlushUnsent();

  const std::shared_ptr<const void> context_;  // what OpenSSL's callbacks look at
  const int descriptor_;
  const bool must_speak_http2_;
  bool socket_readable_ = true;
  bool socket_writable_ = true;
  bool socket_ended_ = false;  // FIN or an error was announced
  bool fin_read_ = false;      // recv() has said so
  bool established_ = false;
  bool failed_ = false;
  bool truncated_ = false;
  int first_byte_ = -1;
  int empty_handed_ = 0;  // full buffers that were read since the last content
  int socket_error_ = 0;
  Buffer unsent_;
  std::string failure_;
  UniqueSsl ssl_;
};

}  // namespace dragoman::tls
