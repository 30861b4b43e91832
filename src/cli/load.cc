#include "cli/load.h"

#include <utility>

#include "cli/text.h"
#include "config/load.h"

namespace dragoman::cli {

tl::expected<std::shared_ptr<const Generation>, Problems> ReadGeneration(const std::string& path) {
  return config::LoadFile(path).and_then([](config::Config config) { return BuildGeneration(std::move(config)); });
}

tl::expected<std::shared_ptr<const Generation>, int> LoadGeneration(const Command& command, const Flags& flags,
                                                                             std::ostream& err) {
  const std::optional<std::string_view> path = flags.Find(kConfigFlag.name);
  if (!path) return tl::unexpected(ReportUsage(command, "--config FILE is missing", err));
  auto generation = ReadGeneration(std::string(*path));
  if (generation) return *std::move(generation);
  PrintProblems(generation.error(), err);
  return tl::unexpected(kWrongInput);
}

}  // namespace dragoman::cli
