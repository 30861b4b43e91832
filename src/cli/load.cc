#include "cli/load.h"

#include <utility>

#include "cli/quick_config.h"
#include "cli/text.h"

namespace dragoman::cli {

std::optional<tl::expected<config::Config, Problems>> LoadConfig(const Command& command, const Flags& flags, std::ostream& err) {
  const std::optional<std::string_view> file = flags.Find(kConfigFlag.name);
  const std::optional<std::string_view> backend = flags.Find(kBackendFlag.name);
  std::optional<std::string> descriptors;
  if (const auto path = flags.Find(kDescriptorsFlag.name)) descriptors.emplace(*path);
  if (file.has_value() == (backend || descriptors)) {
    ReportUsage(command, file ? "--config stands alone: the file says what --backend and --descriptors would" : "expected --config FILE, --backend HOST:PORT or --descriptors PATH",
                err);
    return std::nullopt;
  }
  if (file) return LoadConfigFile(std::string(*file));
  // Who has descriptors calls nobody, so that any backend will do.
  tl::expected<config::Config, std::string> config = QuickConfig(std::string(backend.value_or("127.0.0.1:1")), descriptors, config::Listener().address);
  if (config) return *std::move(config);
  ReportUsage(command, config.error(), err);
  return std::nullopt;
}

tl::expected<GenerationPtr, Problems> ReadGeneration(const std::string& path) {
  return LoadConfigFile(path).and_then([](config::Config config) { return BuildGeneration(std::move(config)); });
}

tl::expected<GenerationPtr, int> LoadGeneration(const Command& command, const Flags& flags, std::ostream& err) {
  const std::optional<std::string_view> path = flags.Find(kConfigFlag.name);
  if (!path) return tl::unexpected(ReportUsage(command, "--config FILE is missing", err));
  auto generation = ReadGeneration(std::string(*path));
  if (generation) return *std::move(generation);
  PrintProblems(generation.error(), err, kCheckShowsAll);
  return tl::unexpected(kWrongInput);
}

}  // namespace dragoman::cli
