#include "cli/load.h"

#include <utility>

#include "cli/text.h"
#include "config/load.h"

namespace dragoman::cli {

tl::expected<GenerationPtr, Problems> ReadGeneration(const std::string& path, Build build) {
  return config::LoadFile(path).and_then(build);
}

tl::expected<GenerationPtr, int> LoadGeneration(const Command& command, const Flags& flags, std::ostream& err, Build build) {
  const std::optional<std::string_view> path = flags.Find(kConfigFlag.name);
  if (!path) return tl::unexpected(ReportUsage(command, "--config FILE is missing", err));
  auto generation = ReadGeneration(std::string(*path), build);
  if (generation) return *std::move(generation);
  PrintProblems(generation.error(), err);
  return tl::unexpected(kWrongInput);
}

}  // namespace dragoman::cli
