// An Accept or Accept-Encoding of any bytes: each weight is one, and one more item counts, whatever stands in front of
// it.
#include <cstdint>
#include <string>
#include <string_view>

#include "exchange/accept.h"
#include "fuzz.h"

using dragoman::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using dragoman::QualityOfCoding;
  using dragoman::QualityOfMediaType;
  const std::string value(reinterpret_cast<const char*>(data), size);
  for (const char* coding : {"gzip", "br", "identity"}) {
    const int quality = QualityOfCoding(value, coding);
    Require(quality >= 0 && quality <= 1000);
  }
  for (const char* type : {"application/json", "text/event-stream"}) {
    const int quality = QualityOfMediaType(value, type);
    Require(quality >= 0 && quality <= 1000);
  }
  if (value.find('"') != std::string::npos) return 0;  // one that is not closed takes what follows
  Require(QualityOfCoding(value + ",br", "br") == 1000);
  Require(QualityOfMediaType(value + ", text/event-stream;q=1", "text/event-stream") == 1000);
  return 0;
}
