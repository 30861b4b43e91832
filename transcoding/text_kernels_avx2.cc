#include "transcoding/text_kernels_avx2.h"

#include "transcoding/json_blocks.h"

#if DRAGOMAN_SSE2

#include <immintrin.h>

// The functions that may run only where the processor has been asked. What they call of ours is compiled as they are.
#define DRAGOMAN_AVX2 __attribute__((target("avx2,bmi")))
#define DRAGOMAN_AVX2_INLINE DRAGOMAN_AVX2 __attribute__((always_inline)) inline

namespace dragoman::transcoding {
namespace {

constexpr ptrdiff_t kStep = 32;  // bytes
static_assert(kCopySlack >= kStep);

DRAGOMAN_AVX2_INLINE __m256i Load(const char* at) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)); }

DRAGOMAN_AVX2_INLINE void Store(char* to, __m256i bytes) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes); }

DRAGOMAN_AVX2_INLINE uint32_t MaskOf(__m256i bytes) { return static_cast<uint32_t>(_mm256_movemask_epi8(bytes)); }

DRAGOMAN_AVX2_INLINE __m256i All(int byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }

// The same sixteen bytes in both halves, which byte shuffles treat apart.
DRAGOMAN_AVX2_INLINE __m256i Twice(__m128i half) { return _mm256_broadcastsi128_si256(half); }

DRAGOMAN_AVX2_INLINE uint32_t SpecialMask(__m256i bytes) {
  const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, All(0x1F)), bytes);
  const __m256i quote = _mm256_cmpeq_epi8(bytes, All('"'));
  const __m256i backslash = _mm256_cmpeq_epi8(bytes, All('\\'));
  return MaskOf(_mm256_or_si256(control, _mm256_or_si256(quote, backslash)));
}

// One step of the loops over plain characters: how many of its bytes stand before the first special one.
DRAGOMAN_AVX2_INLINE int PlainBytes(__m256i bytes, uint32_t& high) {
  const uint32_t special = SpecialMask(bytes);
  const uint32_t above = MaskOf(bytes);
  if (special == 0) {
    high |= above;
    return kStep;
  }
  const int count = std::countr_zero(special);
  high |= above & ((uint32_t{1} << count) - 1);
  return count;
}

// What both loops have in common; `to` is not used where nothing is copied.
template <bool kCopying>
DRAGOMAN_AVX2_INLINE const char* PassPlain(const char* at, const char* end, char* to, uint32_t& high) {
  const bool short_text = end - at < kStep;
  for (; end - at >= kStep; at += kStep, to += kCopying ? kStep : 0) {
    const __m256i bytes = Load(at);
    if constexpr (kCopying) Store(to, bytes);
    if (const int count = PlainBytes(bytes, high); count != kStep) return at + count;
  }
  const ptrdiff_t left = end - at;
  if (left == 0) return end;
  if (!short_text) {
    // The last step overlaps the one before it, which is plain.
    const __m256i bytes = Load(end - kStep);
    if constexpr (kCopying) Store(to + left - kStep, bytes);
    return end - kStep + PlainBytes(bytes, high);
  }
  char alone[kStep];
  std::memset(alone, '"', sizeof alone);
  std::memcpy(alone, at, static_cast<size_t>(left));
  const __m256i bytes = Load(alone);
  if constexpr (kCopying) Store(to, bytes);
  return at + PlainBytes(bytes, high);  // the quote behind the text ends it
}

DRAGOMAN_AVX2 const char* FindSpecial(const char* at, const char* end, uint32_t& high) {
  return PassPlain<false>(at, end, nullptr, high);
}

DRAGOMAN_AVX2 const char* CopyPlain(const char* at, const char* end, char* to, uint32_t& high) {
  return PassPlain<true>(at, end, to, high);
}

// UTF-8 by three tables of sixteen: what a byte and the one before it cannot be together. Each bit is one way to be
// wrong, and it is wrong in that way where all three tables have the bit: by the upper half of the earlier byte, by its
// lower half, by the upper half of the later one.
// Spec: J. Keiser, D. Lemire, "Validating UTF-8 in less than one instruction per byte", 2020.
namespace fault {
constexpr uint8_t kTooShort = 1 << 0;          // a first byte, and no continuation behind it
constexpr uint8_t kTooLong = 1 << 1;           // ASCII, and a continuation behind it
constexpr uint8_t kOverlong3 = 1 << 2;         // E0 80…9F
constexpr uint8_t kTooLarge = 1 << 3;          // F4 90…BF, F5…FF and any continuation from 90 on
constexpr uint8_t kSurrogate = 1 << 4;         // ED A0…BF
constexpr uint8_t kOverlong2 = 1 << 5;         // C0, C1
constexpr uint8_t kOverlong4 = 1 << 6;         // F0 80…8F; and F5…FF 80…8F, which is too large
constexpr uint8_t kTwoContinuations = 1 << 7;  // right where a longer character goes on, and nowhere else
constexpr uint8_t kByFirstOnly = kTooShort | kTooLong | kTwoContinuations;
}  // namespace fault

