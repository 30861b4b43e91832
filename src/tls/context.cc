#include "tls/context.h"

#include <arpa/inet.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "tls/key_pair.h"
#include "tls/peer_certificate.h"
#include "tls/words.h"

namespace dragoman::tls {
namespace {

// What a listener speaks, the best first.
constexpr std::string_view kServerProtocols[] = {"h2", "http/1.1"};

// Forward secrecy and AEAD: what HTTP/2 demands of TLS 1.2 (RFC 9113 section 9.2.2). Those of 1.3 are all so.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kSecurityLevel = 2;  // 112 bits: RSA keys from 2048 bits, no SHA-1

UniqueContext NewContext(const SSL_METHOD* method) {
  UniqueContext context(SSL_CTX_new(method));
  if (!context) return nullptr;
  SSL_CTX_set_security_level(context.get(), kSecurityLevel);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), 0);
  SSL_CTX_set_cipher_list(context.get(), kCiphers);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

// A store that trusts these and nothing else; an intermediate among them too.
UniqueStore StoreOf(const std::vector<UniqueCertificate>& authorities) {
  UniqueStore store(X509_STORE_new());
  for (const UniqueCertificate& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
  return store;
}

// RFC 7301 section 3.2. A client that offers protocols of which we speak none is refused with no_application_protocol.
int OnProtocols(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned int size, void*) {
  for (const std::string_view ours : kServerProtocols) {
    for (unsigned int at = 0; at < size; at += 1u + offered[at]) {
      const std::string_view theirs(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
      if (theirs != ours) continue;
      *chosen = offered + at + 1;
      *chosen_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int WordsIndex() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

int OnVerify(int good, X509_STORE_CTX* store) {
  if (good == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (auto* words = static_cast<std::string*>(SSL_get_ex_data(ssl, WordsIndex()))) *words = WhyNotVerified(store);
  return 0;
}

// A client's certificate whose names could mislead who reads them is not accepted, whoever signed it.
int OnVerifyClient(int good, X509_STORE_CTX* store) {
  if (good == 1 && X509_STORE_CTX_get_error_depth(store) == 0) {
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (certificate == nullptr || !ReadPeerCertificate(*certificate)) {
      X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
      good = 0;
    }
  }
  return OnVerify(good, store);
}

// A session does not outlive the certificate that its client has shown.
SSL_TICKET_RETURN OnTicket(SSL*, SSL_SESSION* session, const unsigned char*, size_t, SSL_TICKET_STATUS status, void*) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
  const X509* peer = SSL_SESSION_get0_peer(session);
  if (peer && X509_cmp_current_time(X509_get0_notAfter(peer)) <= 0) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

void AskForCertificates(SSL_CTX* context, config::ClientCertificate wanted, X509_STORE* clients,
                        const std::vector<UniqueCertificate>& authorities) {
  if (wanted == config::ClientCertificate::kNone) return;
  const int required = wanted == config::ClientCertificate::kRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, &OnVerifyClient);
  SSL_CTX_set1_cert_store(context, clients);
  STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
  for (const UniqueCertificate& authority : authorities) {
    sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(authority.get())));
  }
  SSL_CTX_set_client_CA_list(context, names);
}

bool IsAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

}  // namespace

void TellWhyNotVerified(SSL* ssl, std::string& words) { SSL_set_ex_data(ssl, WordsIndex(), &words); }

ServerContext::ServerContext() : ticket_keys_(Clock::now()) {}

tl::expected<std::shared_ptr<const ServerContext>, Problems> ServerContext::Build(const config::ListenerTls& tls) {
  Problems problems;
  std::vector<CertifiedKey> certified;
  for (const config::KeyPair& pair : tls.certificates) {
    if (auto loaded = LoadCertifiedKey(pair, problems)) certified.push_back(*std::move(loaded));
  }
  std::vector<UniqueCertificate> authorities;
  if (tls.client_ca) authorities = LoadCertificates(*tls.client_ca, problems);
  if (tls.client_certificate != config::ClientCertificate::kNone && !tls.client_ca) {
    problems.push_back({tls.at.ToString(), "client certificates need a `client_ca`"});
  }
  if (tls.certificates.empty()) problems.push_back({tls.at.ToString(), "expected a certificate"});
  if (!problems.empty()) return tl::unexpected(std::move(problems));

  const UniqueStore clients = StoreOf(authorities);
  std::shared_ptr<ServerContext> built(new ServerContext);
  for (size_t i = 0; i < certified.size(); ++i) {
    SSL_CTX* context =
        built->ContextFor(certified[i].chain.front().get(), certified[i].key.get(), tls, clients.get(), authorities);
    UseCertifiedKey(context, certified[i], tls.certificates[i], problems);
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return built;
}

// The context for a certificate: one that has the same names but no such key yet, or a new one.
SSL_CTX* ServerContext::ContextFor(const X509* certificate, const EVP_PKEY* key, const config::ListenerTls& tls,
                                   X509_STORE* clients, const std::vector<UniqueCertificate>& authorities) {
  std::vector<std::string> names = DnsNamesOf(certificate);
  const int type = EVP_PKEY_get_base_id(key);
  for (size_t i = 0; i < contexts_.size(); ++i) {
    Names& known = names_[i];
    if (known.names != names || std::ranges::find(known.key_types, type) != known.key_types.end()) continue;
    known.key_types.push_back(type);
    return contexts_[i].get();
  }

  SSL_CTX* context = contexts_.emplace_back(NewContext(TLS_server_method())).get();
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_tlsext_servername_callback(context, &OnServerName);
  SSL_CTX_set_tlsext_servername_arg(context, this);
  SSL_CTX_set_alpn_select_cb(context, &OnProtocols, nullptr);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &OnTicketKey);
  SSL_CTX_set_session_ticket_cb(context, nullptr, &OnTicket, nullptr);
  SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::kSealing).count());
  constexpr std::string_view kSessionId = "dragoman";  // without one, sessions with client certificates are not resumed
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(kSessionId.data()), kSessionId.size());
  AskForCertificates(context, tls.client_certificate, clients, authorities);
  for (const std::string& name : names) by_name_.Add(name, contexts_.size() - 1);
  names_.push_back({std::move(names), {type}});
  return context;
}

