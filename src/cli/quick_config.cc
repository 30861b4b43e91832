#include "cli/quick_config.h"

#include "config/address.h"

namespace dragoman::cli {
namespace {

config::Position AtFlag(std::string flag) { return {.file = std::move(flag)}; }

}  // namespace

constexpr std::string_view kHowToMakeDescriptors =
    "dragoman serve: --descriptors FILE is missing: asking the server itself for its descriptors (reflection) is still "
    "to come\n"
    "this makes the file, with the folder and names of your protos:\n"
    "  protoc -I protos --include_imports --include_source_info --descriptor_set_out=api.pb protos/shop/v1/*.proto\n";

tl::expected<config::Config, std::string> QuickConfig(const std::string& backend, const std::string& descriptors,
                                                      const std::string& listen) {
  const auto endpoint = config::ParseAddress(backend);
  if (!endpoint) return tl::unexpected("--backend: " + endpoint.error());
  if (endpoint->kind == config::Address::Kind::kTcp && endpoint->port == 0) {
    return tl::unexpected<std::string>("--backend: expected a port between 1 and 65535, got 0");
  }
  const auto listener = config::ParseAddress(listen);
  if (!listener) return tl::unexpected("--listen: " + listener.error());

  config::Config config;
  config.listeners.push_back({.address = listener->ToString(), .at = AtFlag("--listen")});
  config.descriptors.push_back({.file = descriptors, .at = AtFlag("--descriptors")});
  config::Backend& server = config.backends.emplace_back();
  server.name = "default";
  server.endpoints.push_back({.address = endpoint->ToString(), .at = AtFlag("--backend")});
  server.at = AtFlag("--backend");
  config.services.push_back({.name = "*", .backend = server.name, .at = AtFlag("--backend")});
  return config;
}

}  // namespace dragoman::cli
