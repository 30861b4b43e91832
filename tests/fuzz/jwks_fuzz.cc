#include <cstdint>
#include <string_view>

#include "fuzz.h"
#include "jose/key_set.h"

using namespace dragoman::jose;

// Whatever a key set holds, what comes of it is bounded, serves something, and verifies no zeros.
using dragoman::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto set = KeySet::Parse({reinterpret_cast<const char*>(data), size});
  if (!set) {
    Require(!set.error().empty());
    return 0;
  }
  Require(set->keys().size() + set->foreign() + set->problems().size() <= KeySet::kMaxKeys);
  for (const auto& key : set->keys()) {
    Require(!key->algorithms().empty() && set->Has(*key));
    // One family only: no key serves with and without a secret.
    Require((key->algorithms() & kSymmetric).empty() != (key->algorithms() & kAsymmetric).empty());
    for (const size_t length : {size_t{0}, size_t{64}, size_t{96}, size_t{132}, size_t{256}}) {
      for (size_t i = 0; i < kAlgorithms; ++i) {
        Require(!key->Verify(static_cast<Algorithm>(i), "text", std::string(length, '\0')));
      }
    }
  }
  return 0;
}
