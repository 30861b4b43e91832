#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "cli/load.h"
#include "cli/quick_config.h"
#include "cli/startup_text.h"
#include "cli/text.h"
#include "gateway/server.h"
#include "generation/source_stamp.h"

namespace dragoman::cli {
namespace {

int Serve(config::Config config, std::optional<gateway::ConfigurationSource> source, std::ostream& out, std::ostream& err) {
  auto generation = BuildFirst(std::move(config));
  if (!generation) {
    PrintProblems(generation.error(), err, source ? kCheckShowsAll : "");
    return kWrongInput;
  }
  SetLogLevel((*generation)->config.log.level);
  const Generation& serving = **generation;
  const Status status = gateway::Serve(
      *std::move(generation), std::move(source),
      [&](const std::vector<gateway::BoundAddress>& addresses, gateway::OwnPages pages) {
        out << StartupText(serving, addresses, pages) << std::flush;
      });
  if (status.ok()) return kDone;
  err << "dragoman: " << status.message() << "\n";
  return kWrongInput;
}

// `serve --backend HOST:PORT`: without a configuration file.
int ServeQuickly(const Flags& flags, std::ostream& out, std::ostream& err) {
  const std::string backend(*flags.Find("backend"));
  std::optional<std::string> descriptors;
  if (const auto path = flags.Find("descriptors")) descriptors.emplace(*path);
  const std::string listen(flags.Find("listen").value_or(config::Listener().address));
  tl::expected<config::Config, std::string> config = QuickConfig(backend, descriptors, listen);
  if (!config) return ReportUsage(kServe, config.error(), err);
  return Serve(*std::move(config), std::nullopt, out, err);
}

int ServeFile(const std::string& path, std::ostream& out, std::ostream& err) {
  auto read = ReadConfiguration(path);
  if (!read) {
    PrintProblems(read.error(), err, kCheckShowsAll);
    return kWrongInput;
  }
  return Serve(std::move(read->config), gateway::ConfigurationSource{path, std::move(read->files)}, out, err);
}

int RunServe(const Flags& flags, std::ostream& out, std::ostream& err) {
  const bool quick = flags.Has("backend") || flags.Has("descriptors") || flags.Has("listen");
  if (flags.Has("config")) {
    if (quick)
      return ReportUsage(kServe,
                         "--config stands alone: the file says what --backend, --descriptors and --listen would", err);
    return ServeFile(std::string(*flags.Find("config")), out, err);
  }
  if (flags.Has("backend")) return ServeQuickly(flags, out, err);
  return ReportUsage(kServe, "expected --config FILE or --backend HOST:PORT", err);
}

constexpr Flag kFlags[] = {
    kConfigFlag,
    {"backend", "ADDRESS", "without a file: the gRPC server, host:port, [v6]:port or unix:/path"},
    {"descriptors", "PATH",
     "the folder of its .proto files, one such file, or what protoc --include_imports --descriptor_set_out=PATH makes; "
     "without it the server is asked (reflection)"},
    {"listen", "ADDRESS", "where clients connect, 127.0.0.1:8080 if not said; port 0: any free one"},
};

}  // namespace

constexpr Command kServe = {
    .name = "serve",
    .summary = "Serves until SIGTERM or SIGINT, then lets the requests that run end.",
    .usage =
        "serve --config FILE\n"
        "serve --backend ADDRESS [--descriptors PATH] [--listen ADDRESS]",
    .details = "Says where it listens on standard output, and then what happens on standard error. SIGHUP has the configuration and the "
               "descriptors read again; requests under way end as they began.",
    .flags = kFlags,
    .run = &RunServe};

}  // namespace dragoman::cli
