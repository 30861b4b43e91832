#include "auth/backend_credentials.h"

#include <utility>

#include "auth/client_credentials_grant.h"
#include "config/text_source.h"
#include "http_client/client.h"
#include "transcoding/quote.h"
#include "upstream/request_metadata.h"

namespace dragoman::auth {
namespace {

constexpr std::string_view kAuthorization = "authorization";

// Collects what an operator has to mend.
class Builder {
 public:
  explicit Builder(const config::Backend& backend) : configured_(*backend.credentials) {
    built_.backend = backend.name;
  }

  tl::expected<BackendCredentials, Problems> Build() && {
    for (const config::BackendCredentials::Metadata& entry : configured_.metadata) AddFixed(entry);
    if (configured_.bearer) AddBearer(*configured_.bearer);
    if (configured_.oauth2) AddGrant(*configured_.oauth2);
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return std::move(built_);
  }

 private:
  std::optional<std::string> Resolve(const config::TextSource& source) {
    auto text = config::ResolveText(source);
    if (text) return *std::move(text);
    problems_.push_back(std::move(text.error()));
    return std::nullopt;
  }

  void Problem(const config::Position& at, std::string what) { problems_.push_back({at.ToString(), std::move(what)}); }

  // True if nothing says that name yet.
  bool Claim(const config::Position& at, const std::string& name) {
    const auto names = built_.names();
    if (std::find(names.begin(), names.end(), name) == names.end()) return true;
    Problem(at, "the metadata " + transcoding::Quote(name) + " is said twice");
    return false;
  }

  void AddFixed(const config::BackendCredentials::Metadata& entry) {
    if (entry.name.starts_with("grpc-") || entry.name.ends_with("-bin")) {
      return Problem(entry.value.at, transcoding::Quote(entry.name) +
                                         " cannot be a credential: grpc-… is gRPC's own, …-bin is not text");
    }
    auto value = Resolve(entry.value);
    if (!value) return;
    if (const Status no = upstream::CheckMetadata({entry.name, *value}); !no.ok()) {
      return Problem(entry.value.at, std::string(no.message()));
    }
    if (Claim(entry.value.at, entry.name)) built_.fixed.push_back({entry.name, *std::move(value)});
  }

  void AddBearer(const config::TextSource& source) {
    auto token = Resolve(source);
    if (!token) return;
    if (!IsBearerToken(*token)) {
      return Problem(source.at, "a bearer token holds letters, digits and -._~+/ only, = at its end");
    }
    if (!Claim(source.at, std::string(kAuthorization))) return;
    if (source.kind == config::TextSource::Kind::kFile) {
      built_.bearer_file = {source.value, *std::move(token)};
    } else {
      built_.fixed.push_back({std::string(kAuthorization), "Bearer " + *token});
    }
  }

  void AddGrant(const config::OAuth2Client& client) {
    auto secret = Resolve(client.client_secret);
    if (auto problem = http_client::Client::Check(client.token)) problems_.push_back(*std::move(problem));
    if (secret && Claim(client.token.at, std::string(kAuthorization))) built_.grant = {client, *std::move(secret)};
  }

  const config::BackendCredentials& configured_;
  BackendCredentials built_;
  Problems problems_;
};

}  // namespace

std::vector<std::string_view> BackendCredentials::names() const {
  std::vector<std::string_view> names;
  for (const Entry& entry : fixed) names.push_back(entry.name);
  if (has_token()) names.push_back(kAuthorization);
  return names;
}

tl::expected<BackendCredentials, Problems> BackendCredentials::Build(const config::Backend& backend) {
  if (backend.credentials) return Builder(backend).Build();
  BackendCredentials none;
  none.backend = backend.name;
  return none;
}

}  // namespace dragoman::auth
