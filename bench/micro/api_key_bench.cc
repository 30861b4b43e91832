// API keys of very many consumers: finding one, with and without hashing it, and what they take of memory.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "auth/api_keys.h"
#include "auth/consumers.h"

namespace {

using namespace dragoman::auth;

constexpr size_t kConsumers = 1'000'000;

size_t HeapBytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// A million consumers with a key each: "key 0" …
struct Million {
  Million() : directory({}), table(kConsumers) {
    for (size_t i = 0; i < kConsumers; ++i) {
      const Consumer& consumer = directory.Add({.name = "consumer-" + std::to_string(i), .tenant = "tenant-7"});
      table.Add({.digest = Sha256Of("key " + std::to_string(i)), .consumer = &consumer});
    }
    bytes = HeapBytes() - before;
  }
  static const Million& Get() {
    static const Million million;
    return million;
  }

  size_t before = HeapBytes();
  ConsumerDirectory directory;
  ApiKeyTable table;
  size_t bytes = 0;
};

// Keys in an order that no cache foresees.
class Keys {
 public:
  Keys() {
    uint64_t at = 1;
    for (std::string& key : keys_) {
      at = at * 6364136223846793005u + 1442695040888963407u;
      key = "key " + std::to_string((at >> 20) % kConsumers);
    }
    for (size_t i = 0; i < keys_.size(); ++i) digests_[i] = Sha256Of(keys_[i]);
  }
  const std::string& key(size_t i) const { return keys_[i % keys_.size()]; }
  const Sha256& digest(size_t i) const { return digests_[i % digests_.size()]; }

 private:
  std::vector<std::string> keys_ = std::vector<std::string>(1 << 16);
  std::vector<Sha256> digests_ = std::vector<Sha256>(1 << 16);
};

void FindOfAMillion(benchmark::State& state) {
  const Million& million = Million::Get();
  const Keys keys;
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(million.table.Find(keys.digest(i++)));
  state.counters["bytes_per_consumer"] = static_cast<double>(million.bytes) / kConsumers;
}
BENCHMARK(FindOfAMillion);

void VerifyOfAMillion(benchmark::State& state) {
  ApiKeyScheme scheme(Million::Get().table, "ApiKey");
  const Keys keys;
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(scheme.TryVerify(keys.key(i++), 1));
}
BENCHMARK(VerifyOfAMillion);

void HashAlone(benchmark::State& state) {
  const Keys keys;
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(Sha256Of(keys.key(i++)));
}
BENCHMARK(HashAlone);

}  // namespace
