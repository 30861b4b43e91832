#include "rpc/header_names.h"

#include <algorithm>
#include <iterator>

namespace dragoman::rpc {
namespace {

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

}  // namespace

std::string_view CannotForward(std::string_view name) {
  if (name.ends_with("-bin")) return "metadata of the names *-bin is binary, which a header is not";
  return CannotBeSet(name);
}

std::string_view CannotBeSet(std::string_view name) {
  if (name.empty() || name.front() == ':') return "it is a pseudo-header";
  if (name.starts_with("grpc-")) return "the names grpc-* belong to gRPC itself";
  if (name.size() > 64) return "it is longer than 64 characters";
  if (Contains(kHopByHop, name)) return "it concerns one connection only";
  if (Contains(kAssertedUpstream, name)) return "the gateway itself sets it";
  if (name == "host" || name == "content-length" || name == "content-type" || name == "content-encoding")
    return "it describes the HTTP request itself";
  return {};
}

bool ReachesClient(std::string_view name) {
  return !name.starts_with("grpc-") && !name.ends_with("-bin") && !name.starts_with("access-control-") &&
         !name.starts_with(":") && !Contains(kHopByHop, name) && !Contains(kAssertedDownstream, name);
}

std::string_view CannotRespond(std::string_view name) {
  if (Contains(kHopByHop, name)) return "it concerns one connection only";
  if (name == "content-length" || name == "date" || name == "x-request-id") return "the gateway itself sets it";
  if (name == "content-type" || name == "content-encoding") return "it describes the body";
  return {};
}

}  // namespace dragoman::rpc
