#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/glob.h"
#include "transcoding/status.h"

// What an operator configures, as plain facts with their defaults, units and bounds. config/README.md explains every
// key.
namespace dragoman::config {

using Milliseconds = std::chrono::milliseconds;

// Where something stands, for messages: "dragoman.yaml:14:3". Line and column count from 1; 0: not from a file.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;

  std::string ToString() const;
};

struct Listener {
  std::string address = "127.0.0.1:8080";  // host:port, [v6]:port, unix:/path; port 0: any free one
  Position at;
};

struct Admin {
  std::string address;  // as of a listener
  Position at;
};

struct Drain {
  Milliseconds grace{30'000};
};

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct Log {
  LogLevel level = LogLevel::kInfo;
};

struct AccessLog {
  enum class Format { kJson, kText };
  Format format = Format::kJson;
  std::string path = "stdout";  // stdout, stderr or a file
};

inline constexpr std::string_view kAllProtos = "**/*.proto";

// Sources that are compiled at start-up, as protoc does it: `-I` for each root, and the files.
struct ProtoSource {
  struct Root {
    std::string path;  // a folder; already relative to the configuration's
    Position at;
  };
  struct Files {
    Glob names;  // as imports name them: below a root
    Position at;
  };
  std::vector<Root> roots;  // searched in this order
  std::vector<Files> files;  // kAllProtos where the configuration says nothing
};

struct DescriptorSource {
  std::string file;                  // a FileDescriptorSet; already relative to the configuration's folder
  std::optional<ProtoSource> proto;  // instead of `file`
  Position at;
};

struct Endpoint {
  std::string address;  // host:port, [v6]:port, unix:/path
  Position at;
};

struct Backend {
  std::string name;
  std::vector<Endpoint> endpoints;
  Milliseconds timeout{15'000};  // of a unary call
  Position at;
};

enum class Expose { kDefault, kAnnotated, kAll };  // default: annotated, but all for a service without any annotation

struct Service {
  std::string name;     // "shop.v1.Catalog", "shop.v1.*", "*"
  std::string backend;  // a key of backends
  Expose expose = Expose::kDefault;
  Position at;
};

// google.api.HttpRule for protos without annotations.
struct HttpRule {
  std::string selector;     // "shop.v1.Catalog.GetItem"; of an additional binding the outer rule's
  std::string http_method;  // "GET"; of custom kinds as written, "*" for any
  std::string path;
  std::string body;
  std::string response_body;
  std::vector<HttpRule> additional_bindings;
  Position at;
};

struct Json {
  bool emit_defaults = true;
  bool preserve_proto_names = false;
  bool enums_as_integers = false;
  bool ignore_unknown_fields = false;
};

struct Query {
  bool ignore_unknown = false;
  std::vector<std::string> ignore;  // patterns: "utm_*", "_"
};

using dragoman::ErrorFormat;

struct Limits {
  uint64_t max_request_line_bytes = 8 << 10;
  uint64_t max_header_bytes = 32 << 10;
  uint64_t max_body_bytes = 4 << 20;
  uint64_t max_response_bytes = 32 << 20;
  int max_json_depth = 100;  // 1…1000
  Milliseconds header_timeout{10'000};
  Milliseconds body_timeout{30'000};
  Milliseconds idle_timeout{75'000};
  uint64_t max_connections = 20'000;
  uint64_t max_concurrent_streams = 128;
};

struct Config {
  std::vector<Listener> listeners;  // never empty once loaded
  std::optional<Admin> admin;
  int workers = 0;  // 0: as many as there are processors for this process
  Drain drain;
  Log log;
  std::optional<AccessLog> access_log;
  std::vector<DescriptorSource> descriptors;
  std::vector<Backend> backends;  // in the order of the file
  std::vector<Service> services;
  std::vector<HttpRule> http_rules;
  Json json;
  Query query;
  ErrorFormat error_format = ErrorFormat::kStatus;
  Limits limits;
  std::vector<std::string> forward_headers;  // in lower case
  Position forward_headers_at;
};

}  // namespace dragoman::config
