#include "transcoding/text_kernels.h"

#include <vector>

#include "transcoding/base64.h"
#include "transcoding/json_blocks.h"
#include "transcoding/text_kernels_avx2.h"
#include "transcoding/utf8.h"

namespace dragoman::transcoding {
namespace {

bool IsSpecial(char c) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }

template <typename AnyBlock>
const char* FindSpecial(const char* at, const char* end, uint32_t& high) {
  for (; static_cast<size_t>(end - at) >= kBlock; at += kBlock) {
    const AnyBlock block = AnyBlock::Load(at);
    const uint32_t special = block.Special();
    if (special != 0) {
      const int count = std::countr_zero(special);
      high |= block.High() & ((1U << count) - 1);
      return at + count;
    }
    high |= block.High();
  }
  for (; at != end && !IsSpecial(*at); ++at) high |= static_cast<uint8_t>(*at) & 0x80U;
  return at;
}

template <typename AnyBlock>
const char* CopyPlain(const char* at, const char* end, char* to, uint32_t& high) {
  for (; static_cast<size_t>(end - at) >= kBlock; at += kBlock, to += kBlock) {
    const AnyBlock block = AnyBlock::Load(at);
    block.Store(to);
    const uint32_t special = block.Special();
    if (special != 0) {
      const int count = std::countr_zero(special);
      high |= block.High() & ((1U << count) - 1);
      return at + count;
    }
    high |= block.High();
  }
  for (; at != end && !IsSpecial(*at); ++at) {
    high |= static_cast<uint8_t>(*at) & 0x80U;
    *to++ = *at;
  }
  return at;
}

size_t TakeNothing(std::string_view, char*) { return 0; }

template <typename AnyBlock>
constexpr TextKernels Plain(const char* name) {
  return {.name = name,
          .find_special = FindSpecial<AnyBlock>,
          .copy_plain = CopyPlain<AnyBlock>,
          .is_utf8 = IsUtf8ByCharacters,
          .encode_base64 = TakeNothing,
          .decode_base64 = TakeNothing};
}

constexpr TextKernels kPortable = Plain<PortableBlock>("portable");
#if DRAGOMAN_SSE2
constexpr TextKernels kSse2 = Plain<Sse2Block>("sse2");
#endif

std::vector<const TextKernels*> FindAll() {
  std::vector<const TextKernels*> all = {&kPortable};
#if DRAGOMAN_SSE2
  all.push_back(&kSse2);
#endif
  if (const TextKernels* avx2 = Avx2Kernels()) all.push_back(avx2);
  return all;
}

}  // namespace

std::span<const TextKernels* const> AllKernels() {
  static const std::vector<const TextKernels*> kAll = FindAll();
  return kAll;
}

const TextKernels& Kernels() {
  static const TextKernels& best = *AllKernels().back();
  return best;
}

}  // namespace dragoman::transcoding