DRAGOMAN_AVX2_INLINE __m256i Look(const uint8_t (&table)[16], __m256i nibbles) {
  return _mm256_shuffle_epi8(Twice(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table))), nibbles);
}

DRAGOMAN_AVX2_INLINE __m256i UpperHalves(__m256i bytes) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), All(0x0F));
}

// `bytes` as they stand kCount places earlier, the last ones of `before` in front.
template <int kCount>
DRAGOMAN_AVX2_INLINE __m256i Earlier(__m256i bytes, __m256i before) {
  return _mm256_alignr_epi8(bytes, _mm256_permute2x128_si256(before, bytes, 0x21), 16 - kCount);
}

// Other than zero where something is wrong with `bytes`, given those before them.
DRAGOMAN_AVX2_INLINE __m256i Utf8Faults(__m256i bytes, __m256i before) {
  using namespace fault;
  static constexpr uint8_t kFirstUpper[16] = {kTooLong,
                                              kTooLong,
                                              kTooLong,
                                              kTooLong,
                                              kTooLong,
                                              kTooLong,
                                              kTooLong,
                                              kTooLong,  // ASCII
                                              kTwoContinuations,
                                              kTwoContinuations,
                                              kTwoContinuations,
                                              kTwoContinuations,  // 8…B
                                              kTooShort | kOverlong2,
                                              kTooShort,  // C, D
                                              kTooShort | kOverlong3 | kSurrogate,
                                              kTooShort | kTooLarge | kOverlong4};                  // E, F
  static constexpr uint8_t kFirstLower[16] = {kByFirstOnly | kOverlong3 | kOverlong2 | kOverlong4,  // C0, E0, F0
                                              kByFirstOnly | kOverlong2,                            // C1
                                              kByFirstOnly,
                                              kByFirstOnly,
                                              kByFirstOnly | kTooLarge,  // F4
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4 | kSurrogate,  // ED, FD
                                              kByFirstOnly | kTooLarge | kOverlong4,
                                              kByFirstOnly | kTooLarge | kOverlong4};
  constexpr uint8_t kContinuation = kTooLong | kOverlong2 | kTwoContinuations;
  static constexpr uint8_t kSecondUpper[16] = {kTooShort,
                                               kTooShort,
                                               kTooShort,
                                               kTooShort,
                                               kTooShort,
                                               kTooShort,
                                               kTooShort,
                                               kTooShort,                                // ASCII
                                               kContinuation | kOverlong3 | kOverlong4,  // 80…8F
                                               kContinuation | kOverlong3 | kTooLarge,   // 90…9F
                                               kContinuation | kSurrogate | kTooLarge,
                                               kContinuation | kSurrogate | kTooLarge,  // A0…BF
                                               kTooShort,
                                               kTooShort,
                                               kTooShort,
                                               kTooShort};  // a first byte
  const __m256i earlier = Earlier<1>(bytes, before);
  const __m256i faults = _mm256_and_si256(_mm256_and_si256(Look(kFirstUpper, UpperHalves(earlier)),
                                                           Look(kFirstLower, _mm256_and_si256(earlier, All(0x0F)))),
                                          Look(kSecondUpper, UpperHalves(bytes)));
  // The third byte of three and four, the fourth of four: two continuations in a row belong there, and nowhere else.
  const __m256i third = _mm256_subs_epu8(Earlier<2>(bytes, before), All(0xE0 - 0x80));
  const __m256i fourth = _mm256_subs_epu8(Earlier<3>(bytes, before), All(0xF0 - 0x80));
  const __m256i goes_on = _mm256_and_si256(_mm256_or_si256(third, fourth), All(0x80));
  return _mm256_xor_si256(goes_on, faults);
}

DRAGOMAN_AVX2 bool IsUtf8(std::string_view text) {
  __m256i faults = _mm256_setzero_si256();
  __m256i before = _mm256_setzero_si256();
  bool plain_before = true;  // `before` is ASCII, so that nothing of it goes on
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; end - at >= kStep; at += kStep) {
    const __m256i bytes = Load(at);
    const bool plain = MaskOf(bytes) == 0;
    if (!plain || !plain_before) faults = _mm256_or_si256(faults, Utf8Faults(bytes, before));
    before = bytes;
    plain_before = plain;
  }
  // The end, and zeros behind it, before which no character may be open.
  char last[kStep] = {};
  std::memcpy(last, at, static_cast<size_t>(end - at));
  faults = _mm256_or_si256(faults, Utf8Faults(Load(last), before));
  return _mm256_testz_si256(faults, faults) != 0;
}

