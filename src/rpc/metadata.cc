#include "rpc/metadata.h"

#include <algorithm>
#include <utility>

#include "auth/identity_value.h"
#include "rpc/header_names.h"
#include "transcoding/base64.h"

namespace dragoman::rpc {
namespace {

constexpr std::string_view kAuthorization = "authorization";
constexpr std::string_view kFixedSet[] = {"traceparent",     "tracestate",      "baggage",
                                          "accept-language", "idempotency-key", kAuthorization};

constexpr std::string_view kPrefix = "grpc-metadata-";
constexpr std::string_view kBinary = "-bin";

// gRPC's Header-Name (PROTOCOL-HTTP2, "Requests"), of one in lower case.
bool IsGrpcName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// What proxies say of a client, no client says itself.
bool TellsOfTheClient(std::string_view name) { return name == "forwarded" || name.starts_with("x-forwarded-"); }

Status NotAscii(std::string_view header) {
  return Status(Reason::kInvalidRequest, "header " + std::string(header) +
                                             ": expected printable ASCII, which is all that gRPC metadata can carry");
}

// gRPC's ASCII-Value: printable ASCII and space (PROTOCOL-HTTP2, "Requests").
bool GrpcCarries(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace

MetadataRules::MetadataRules(const std::vector<std::string>& forward_headers,
                             std::vector<config::IdentityMetadata> identity, std::vector<std::string> asserted,
                             Prefixed prefixed)
    : identity_(std::move(identity)), asserted_(std::move(asserted)), takes_prefixed_(prefixed == Prefixed::kTaken) {
  const auto add = [&](std::string_view name) {
    if (name.size() > kMaxName || Forwards(name) || IsAsserted(name)) return;
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

bool MetadataRules::IsAsserted(std::string_view name) const {
  return std::find(asserted_.begin(), asserted_.end(), name) != asserted_.end() ||
         std::any_of(identity_.begin(), identity_.end(), [name](const auto& each) { return each.name == name; });
}

Status MetadataRules::Collect(const Exchange& exchange, Credentials credentials, Metadata& out) const {
  const auto add = [&out](std::string_view name, std::string_view source, std::string_view value) -> Status {
    if (!GrpcCarries(value)) return NotAscii(source);
    out.push_back({name, value});
    return {};
  };
  const RequestHead& head = exchange.head();
  for (const Header& header : head.headers) {
    if (header.name == "user-agent") {
      if (Status no = add("x-forwarded-user-agent", header.name, header.value); !no.ok()) return no;
    } else if (credentials == Credentials::kWithhold && header.name == kAuthorization) {
      continue;
    } else if (Forwards(header.name)) {
      if (Status no = add(header.name, header.name, header.value); !no.ok()) return no;
    } else if (takes_prefixed_ && header.name.starts_with(kPrefix)) {
      if (Status no = CollectPrefixed(header, credentials, out); !no.ok()) return no;
    }
  }
  out.push_back({"x-request-id", exchange.request_id()});
  if (!exchange.client_address().empty()) out.push_back({"x-forwarded-for", exchange.client_address()});
  out.push_back({"x-forwarded-proto", exchange.client_scheme()});
  if (!exchange.client_authority().empty()) {
    if (Status no = add("x-forwarded-host", "host", exchange.client_authority()); !no.ok()) return no;
  }
  return {};
}

// `grpc-metadata-foo: x`. Binary values are as gRPC writes them: base64, better without padding (PROTOCOL-HTTP2,
// "Requests").
Status MetadataRules::CollectPrefixed(const Header& header, Credentials credentials, Metadata& out) const {
  const std::string_view name = header.name.substr(kPrefix.size());
  if (!IsGrpcName(name) || !CannotBeSet(name).empty() || TellsOfTheClient(name) || IsAsserted(name)) return {};
  if (name == kAuthorization && credentials != Credentials::kForward) return {};
  if (!name.ends_with(kBinary)) {
    if (!GrpcCarries(header.value)) return NotAscii(header.name);
    out.push_back({name, header.value});
    return {};
  }
  if (!transcoding::IsBase64(header.value)) {
    return Status(Reason::kInvalidRequest, "header " + std::string(header.name) +
                                               ": expected standard base64, as which binary metadata is written");
  }
  out.push_back({name, header.value.substr(0, header.value.find('='))});
  return {};
}

void MetadataRules::AppendIdentity(const auth::Identity& identity, Buffer& text, Metadata& out) const {
  // The text may move as it grows, so that views come last.
  boost::container::small_vector<std::pair<const config::IdentityMetadata*, size_t>, 16> told;
  const size_t begin = text.size();
  for (const config::IdentityMetadata& entry : identity_) {
    if (auth::AppendText(identity, entry.value, text)) told.push_back({&entry, text.size()});
  }
  size_t at = begin;
  for (const auto& [entry, end] : told) {
    out.push_back({entry->name, text.view().substr(at, end - at)});
    at = end;
  }
}

}  // namespace dragoman::rpc
