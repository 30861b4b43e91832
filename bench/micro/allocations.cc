#include "allocations.h"

#include <cstdlib>
#include <new>

namespace {

uint64_t allocations = 0;  // the benchmarks have one thread

void* Counted(size_t size) {
  ++allocations;
  void* memory = std::malloc(size ? size : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

namespace bench {

uint64_t Allocations() { return allocations; }

}  // namespace bench

void* operator new(size_t size) { return Counted(size); }
void* operator new[](size_t size) { return Counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
