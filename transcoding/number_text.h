#pragma once

#include <cstdint>

#include "transcoding/buffer.h"

// Numbers → text, as JSON has them.
namespace dragoman::transcoding {

void AppendDecimal(int64_t value, Buffer& out);
void AppendDecimal(uint64_t value, Buffer& out);

// The shortest text that reads back as the same number: 1, 0.1, 1e+20, -0; NaN and the infinities as strings, quotes
// included.
void AppendFloating(double value, Buffer& out);
void AppendFloating(float value, Buffer& out);

}  // namespace dragoman::transcoding
