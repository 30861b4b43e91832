#include "cli/starter_config.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "cli/text.h"

namespace dragoman::cli {
namespace {

using google::protobuf::ServiceDescriptor;

bool IsPlain(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-' || c == '/'; }

// As YAML: `protos/shop.pb`, `"my protos"`.
std::string Scalar(const std::string& text) {
  const bool letter = !text.empty() && (text.front() == '/' || text.front() == '.' || (text.front() >= 'a' && text.front() <= 'z') || (text.front() >= 'A' && text.front() <= 'Z'));
  if (letter && text.size() > 1 && std::all_of(text.begin(), text.end(), &IsPlain) && text.find('/') != std::string::npos) return text;
  if (letter && std::all_of(text.begin(), text.end(), &IsPlain) && text.ends_with(".pb")) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
  return quoted + "\"";
}

std::string RelativeTo(const std::string& folder, const std::string& path) {
  const std::filesystem::path from(path);
  if (from.is_absolute() || folder.empty()) return path;
  return std::filesystem::proximate(from, folder).generic_string();
}

// The services of a package that `*` covers, and what of them is exposed.
struct Package {
  std::vector<const ServiceDescriptor*> services;
  size_t methods = 0;
  size_t routes = 0;
  bool annotated = false;  // some route is of an annotation
};

std::map<std::string, Package> PackagesOf(const Generation& generation) {
  std::map<std::string, Package> packages;
  const auto& routes = generation.router.routes();
  for (const ServiceDescriptor* service : generation.schema.services()) {
    const auto of_service = [&](const routing::Route& route) { return route.method != nullptr && route.method->service() == service; };
    const auto count = std::count_if(routes.begin(), routes.end(), of_service);
    if (count == 0) continue;
    Package& package = packages[service->file()->package()];
    package.services.push_back(service);
    package.methods += static_cast<size_t>(service->method_count());
    package.routes += static_cast<size_t>(count);
    package.annotated = package.annotated || std::any_of(routes.begin(), routes.end(), [&](const auto& route) { return of_service(route) && route.origin != "expose: all"; });
  }
  return packages;
}

// "shop" of "shop.v1", "pubsub" of "google.pubsub.v1"; "backend" where packages have different ones.
std::string BackendName(const std::map<std::string, Package>& packages) {
  std::string name;
  for (const auto& [package, of] : packages) {
    std::string_view rest = package;
    std::string_view last = rest.substr(rest.rfind('.') + 1);
    const bool version = last.size() > 1 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9';
    if (version && rest.size() > last.size()) {
      rest.remove_suffix(last.size() + 1);
      last = rest.substr(rest.rfind('.') + 1);
    }
    if (last.empty() || (!name.empty() && name != last)) return "backend";
    name = last;
  }
  return name.empty() ? "backend" : name;
}

std::string DescriptorsOf(const config::DescriptorSource& source, const std::string& folder, const std::string& backend) {
  if (source.reflection) {
    return "  - reflection: {backend: " + backend + "}  # the server is asked for them at start; refresh: 30s asks again while serving\n";
  }
  if (!source.proto) return "  - file: " + Scalar(RelativeTo(folder, source.file)) + "  # made by protoc --include_imports --descriptor_set_out=…, or buf build\n";
  const std::string root = "roots: [" + Scalar(RelativeTo(folder, source.proto->roots.front().path)) + "]";
  const std::string& files = source.proto->files.front().names.text();
  return "  - proto: {" + root + (files == config::kAllProtos ? "" : ", files: [" + Scalar(files) + "]") + "}  # sources, compiled at start-up\n";
}

constexpr std::string_view kHead =
    "# Written by `dragoman init`. What begins with a # in the first column shows what else there is; config/README.md explains every key.\n"
    "#   dragoman check --config FILE    says what is wrong with it, what it exposes, and to whom\n"
    "#   dragoman serve --config FILE    serves it\n\n"
    "listeners:                          # where clients connect\n"
    "  - address: 127.0.0.1:8080         # 0.0.0.0:8080 is every interface\n"
    "#    tls: {certificates: [{certificate: {file: tls/server.crt}, private_key: {file: tls/server.key}}]}\n\n"
    "descriptors:                        # what is known of the services\n";

constexpr std::string_view kBlocks =
    "# Who may call. With it, what no policy declares `authenticate: public` is refused without a credential;\n"
    "# `dragoman key new --consumer mobile --file keys.jsonl` makes a key.\n"
    "#authentication:\n"
    "#  api_keys: {file: keys.jsonl}\n"
    "\n"
    "# How much each client may call, and for how long a call may take: policies hold for RPCs, however they are reached.\n"
    "#rate_limits:\n"
    "#  per-client: {limits: [{rate: 10/s, burst: 20}]}\n"
    "#policies:\n"
    "#  - {methods: [\"*\"], rate_limits: [per-client], timeout: 10s}\n"
    "\n"
    "# How large a request may be, and how long a connection may idle.\n"
    "#limits: {max_body_bytes: 4MiB, idle_timeout: 75s}\n"
    "\n"
    "# Which pages of other origins may call from a browser.\n"
    "#cors: {origins: [\"https://app.example\"]}\n"
    "\n"
    "# /livez, /readyz, /metrics: on this machine only.\n"
    "#admin: {address: 127.0.0.1:9901}\n"
    "\n"
    "# Who guesses credentials, scans for paths or floods is shut out for a while.\n"
    "#guard: {}\n"
    "\n"
    "# A line for each request; responses compressed by br or gzip.\n"
    "#access_log: {format: json}\n"
    "#compression: {}\n";

}  // namespace

std::string StarterConfig(const Generation& generation, const std::string& folder) {
  const std::map<std::string, Package> packages = PackagesOf(generation);
  const std::string backend = BackendName(packages);
  std::string text(kHead);
  for (const config::DescriptorSource& source : generation.config.descriptors) text += DescriptorsOf(source, folder, backend);
  text += "\nbackends:                           # groups of equal servers\n  " + backend + ":\n    endpoints: [\"" +
          generation.config.backends.front().endpoints.front().address + "\"]\n    timeout: 15s                    # of a call\n";
  text += "#    tls: {}                         # where the server speaks TLS: the system's CAs\n\n";
  text += "services:                           # what is served, and by whom; `expose: all` adds POST /package.Service/Method\n";
  for (const auto& [name, package] : packages) {
    text += "  # " + Counted(package.services.size(), "service") + ", " + Counted(package.methods, "method") + ", " + Counted(package.routes, "route") +
            (package.annotated ? "" : ", all of them POST /package.Service/Method, since nothing is annotated") + ":";
    for (size_t i = 0; i < package.services.size(); ++i) text += (i == 0 ? " " : ", ") + package.services[i]->name();
    text += "\n";
    if (!name.empty()) {
      text += "  - {name: \"" + name + ".*\", backend: " + backend + "}\n";
      continue;
    }
    for (const ServiceDescriptor* service : package.services) text += "  - {name: " + service->full_name() + ", backend: " + backend + "}\n";
  }
  return text + "\n" + std::string(kBlocks);
}

}  // namespace dragoman::cli
