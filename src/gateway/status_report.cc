#include "gateway/status_report.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>

#include "base/timestamp.h"
#include "transcoding/utf8.h"

namespace dragoman::gateway {
namespace {

// How many bytes a character is as JSON: "\\n", "\\u0001".
size_t JsonSize(char c) {
  if (c == '"' || c == '\\') return 2;
  return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
}

// Valid UTF-8, and not too much of it, also as JSON.
std::string Shown(std::string_view text) {
  std::string shown;
  size_t written = 0;
  while (!text.empty()) {
    const size_t size = transcoding::Utf8CharacterSize(text);
    written += size == 0 ? std::string_view("\uFFFD").size() : size == 1 ? JsonSize(text.front()) : size;
    if (written > kMostText) return shown + "…";
    shown += size == 0 ? std::string_view("\uFFFD") : text.substr(0, size);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return shown;
}

class Writer {
 public:
  Writer() { json_.SetIndent(' ', 2); }

  void Text(const char* name, std::string_view text) {
    json_.Key(name);
    Text(text);
  }
  void TextIfAny(const char* name, std::string_view text) {
    if (!text.empty()) Text(name, text);
  }
  void Number(std::string_view name, uint64_t number) {
    json_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    json_.Uint64(number);
  }
  void Bool(const char* name, bool value) {
    json_.Key(name);
    json_.Bool(value);
  }
  void Time(const char* name, StatusReport::Time time) { Text(name, Timestamp(time).view()); }
  template <typename Members>
  void Object(const char* name, Members members) {
    json_.Key(name);
    Object(members);
  }
  // As many of `items` as may be, and how many there are beside.
  template <typename Items, typename Members>
  void List(const char* name, const Items& items, Members members) {
    size_t listed = 0;
    json_.Key(name);
    json_.StartArray();
    for (auto item = items.begin(); item != items.end() && listed < kMostListed; ++item, ++listed) {
      Object([&] { members(*item); });
    }
    json_.EndArray();
    if (listed < items.size()) Number(std::string(name) + "_left_out", items.size() - listed);
  }
  template <typename Members>
  void Object(Members members) {
    json_.StartObject();
    members();
    json_.EndObject();
  }
  std::string_view text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  void Text(std::string_view text) {
    const std::string shown = Shown(text);
    json_.String(shown.data(), static_cast<rapidjson::SizeType>(shown.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> json_{buffer_};
};

void WriteDescriptors(const DescriptorSources::Snapshot& descriptors, Writer& writer) {
  writer.TextIfAny("problem", descriptors.problem);
  writer.List("sources", descriptors.sources, [&](const DescriptorSources::Source& source) {
    writer.Text(source.kind.c_str(), source.name);
    if (source.succeeded) writer.Time("last_success", *source.succeeded);
    if (source.failed) writer.Time("last_failure", *source.failed);
    writer.TextIfAny("error", source.error);
  });
}

void WriteBackend(const StatusReport::Backend& backend, Writer& writer) {
  writer.Text("name", backend.name);
  writer.Object("connections", [&] {
    writer.Number("connecting", backend.connections.connecting);
    writer.Number("ready", backend.connections.ready);
    writer.Number("draining", backend.connections.draining);
  });
  writer.Number("calls_waiting", backend.waiting);
  writer.List("endpoints", backend.endpoints, [&](const auto& endpoint) {
    writer.Text("address", endpoint.first);
    writer.Object("workers", [&] {
      for (const auto& [state, workers] : endpoint.second.workers) writer.Number(state, workers);
    });
    writer.Number("calls_in_flight", endpoint.second.calls);
    writer.TextIfAny("last_error", endpoint.second.error);
  });
}

}  // namespace

void StatusReport::Backend::Add(const upstream::Backend::State& worker) {
  waiting += worker.waiting;
  for (const upstream::EndpointState& state : worker.endpoints) {
    Endpoint& endpoint = endpoints[state.address];
    ++endpoint.workers[state.state];
    endpoint.calls += state.calls;
    if (!state.last_error.empty()) endpoint.error = state.last_error;
  }
}

void RenderStatus(const StatusReport& report, Buffer& out) {
  Writer writer;
  writer.Object([&] {
    writer.Text("version", report.version);
    writer.Time("started", report.started);
    writer.Number("uptime_seconds",
                  static_cast<uint64_t>(std::max<int64_t>(
                      0, std::chrono::duration_cast<std::chrono::seconds>(report.now - report.started).count())));
    writer.Bool("ready", !report.draining && report.waiting.empty());
    writer.Bool("draining", report.draining);
    writer.TextIfAny("waiting", report.waiting);
    writer.Object("configuration", [&] {
      writer.TextIfAny("problem", report.configuration.problem);
      writer.Number("earlier_in_use", report.configuration.earlier_in_use);
    });
    writer.Object("generation", [&] {
      writer.Number("id", report.generation.id);
      writer.Time("built", report.generation.built);
      writer.Number("routes", report.generation.routes);
      writer.Number("rpcs", report.generation.rpcs);
      writer.Number("generations_in_use", report.generation.in_use);
    });
    writer.Object("descriptors", [&] { WriteDescriptors(report.descriptors, writer); });
    writer.List("listeners", report.listeners, [&](const BoundAddress& listener) {
      writer.Text("address", listener.text);
      writer.Bool("tls", listener.tls);
      writer.Bool("admin", listener.admin);
    });
    writer.Object("workers", [&] {
      writer.Number("running", report.workers);
      writer.Number("silent", report.silent_workers);
    });
    writer.Object("connections", [&] {
      writer.Number("open", report.connections);
      writer.Number("max", report.max_connections);
    });
    writer.Number("requests_in_flight", report.requests);
    writer.List("backends", report.backends,
                [&](const StatusReport::Backend& backend) { WriteBackend(backend, writer); });
  });
  out.Append(writer.text());
  out.Append('\n');
}

}  // namespace dragoman::gateway
