#include "openapi/openapi.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.h"
#include "cli/load.h"
#include "cli/quick_config.h"
#include "cli/text.h"
#include "cli/write_file.h"
#include "config/load.h"

namespace dragoman::cli {
namespace {

int Write(const std::string& document, std::optional<std::string_view> path, std::ostream& out, std::ostream& err) {
  if (!path || *path == "-") {
    out << document << "\n";
    return kDone;
  }
  const std::string why = WriteFile(std::string(*path), document + "\n");
  if (why.empty()) return kDone;
  err << "dragoman openapi: " << *path << ": " << why << "\n";
  return kWrongInput;
}

int RunOpenApi(const Flags& flags, std::ostream& out, std::ostream& err) {
  auto config = LoadConfig(kOpenApi, flags, err);
  if (!config) return kWrongUsage;
  auto generation = std::move(*config).and_then([](config::Config loaded) {
    // Comments are kept for whoever describes the API.
    if (!loaded.openapi) loaded.openapi.emplace();
    return BuildGeneration(std::move(loaded));
  });
  if (!generation) {
    PrintProblems(generation.error(), err, flags.Has(kConfigFlag.name) ? kCheckShowsAll : "");
    return kWrongInput;
  }
  const tl::expected<std::string, std::string> document = openapi::Render(**generation);
  if (document) return Write(*document, flags.Find("output"), out, err);
  err << "dragoman openapi: the document would be " << document.error() << "\n";
  return kWrongInput;
}

constexpr Flag kFlags[] = {kConfigFlag,
                           kBackendFlag,
                           kDescriptorsFlag,
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
