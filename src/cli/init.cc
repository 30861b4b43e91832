#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/listed.h"
#include "cli/command.h"
#include "cli/quick_config.h"
#include "cli/starter_config.h"
#include "cli/text.h"
#include "cli/write_file.h"
#include "config/load.h"
#include "generation/generation.h"
#include "lint/lint.h"
#include "transcoding/quote.h"

namespace dragoman::cli {
namespace {

constexpr std::string_view kSomeBackend = "127.0.0.1:50051";

// What there is of services where none has a method.
std::string WhatIsThere(const transcoding::Schema& schema) {
  constexpr size_t kShown = 5;
  std::vector<std::string> names;
  for (const auto* service : schema.services()) names.push_back(service->full_name());
  return "nothing that could be served in " + Listed(names, kShown) +
         ": services without methods; name the files of the services meant";
}

// What `check` will say of it, which comes from the descriptors. `name`: as it is called there.
int Tell(const std::string& name, const std::string& text, std::ostream& err) {
  auto generation = config::LoadText(name, text).and_then([](config::Config config) { return BuildGeneration(std::move(config)); });
  if (!generation) {
    PrintProblems(generation.error(), err);
    return kWrongInput;
  }
  if (const size_t found = lint::Lint(**generation).size(); found > 0) {
    err << Counted(found, "finding") << " about what the descriptors say themselves: `dragoman check` lists what they are\n";
  }
  return kDone;
}

int RunInit(const Flags& flags, std::ostream& out, std::ostream& err) {
  const auto value = [&](std::string_view name) {
    const std::optional<std::string_view> found = flags.Find(name);
    return found ? std::optional<std::string>(*found) : std::nullopt;
  };
  const std::optional<std::string> backend = value("backend");
  const std::optional<std::string> descriptors = value("descriptors");
  const std::optional<std::string> output = value("output");
  if (!backend && !descriptors) return ReportUsage(kInit, "expected --descriptors PATH or --backend ADDRESS", err);
  if (flags.Has("force") && !output) return ReportUsage(kInit, "--force without --output FILE", err);
  std::error_code unknown;
  if (output && !flags.Has("force") && std::filesystem::exists(*output, unknown)) {
    err << *output << ": exists already; --force overwrites it\n";
    return kWrongInput;
  }
  auto quick = QuickConfig(backend.value_or(std::string(kSomeBackend)), descriptors, config::Listener().address);
  if (!quick) return ReportUsage(kInit, quick.error(), err);
  const auto found = BuildGeneration(*std::move(quick));
  if (!found) {
    PrintProblems(found.error(), err);
    return kWrongInput;
  }
  if ((*found)->router.routes().empty()) {
    err << (descriptors ? *descriptors : *backend) << ": " << WhatIsThere((*found)->schema) << "\n";
    return kWrongInput;
  }
  const std::string text = StarterConfig(**found, output ? std::filesystem::path(*output).parent_path().string() : std::string());
  if (const int failed = Tell(output.value_or("dragoman.yaml"), text, err); failed != kDone) return failed;
  if (!output) {
    out << text;
    return kDone;
  }
  if (const std::string why = WriteFile(*output, text, flags.Has("force") ? Existing::kReplace : Existing::kKeep); !why.empty()) {
    err << *output << ": " << why << "\n";
    return kWrongInput;
  }
  out << "written to " << *output << "; next: dragoman serve --config " << *output << "\n";
  return kDone;
}

constexpr Flag kFlags[] = {
    {"descriptors", "PATH", "the folder of the .proto files, one such file, or a descriptor set; without it the server is asked (reflection)"},
    {"backend", "ADDRESS", "the gRPC server, host:port, [v6]:port or unix:/path; 127.0.0.1:50051 if not said"},
    {"output", "FILE", "where it goes, and what its paths are relative to; standard output if not said"},
    {"force", "", "overwrite FILE"},
};

}  // namespace

constexpr Command kInit = {.name = "init",
                           .summary = "Writes a commented configuration to begin with.",
                           .usage = "init --descriptors PATH [--backend ADDRESS] [--output FILE [--force]]\ninit --backend ADDRESS [--output FILE [--force]]",
                           .details = "Every package that is found is served; authentication, limits, CORS and the like stand there commented out.",
                           .flags = kFlags,
                           .run = &RunInit};

}  // namespace dragoman::cli
