#pragma once

#include <cstdint>
#include <string_view>

namespace dragoman::http {

// What a client that speaks HTTP/2 sends first. No request of HTTP/1 begins so (RFC 9113 section 3.4).
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class PrefaceMatch : uint8_t { kNo, kSoFar, kWhole };

// Whether the first bytes of a connection are that preface; kSoFar: as many of it as have come.
inline PrefaceMatch MatchHttp2Preface(std::string_view first) {
  if (first.starts_with(kHttp2Preface)) return PrefaceMatch::kWhole;
  return kHttp2Preface.starts_with(first) ? PrefaceMatch::kSoFar : PrefaceMatch::kNo;
}

}  // namespace dragoman::http
