#include "http_client/conversation.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <utility>

namespace dragoman::http_client {
namespace {

namespace http = beast::http;
using asio::ip::tcp;

constexpr uint32_t kMaxHead = 32 << 10;  // bytes of a response's head, and of the trailers behind a chunked body
constexpr size_t kMaxBuffer = 64 << 10;  // bytes that are read ahead
constexpr size_t kMaxInterim = 16;       // responses 1xx in front of the one that counts

std::string TextOf(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

// "issuer.example:443", port included, for messages.
std::string NameOf(const Url& url) {
  const std::string port = ":" + std::to_string(url.port);
  return url.authority.ends_with(port) ? url.authority : url.authority + port;
}

}  // namespace

Conversation::Conversation(Loop& loop, std::shared_ptr<const Server> server, std::string request, bool bodyless)
    : loop_(loop),
      server_(std::move(server)),
      request_(std::move(request)),
      bodyless_(bodyless),
      timeout_(
          loop,
          [](void* self) {
            auto& conversation = *static_cast<Conversation*>(self);
            conversation.Fail("no " + std::string(conversation.waiting_for_) + " within " +
                              std::to_string(conversation.server_->timeout.count()) + " ms");
          },
          this),
      address_timeout_(
          loop,
          [](void* self) {
            Error ignored;
            static_cast<Conversation*>(self)->socket_.close(ignored);
          },
          this),
      resolver_(loop.io()),
      socket_(loop.io()),
      buffer_(kMaxBuffer) {}

void Conversation::Begin(Signal& done) {
  done_ = &done;
  deadline_ = Clock::now() + server_->timeout;
  timeout_.Arm(deadline_);
  Resolve();
}

void Conversation::Abandon() {
  done_ = nullptr;
  Close();
}

// A literal address is nothing to ask about. A name is looked up on Asio's own thread.
void Conversation::Resolve() {
  waiting_for_ = "address";
  Error no_address;
  const auto address = asio::ip::make_address(server_->url.host, no_address);
  if (!no_address) {
    addresses_.emplace_back(address, server_->url.port);
    return ConnectTo(0);
  }
  resolver_.async_resolve(server_->url.host, std::to_string(server_->url.port), tcp::resolver::numeric_service,
                          [self = shared_from_this()](const Error& error, const tcp::resolver::results_type& results) {
                            if (self->over()) return;
                            if (error) return self->Fail("cannot be resolved: " + error.message());
                            for (const auto& entry : results) self->addresses_.push_back(entry.endpoint());
                            self->ConnectTo(0);
                          });
}

// Each address has an equal part of the time that is left: one that does not answer leaves some for the next.
void Conversation::ConnectTo(size_t index) {
  waiting_for_ = "connection";
  const TimePoint now = Clock::now();
  const auto left = static_cast<Duration::rep>(addresses_.size() - index);
  if (left > 1) address_timeout_.Arm(now + (deadline_ - now) / left);
  Error error;
  if (socket_.is_open()) socket_.close(error);
  socket_.async_connect(addresses_[index], [self = shared_from_this(), index](const Error& failed) {
    if (self->over()) return;
    self->address_timeout_.Disarm();
    if (failed)
      return self->OnConnectFailed(index, failed == asio::error::operation_aborted ? "no answer" : failed.message());
    if (self->server_->tls) return self->Encrypt();
    self->Send();
  });
}

void Conversation::OnConnectFailed(size_t index, const std::string& why) {
  if (index + 1 < addresses_.size()) return ConnectTo(index + 1);
  Fail("cannot connect to " + TextOf(addresses_[index]) + ": " + why);
}

void Conversation::Encrypt() {
  waiting_for_ = "TLS handshake";
  std::string_view host = server_->url.host;
  if (host.ends_with('.')) host.remove_suffix(1);  // RFC 6066, section 3: a name is said without its last dot
  tls::UniqueSsl ssl = server_->tls->Start(host);
  if (!ssl) return Fail("no TLS connection can be made for its name");
  tls_.emplace(socket_, ssl.release());
  tls_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const Error& error) {
    if (self->over()) return;
    if (error) return self->Fail(self->WhyTlsFailed(error));
    self->Send();
  });
}

std::string Conversation::WhyTlsFailed(const Error& error) {
  const long verified = SSL_get_verify_result(tls_->native_handle());
  if (verified != X509_V_OK) {
    return std::string("certificate verify failed: ") + X509_verify_cert_error_string(verified);
  }
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    return "closed the connection during the TLS handshake";
  }
  if (error.category() != asio::error::get_ssl_category()) return "TLS handshake: " + error.message();
  const char* why = ERR_reason_error_string(static_cast<unsigned long>(error.value()));
  return std::string("TLS handshake: ") + (why != nullptr ? why : "failed");
}

void Conversation::Send() {
  waiting_for_ = "answer";
  WithStream([&](auto& stream) {
    asio::async_write(stream, asio::buffer(request_), [self = shared_from_this()](const Error& error, size_t) {
      if (self->over()) return;
      if (error) return self->Fail("cannot send the request: " + error.message());
      self->Receive();
    });
  });
}

void Conversation::Receive() {
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  parser_->body_limit(Client::kMaxBody);
  if (bodyless_) parser_->skip(true);
  WithStream([&](auto& stream) {
    http::async_read(stream, buffer_, *parser_, [self = shared_from_this()](const Error& error, size_t) {
      if (self->over()) return;
      if (error) return self->Fail(WhyReadFailed(error));
      self->OnResponse();
    });
  });
}

std::string Conversation::WhyReadFailed(const Error& error) {
  if (error == http::error::end_of_stream) return "closed the connection without an answer";
  if (error == http::error::partial_message || error == asio::ssl::error::stream_truncated) {
    return "closed the connection before the answer had ended";
  }
  if (error == http::error::body_limit) {
    return "the answer's body has more than " + std::to_string(Client::kMaxBody) + " bytes";
  }
  if (error == http::error::header_limit) {
    return "the answer's head has more than " + std::to_string(kMaxHead) + " bytes";
  }
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return "the answer is no HTTP/1.1: " + error.message();
  }
  return "cannot read the answer: " + error.message();
}

void Conversation::OnResponse() {
  auto& message = parser_->get();
  const auto status = static_cast<int>(message.result_int());
  if (status < 200 && status != 101) {  // RFC 9110, 15.2: informational ones come before
    if (++interim_ > kMaxInterim) return Fail("sends informational answers without end");
    return Receive();
  }
  if (status < 200 || status > 599) return Fail("the answer's status is " + std::to_string(status));
  const auto coding = message[http::field::content_encoding];
  if (!coding.empty() && !beast::iequals(coding, "identity")) {
    return Fail("the answer has a content coding, which was not asked for");
  }
  Finish(Response{.status = status,
                  .content_type = std::string(message[http::field::content_type]),
                  .cache_control = std::string(message[http::field::cache_control]),
                  .body = std::move(message.body())});
}

void Conversation::Fail(const std::string& why) {
  Finish(Refuse(Reason::kBackendUnavailable, NameOf(server_->url) + ": " + why));
}

// The last thing that a handler does: who waits may let go of everything.
void Conversation::Finish(Result<Response> outcome) {
  outcome_ = std::move(outcome);
  Close();
  if (done_) std::exchange(done_, nullptr)->Notify();
}

void Conversation::Close() {
  timeout_.Disarm();
  address_timeout_.Disarm();
  resolver_.cancel();
  Error error;
  socket_.close(error);
}

}  // namespace dragoman::http_client
