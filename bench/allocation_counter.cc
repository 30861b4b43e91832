// Counts heap allocations by who asked for them, in a program that it is preloaded into (LD_PRELOAD). bench/allocations runs it.
//
// SIGUSR2 begins to count, the second one ends it and writes to the file that ALLOCATION_COUNTER_OUT names one line per caller:
// `COUNT MODULE OFFSET`, where MODULE is the first one on the stack that is neither the C nor the C++ library.

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" void* __libc_malloc(size_t);
extern "C" void* __libc_calloc(size_t, size_t);
extern "C" void* __libc_realloc(void*, size_t);

namespace {

constexpr size_t kCallers = 4096;
struct Caller {
  std::atomic<uintptr_t> address;
  std::atomic<uint64_t> count;
};
std::array<Caller, kCallers> callers;
std::atomic<bool> counting = false;
thread_local bool inside = false;

bool IsRuntime(const char* module) { return std::strstr(module, "libc.so") || std::strstr(module, "libstdc++") || std::strstr(module, "liballocation_counter"); }

void Count() {
  if (!counting.load(std::memory_order_relaxed) || inside) return;
  inside = true;
  std::array<void*, 12> stack;
  const int depth = backtrace(stack.data(), stack.size());
  for (int i = 1; i < depth; ++i) {
    Dl_info info;
    if (!dladdr(stack[i], &info) || !info.dli_fname || IsRuntime(info.dli_fname)) continue;
    const auto address = reinterpret_cast<uintptr_t>(stack[i]);
    for (size_t probe = address % kCallers;; probe = (probe + 1) % kCallers) {
      uintptr_t none = 0;
      if (callers[probe].address == address || callers[probe].address.compare_exchange_strong(none, address) || none == address) {
        ++callers[probe].count;
        break;
      }
    }
    break;
  }
  inside = false;
}

void Toggle(int) {
  if (!counting.exchange(true)) return;
  counting = false;
  FILE* out = std::fopen(std::getenv("ALLOCATION_COUNTER_OUT"), "w");
  if (!out) return;
  for (const Caller& caller : callers) {
    Dl_info info;
    if (caller.count == 0 || !dladdr(reinterpret_cast<void*>(caller.address.load()), &info)) continue;
    std::fprintf(out, "%lu %s 0x%lx\n", caller.count.load(), info.dli_fname, caller.address - reinterpret_cast<uintptr_t>(info.dli_fbase) - 1);
  }
  std::fclose(out);
}

__attribute__((constructor)) void Begin() {
  void* warm[1];
  backtrace(warm, 1);  // loads what it needs now
  struct sigaction action {};
  action.sa_handler = &Toggle;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR2, &action, nullptr);
}

}  // namespace

extern "C" void* malloc(size_t size) {
  Count();
  return __libc_malloc(size);
}
extern "C" void* calloc(size_t number, size_t size) {
  Count();
  return __libc_calloc(number, size);
}
extern "C" void* realloc(void* memory, size_t size) {
  Count();
  return __libc_realloc(memory, size);
}
