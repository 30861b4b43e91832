#include "openapi/openapi.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.h"
#include "cli/load.h"
#include "cli/quick_config.h"
#include "cli/text.h"
#include "config/load.h"

namespace dragoman::cli {
namespace {

using Loaded = tl::expected<config::Config, Problems>;

// The configuration of --config, or what --backend and --descriptors mean without one. Nothing: the flags are wrong, and `err` says so.
std::optional<Loaded> LoadConfig(const Flags& flags, std::ostream& err) {
  const std::optional<std::string_view> file = flags.Find(kConfigFlag.name);
  const std::optional<std::string_view> backend = flags.Find("backend");
  std::optional<std::string> descriptors;
  if (const auto path = flags.Find("descriptors")) descriptors.emplace(*path);
  if (file.has_value() == (backend || descriptors)) {
    ReportUsage(kOpenApi, file ? "--config stands alone: the file says what --backend and --descriptors would" : "expected --config FILE, --backend HOST:PORT or --descriptors PATH",
                err);
    return std::nullopt;
  }
  if (file) return config::LoadFile(std::string(*file));
  // Who has descriptors calls nobody, so that any backend will do.
  tl::expected<config::Config, std::string> config = QuickConfig(std::string(backend.value_or("127.0.0.1:1")), descriptors, config::Listener().address);
  if (config) return *std::move(config);
  ReportUsage(kOpenApi, config.error(), err);
  return std::nullopt;
}

int Write(const std::string& document, std::optional<std::string_view> path, std::ostream& out, std::ostream& err) {
  if (!path || *path == "-") {
    out << document << "\n";
    return kDone;
  }
  std::ofstream file{std::string(*path), std::ios::binary};
  file << document << "\n";
  file.close();
  if (file) return kDone;
  err << "dragoman openapi: cannot write " << *path << ": " << std::strerror(errno) << "\n";
  return kWrongInput;
}

int RunOpenApi(const Flags& flags, std::ostream& out, std::ostream& err) {
  std::optional<Loaded> config = LoadConfig(flags, err);
  if (!config) return kWrongUsage;
  auto generation = std::move(*config).and_then([](config::Config loaded) {
    // Comments are kept for whoever describes the API.
    if (!loaded.openapi) loaded.openapi.emplace();
    return BuildGeneration(std::move(loaded));
  });
  if (!generation) {
    PrintProblems(generation.error(), err);
    return kWrongInput;
  }
  const tl::expected<std::string, std::string> document = openapi::Render(**generation);
  if (document) return Write(*document, flags.Find("output"), out, err);
  err << "dragoman openapi: the document would be " << document.error() << "\n";
  return kWrongInput;
}

constexpr Flag kFlags[] = {kConfigFlag,
                           {"backend", "ADDRESS", "without a file: the gRPC server, which is asked (reflection)"},
                           {"descriptors", "PATH", "without a file: a FileDescriptorSet, a folder of .proto files, or one such file"},
                           {"output", "FILE", "where it goes; default: standard output"}};

}  // namespace

constexpr Command kOpenApi = {
    .name = "openapi",
    .summary = "Writes the OpenAPI 3.1 document of what is served.",
    .usage = "openapi --config FILE [--output FILE]\nopenapi --backend ADDRESS [--output FILE]\nopenapi --descriptors PATH [--output FILE]",
    .details = "It is what a gateway with the same configuration serves at /openapi.json, where `openapi: {}` is configured. Comments of .proto\n"
               "files are in it; those of descriptor sets where they were made with --include_source_info.",
    .flags = kFlags,
    .run = &RunOpenApi};

}  // namespace dragoman::cli
