#pragma once

#include <nghttp2/nghttp2.h>

namespace dragoman::upstream {

// nghttp2's memory from BlockPool: a stream's bookkeeping (four pieces) comes and goes with every call.
nghttp2_mem* SessionMemory();

}  // namespace dragoman::upstream