// Spec: W. Muła, D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", 2018.
DRAGOMAN_AVX2 size_t EncodeBase64(std::string_view bytes, char* to) {
  constexpr size_t kTaken = 24;
  constexpr size_t kSecondHalf = 12;  // bytes that either half of the register takes
  // Each three bytes as four: second, first, third, second; so that two multiplications move every six bits to their
  // place.
  const __m256i order = Twice(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  // What is added to a digit to make it a character: by kind of digit.
  const __m256i shifts = Twice(_mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                             '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0));
  size_t taken = 0;
  for (; bytes.size() - taken >= kSecondHalf + kBlock; taken += kTaken, to += kStep) {
    const char* const at = bytes.data() + taken;
    const __m256i halves =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))),
                                _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + kSecondHalf)), 1);
    const __m256i groups = _mm256_shuffle_epi8(halves, order);
    const __m256i odd =
        _mm256_mulhi_epu16(_mm256_and_si256(groups, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
    const __m256i even =
        _mm256_mullo_epi16(_mm256_and_si256(groups, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
    const __m256i digits = _mm256_or_si256(odd, even);
    // The kind: 13 of A…Z, 0 of a…z, 1 to 10 of the figures, 11 and 12 of the last two.
    const __m256i capital = _mm256_cmpgt_epi8(All(26), digits);
    const __m256i kind = _mm256_or_si256(_mm256_subs_epu8(digits, All(51)), _mm256_and_si256(capital, All(13)));
    Store(to, _mm256_add_epi8(digits, _mm256_shuffle_epi8(shifts, kind)));
  }
  return taken;
}

// Where `bytes` are from `first` to `last`, both ASCII.
DRAGOMAN_AVX2_INLINE __m256i Between(__m256i bytes, char first, char last) {
  return _mm256_and_si256(_mm256_cmpgt_epi8(bytes, All(first - 1)), _mm256_cmpgt_epi8(All(last + 1), bytes));
}

DRAGOMAN_AVX2_INLINE __m256i Either(__m256i bytes, char one, char other) {
  return _mm256_or_si256(_mm256_cmpeq_epi8(bytes, All(one)), _mm256_cmpeq_epi8(bytes, All(other)));
}

DRAGOMAN_AVX2 size_t DecodeBase64(std::string_view text, char* to) {
  constexpr size_t kWritten = 24;
  constexpr size_t kSpare = 12;  // characters behind a step, for whose bytes there is room: a step writes 32
  const __m256i order = Twice(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  const __m256i together = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  size_t taken = 0;
  for (; text.size() - taken >= kStep + kSpare; taken += kStep, to += kWritten) {
    const __m256i characters = Load(text.data() + taken);
    const __m256i capital = Between(characters, 'A', 'Z');
    const __m256i small = Between(characters, 'a', 'z');
    const __m256i figure = Between(characters, '0', '9');
    const __m256i plus = Either(characters, '+', '-');
    const __m256i slash = Either(characters, '/', '_');
    const __m256i letter = _mm256_or_si256(capital, small);
    const __m256i last_two = _mm256_or_si256(plus, slash);
    if (MaskOf(_mm256_or_si256(_mm256_or_si256(letter, figure), last_two)) != UINT32_MAX) break;
    const __m256i shift =
        _mm256_or_si256(_mm256_or_si256(_mm256_and_si256(capital, All(-'A')), _mm256_and_si256(small, All(26 - 'a'))),
                        _mm256_and_si256(figure, All(52 - '0')));
    const __m256i shifted = _mm256_add_epi8(characters, shift);
    const __m256i ends = _mm256_or_si256(_mm256_and_si256(plus, All(62)), _mm256_and_si256(slash, All(63)));
    const __m256i digits = _mm256_blendv_epi8(shifted, ends, last_two);
    const __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi32(0x01400140));  // 12 bits in 16
    const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));     // 24 bits in 32
    Store(to, _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, order), together));
  }
  return taken;
}

constexpr TextKernels kAvx2 = {.name = "avx2",
                               .find_special = FindSpecial,
                               .copy_plain = CopyPlain,
                               .is_utf8 = IsUtf8,
                               .encode_base64 = EncodeBase64,
                               .decode_base64 = DecodeBase64};

}  // namespace

const TextKernels* Avx2Kernels() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") ? &kAvx2 : nullptr;
}

}  // namespace dragoman::transcoding

#else

namespace dragoman::transcoding {

const TextKernels* Avx2Kernels() { return nullptr; }

}  // namespace dragoman::transcoding

#endif
