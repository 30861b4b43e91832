#include "cli/quick_config.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "config/address.h"

namespace dragoman::cli {
namespace {

config::Position AtFlag(std::string flag) { return {.file = std::move(flag)}; }

constexpr const char* kBackend = "default";

config::DescriptorSource Reflection() {
  config::DescriptorSource source{.at = AtFlag("--backend")};
  source.reflection.emplace().backend = kBackend;
  return source;
}

// What --descriptors names: a folder of .proto files, one such file, whose folder is its root, or a FileDescriptorSet.
tl::expected<config::DescriptorSource, std::string> SourceOf(const std::string& path) {
  config::DescriptorSource source{.file = path, .at = AtFlag("--descriptors")};
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  if (!is_folder && !path.ends_with(".proto")) return source;
  const std::filesystem::path file(path);
  const std::string root = is_folder ? path : file.parent_path().string();
  return config::Glob::Parse(is_folder ? config::kAllProtos : file.filename().string()).map([&](config::Glob names) {
    source.proto.emplace();
    source.proto->roots.push_back({root.empty() ? "." : root, source.at});
    source.proto->files.push_back({std::move(names), source.at});
    return source;
  });
}

}  // namespace

tl::expected<config::Config, std::string> QuickConfig(const std::string& backend,
                                                      const std::optional<std::string>& descriptors,
                                                      const std::string& listen) {
  const auto endpoint = config::ParseAddress(backend);
  if (!endpoint) return tl::unexpected("--backend: " + endpoint.error());
  if (endpoint->kind == config::Address::Kind::kTcp && endpoint->port == 0) {
    return tl::unexpected<std::string>("--backend: expected a port between 1 and 65535, got 0");
  }
  const auto listener = config::ParseAddress(listen);
  if (!listener) return tl::unexpected("--listen: " + listener.error());
  tl::expected<config::DescriptorSource, std::string> source = descriptors ? SourceOf(*descriptors) : Reflection();
  if (!source) return tl::unexpected("--descriptors: " + source.error());

  config::Config config;
  config.listeners.push_back({.address = listener->ToString(), .at = AtFlag("--listen")});
  config.descriptors.push_back(*std::move(source));
  config::Backend& server = config.backends.emplace_back();
  server.name = kBackend;
  server.endpoints.push_back({.address = endpoint->ToString(), .at = AtFlag("--backend")});
  server.at = AtFlag("--backend");
  config.services.push_back({.name = "*", .backend = server.name, .at = AtFlag("--backend")});
  config.openapi = {.at = AtFlag("--backend")};
  return config;
}

}  // namespace dragoman::cli
