#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::upstream {

// Only 0x20…0x7e, as the values of gRPC metadata and the paths of methods.
bool IsPrintable(std::string_view text);

// Errors: kInvalidRequest for a name that gRPC does not allow or that the head of a call has already, and for a value
// that is not printable. Spec: PROTOCOL-HTTP2, "Custom-Metadata".
Status CheckMetadata(const Header& entry);

// What becomes of a name in HPACK's table (RFC 7541, 6.2), where entries that are not used again push out those that
// are.
enum class Indexing {
  kAlways,   // its value is that of call after call
  kRepeats,  // its value is another for each request; the calls of one request share it
  kNever,    // it is secret, or another for each call
};
Indexing IndexingOf(std::string_view name);

// What a connection has sent last of the names that are kRepeats.
class SentValues {
 public:
  // A value belongs into HPACK's table once it was sent so often in a row: the calls of a for_each share theirs, where
  // an entry for each request of a few calls would push out what all requests need.
  static constexpr int kOften = 4;

  // True where the entry belongs there, or its name is not there yet. Remembers the value.
  bool Repeats(std::string_view name, std::string_view value);

 private:
  struct Sent {
    std::string name;
    std::string value;
    int times = 1;
  };
  std::vector<Sent> values_;
};

}  // namespace dragoman::upstream