int ServerContext::OnServerName(SSL* ssl, int*, void* self) {
  const auto& context = *static_cast<const ServerContext*>(self);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!name) return SSL_TLSEXT_ERR_NOACK;
  const std::optional<size_t> found = context.by_name_.Find(name);
  if (!found) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, context.contexts_[*found].get());
  return SSL_TLSEXT_ERR_OK;
}

int ServerContext::OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                               EVP_MAC_CTX* mac, int seal) {
  const auto* self = static_cast<const ServerContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const int done = self->ticket_keys_.Prepare(Clock::now(), name, iv, cipher, mac, seal == 1);
  // A ticket of TLS 1.3 is used once (RFC 8446 appendix C.4): whoever comes with one gets another.
  return seal == 0 && done == 1 && SSL_version(ssl) == TLS1_3_VERSION ? 2 : done;
}

ClientContext::ClientContext(const config::ClientTls& tls, Protocol protocol)
    : context_(NewContext(TLS_client_method())), server_name_(tls.server_name), protocol_(protocol) {}

tl::expected<std::shared_ptr<const ClientContext>, Problems> ClientContext::Build(const config::ClientTls& tls,
                                                                                  Protocol protocol) {
  Problems problems;
  std::shared_ptr<ClientContext> built(new ClientContext(tls, protocol));
  SSL_CTX* context = built->native();
  if (tls.ca) {
    const std::vector<UniqueCertificate> authorities = LoadCertificates(*tls.ca, problems);
    SSL_CTX_set1_cert_store(context, StoreOf(authorities).get());
  } else {
    SSL_CTX_set_default_verify_paths(context);
  }
  if (tls.certificate) {
    if (const auto certified = LoadCertifiedKey(*tls.certificate, problems)) {
      UseCertifiedKey(context, *certified, *tls.certificate, problems);
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));

  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &OnVerify);
  const std::string_view offered = protocol == Protocol::kHttp2 ? "\x02h2" : "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(offered.data()),
                          static_cast<unsigned int>(offered.size()));
  return built;
}

UniqueSsl ClientContext::Start(std::string_view host) const {
  UniqueSsl ssl(SSL_new(context_.get()));
  if (!ssl) return nullptr;
  const std::string name(NameOf(host));
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl.get());
  bool set = false;
  if (IsAddress(name)) {  // which no SNI carries (RFC 6066 section 3)
    set = X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    set = X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()) == 1 &&
          SSL_set_tlsext_host_name(ssl.get(), name.c_str()) == 1;
  }
  if (!set) return nullptr;  // a name too long for SNI
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace dragoman::tls
