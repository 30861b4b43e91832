#pragma once

#include <openssl/types.h>

#include <array>
#include <chrono>
#include <mutex>

#include "base/clock.h"

namespace dragoman::tls {

// What session tickets are sealed with: RFC 5077 section 4, RFC 8446 section 4.6.1. A key seals for kSealing and opens
// as long again, which is a session's whole life; then it is forgotten, and with it whatever it protected.
//
// Threads: safe to use concurrently; a lock for a few stores a handshake.
class TicketKeys {
 public:
  static constexpr auto kSealing = std::chrono::hours(2);

  explicit TicketKeys(TimePoint now);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // What SSL_CTX_set_tlsext_ticket_key_evp_cb wants: 1 done, 2 opened but to be sealed anew, 0 a ticket of nobody's, -1
  // failed. `name` (16 bytes) and `iv` (16 bytes) are written when sealing, read when opening.
  int Prepare(TimePoint now, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              bool seal);

 private:
  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;  // AES-256-CBC
    std::array<unsigned char, 32> mac;     // HMAC-SHA-256
    bool usable;                           // false: there was no entropy for it
  };
  static Key Random();
  static bool Use(const Key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool seal);
  void Rotate(TimePoint now);

  std::mutex mutex_;
  TimePoint since_;  // when `current_` was made
  Key current_;
  Key previous_;
};

}  // namespace dragoman::tls
