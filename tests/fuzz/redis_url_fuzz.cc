// A URL of a Redis. What is understood can be connected to, and a refusal shows nothing of it.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "store/address.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto address = dragoman::store::ParseUrl({reinterpret_cast<const char*>(data), size});
  if (!address) {
    static std::set<std::string> refusals;  // there are few of them, whatever was refused
    refusals.insert(address.error());
    if (refusals.size() > 16) std::abort();
    return 0;
  }
  if (address->at.kind == dragoman::config::Address::Kind::kUnix) {
    if (address->at.path.empty()) std::abort();
  } else if (address->at.host.empty() || address->at.port == 0) {
    std::abort();
  }
  if (address->password.empty() && !address->user.empty()) std::abort();
  return 0;
}
