#include "openapi/openapi.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "cli/command.h"
#include "cli/load.h"
#include "cli/quick_config.h"
#include "cli/text.h"
#include "config/load.h"

namespace dragoman::cli {
namespace {

using Loaded = tl::expected<config::Config, Problems>;

// The configuration of --config, or what --descriptors means without one. Nothing: the flags are wrong, and `err` says so.
std::optional<Loaded> LoadConfig(const Flags& flags, std::ostream& err) {
  const std::optional<std::string_view> file = flags.Find(kConfigFlag.name);
  const std::optional<std::string_view> descriptors = flags.Find("descriptors");
  if (file.has_value() == descriptors.has_value()) {
    ReportUsage(kOpenApi, file ? "--descriptors beside --config; expected one of them" : "--config FILE is missing, or --descriptors PATH", err);
    return std::nullopt;
  }
  if (file) return config::LoadFile(std::string(*file));
  // Nobody is called, so that any backend will do.
  tl::expected<config::Config, std::string> config = QuickConfig("127.0.0.1:1", std::string(*descriptors), "127.0.0.1:0");
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
  return Write(openapi::Render(**generation), flags.Find("output"), out, err);
}

constexpr Flag kFlags[] = {kConfigFlag,
                           {"descriptors", "PATH", "instead of a configuration: a FileDescriptorSet, a folder of .proto files, or one such file"},
                           {"output", "FILE", "where it goes; default: standard output"}};

}  // namespace

constexpr Command kOpenApi = {
    .name = "openapi",
    .summary = "Writes the OpenAPI 3.1 document of what is served.",
    .usage = "openapi --config FILE [--output FILE]\nopenapi --descriptors PATH [--output FILE]",
    .details = "It is what a gateway with the same configuration serves at /openapi.json, where `openapi: {}` is configured. Comments of .proto\n"
               "files are in it; those of descriptor sets where they were made with --include_source_info.",
    .flags = kFlags,
    .run = &RunOpenApi};

}  // namespace dragoman::cli
