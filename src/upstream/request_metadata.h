#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::upstream {

// Only 0x20…0x7e, as the values of gRPC metadata and the paths of methods.
bool IsPrintable(std::string_view text);

// Errors: kInvalidRequest for a name that gRPC does not allow or that the head of a call has already, and for a value
// that is not printable. Spec: PROTOCOL-HTTP2, "Custom-Metadata".
Status CheckMetadata(const Header& entry);

// What becomes of a name in HPACK's table (RFC 7541, 6.2), where entries that are not used again push out those that are.
enum class Indexing {
  kAlways,   // its value is that of call after call
  kRepeats,  // its value is another for each request; the calls of one request share it
  kNever,    // it is secret, or another for each call
};
Indexing IndexingOf(std::string_view name);

// What a connection has sent last of the names that are kRepeats.
class SentValues {
 public:
  // True where the entry belongs into HPACK's table: the value is that of the call before, or the name is not there yet.
  // Remembers the value.
  bool Repeats(std::string_view name, std::string_view value);

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace dragoman::upstream
