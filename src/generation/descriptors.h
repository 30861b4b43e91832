#pragma once

#include "config/config.h"
#include "generation/reflected.h"
#include "transcoding/schema.h"

namespace dragoman {

// Whether the descriptors may become others while the gateway serves: some backend is asked for its own, or files are watched.
bool MayChange(const config::Config& config);

// Reads every source that `config.descriptors` names, compiles those of `proto`, and merges them with what the backends of
// `reflection` have said. All problems: of every source, and of what could be merged.
enum class Reading { kOnce, kAgain };      // `kAgain`: now or later; what can be read but once is a problem then
enum class Silent { kProblem, kLeftOut };  // a backend that has not said what it serves
struct Loading {
  Reading reading = Reading::kOnce;
  Silent silent = Silent::kProblem;
};
tl::expected<transcoding::Schema, Problems> LoadSchema(const config::Config& config, const Fetched& fetched,
                                                       Loading how = {});

}  // namespace dragoman
