#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace dragoman::transcoding {

// What percent-decoding does beside turning %XX into a byte.
enum class PercentDecoding {
  kFull,       // "p%20q%2Fr+" → "p q/r+": a path variable of one segment, a literal
  kKeepSlash,  // "p%20q%2Fr+" → "p q%2Fr+": a path variable of several segments; %2F stays as it was written (%2f, %2F)
  kForm,       // "p%20q%2Fr+" → "p q/r ": a query's key or value
};

// Returns `text` itself where it holds nothing to decode, else a view of `scratch`, which is overwritten.
//
// The result may be any bytes: %00 and broken UTF-8 are the caller's business. Never longer than `text`.
// Errors: `column 5: expected two hex digits after '%'` (bytes of `text`, from 1).
// Spec:   RFC 3986 section 2.1; google/api/http.proto; WHATWG URL, application/x-www-form-urlencoded.
tl::expected<std::string_view, std::string> PercentDecode(std::string_view text, PercentDecoding how,
                                                          std::string& scratch);

// The same into `out`, which has room for text.size() bytes, and without an allocation: the decoded size, or the offset
// of an invalid escape.
tl::expected<size_t, size_t> PercentDecodeTo(std::string_view text, PercentDecoding how, char* out);

// Appends `text` with %XX, in upper case, for every byte that is no ASCII letter, digit or one of `marks`:
// ("a/b c", "-._~") → "a%2Fb%20c".
void AppendPercentEncoded(std::string_view text, std::string_view marks, std::string& out);

// RFC 3986 section 2.3: what no reader of a URL takes for anything but itself.
inline constexpr std::string_view kUnreservedMarks = "-._~";

}  // namespace dragoman::transcoding
