#include "dialects/rest/metadata.h"

#include <algorithm>

namespace dragoman::dialects::rest {
namespace {

constexpr std::string_view kFixedSet[] = {"traceparent",     "tracestate",      "baggage",
                                          "accept-language", "idempotency-key", "authorization"};

constexpr std::string_view kHopByHop[] = {
    "connection",        "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",    "http2-settings"};

// Names that carry what the gateway itself says, in one direction or the other.
constexpr std::string_view kAssertedUpstream[] = {"x-request-id",     "x-forwarded-for",        "x-forwarded-proto",
                                                  "x-forwarded-host", "x-forwarded-user-agent", "user-agent"};
constexpr std::string_view kAssertedDownstream[] = {"content-type", "content-length", "content-encoding", "date",
                                                    "server",       "x-http-code",    "x-request-id"};

template <size_t N>
bool Contains(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// gRPC's ASCII-Value: printable ASCII and space (PROTOCOL-HTTP2, "Requests").
bool GrpcCarries(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace

MetadataRules::MetadataRules(const std::vector<std::string>& forward_headers) {
  const auto add = [this](std::string_view name) {
    if (name.size() > kMaxName || Forwards(name)) return;
    names_by_length_[name.size()].emplace_back(name);
  };
  for (const std::string_view name : kFixedSet) add(name);
  for (const std::string& name : forward_headers) add(name);
}

bool MetadataRules::Forwards(std::string_view name) const {
  if (name.size() > kMaxName) return false;
  for (const std::string& candidate : names_by_length_[name.size()]) {
    if (candidate == name) return true;
  }
  return false;
}

Status MetadataRules::Collect(const Exchange& exchange, Metadata& out) const {
  const auto add = [&out](std::string_view name, std::string_view source, std::string_view value) -> Status {
    if (!GrpcCarries(value)) {
      return Status(
          Reason::kInvalidRequest,
          "header " + std::string(source) + ": expected printable ASCII, which is all that gRPC metadata can carry");
    }
    out.push_back({name, value});
    return {};
  };
  const RequestHead& head = exchange.head();
  for (const Header& header : head.headers) {
    if (header.name == "user-agent") {
      if (Status no = add("x-forwarded-user-agent", header.name, header.value); !no.ok()) return no;
    } else if (Forwards(header.name)) {
      if (Status no = add(header.name, header.name, header.value); !no.ok()) return no;
    }
  }
  out.push_back({"x-request-id", exchange.request_id()});
  if (!exchange.peer().address.empty()) out.push_back({"x-forwarded-for", exchange.peer().address});
  out.push_back({"x-forwarded-proto", head.scheme});
  if (!head.authority.empty()) {
    if (Status no = add("x-forwarded-host", "host", head.authority); !no.ok()) return no;
  }
  return {};
}

std::string_view CannotForward(std::string_view name) {
  if (name.empty() || name.front() == ':') return "it is a pseudo-header";
  if (name.starts_with("grpc-")) return "the names grpc-* belong to gRPC itself";
  if (name.size() > 64) return "it is longer than 64 characters";
  if (name.ends_with("-bin")) return "metadata of the names *-bin is binary, which a header is not";
  if (Contains(kHopByHop, name)) return "it concerns one connection only";
  if (Contains(kAssertedUpstream, name)) return "the gateway itself sets it";
  if (name == "host" || name == "content-length" || name == "content-type")
    return "it describes the HTTP request itself";
  return {};
}

bool ReachesClient(std::string_view name) {
  return !name.starts_with("grpc-") && !name.ends_with("-bin") && !name.starts_with("access-control-") &&
         !name.starts_with(":") && !Contains(kHopByHop, name) && !Contains(kAssertedDownstream, name);
}

}  // namespace dragoman::dialects::rest
