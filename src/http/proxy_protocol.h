#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/ip_address.h"

namespace dragoman::http {

// Reads one PROXY protocol header, version 1 (text) or 2 (binary), whatever pieces it comes in. Version 2's TLVs are
// skipped.
//
//   "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\nGET / HT…"
//     → kDone, 45 bytes used, source 192.0.2.7, port 56324
//
// Bounds:  version 1 kMaxV1Bytes, version 2 kMaxV2Bytes; of either at most kMaxV1Bytes are kept.
// Spec:    HAProxy's proxy-protocol.txt, sections 2.1 and 2.2.
class ProxyHeaderReader {
 public:
  static constexpr size_t kMaxV1Bytes = 107;   // with CR LF; the longest that can be (2.1)
  static constexpr size_t kMaxV2Bytes = 4096;  // with its TLVs; longer ones are refused

  enum class Outcome : uint8_t { kNeedMore, kDone, kRefused };

  // Reads on and says how many of `bytes` belong to the header: all of them unless it is done or refused. Not after
  // that.
  size_t Read(std::string_view bytes);

  Outcome outcome() const { return outcome_; }
  bool begun() const { return kept_size_ > 0; }
  // Of a header that was refused, as a sentence's end: "its line does not end within 107 bytes".
  std::string_view why() const { return why_; }
  // Who connected to the proxy. None: nobody it could name (UNKNOWN, UNSPEC, AF_UNIX) or the proxy itself (LOCAL); the
  // connection's own peer stands for both.
  const config::IpAddress& source() const { return source_; }
  uint16_t source_port() const { return source_port_; }

 private:
  void LookAtV1();
  void LookAtV2();
  void ReadV1Line();
  void ReadV2Length();
  void ReadV2Source();
  void SkipWhatIsBehind();
  void Refuse(std::string_view why);

  Outcome outcome_ = Outcome::kNeedMore;
  uint16_t source_port_ = 0;
  config::IpAddress source_;
  std::string_view why_;
  // Of version 2.
  size_t length_ = 0;         // bytes, as it says
  size_t address_bytes_ = 0;  // the first of them, where they are read: addresses and ports
  size_t to_skip_ = 0;        // of the others, that have not come
  size_t kept_size_ = 0;
  std::array<char, kMaxV1Bytes> kept_;
};

}  // namespace dragoman::http
