#pragma once

#include "transcoding/text_kernels.h"

namespace dragoman::transcoding {

// The loops with AVX2, 32 bytes a step; null where the processor has none, or none is known of.
const TextKernels* Avx2Kernels();

}  // namespace dragoman::transcoding
