#include "auth/setup.h"

#include <algorithm>
#include <utility>

#include "auth/jwt_scheme.h"
#include "http_client/client.h"

namespace dragoman::auth {
namespace {

std::vector<std::string> NamesIn(const std::vector<SchemeFacts>& schemes, config::CredentialPlace::In in) {
  std::vector<std::string> names;
  for (const SchemeFacts& scheme : schemes) {
    for (const Place& place : scheme.places) {
      if (place.in == in && std::find(names.begin(), names.end(), place.name) == names.end()) {
        names.push_back(place.name);
      }
    }
  }
  return names;
}

std::vector<BasicUsers::User> UsersOf(const config::Config& config, const ConsumerDirectory& consumers) {
  std::vector<BasicUsers::User> users;
  for (const config::Consumer& consumer : config.consumers) {
    for (const config::Consumer::Password& password : consumer.passwords) {
      users.push_back({password, consumers.FindByName(consumer.name)});
    }
  }
  return users;
}

// What was built, or its problems among the others.
template <typename Built, typename Target>
void Keep(tl::expected<Built, Problems> built, Target& target, Problems& problems) {
  if (built) {
    target = *std::move(built);
  } else {
    std::move(built.error().begin(), built.error().end(), std::back_inserter(problems));
  }
}

}  // namespace

tl::expected<std::unique_ptr<const Setup>, Problems> Setup::Build(const config::Config& config) {
  std::unique_ptr<Setup> setup(new Setup(config));
  Problems problems;
  if (config.authentication) {
    const config::Authentication& authentication = *config.authentication;
    Keep(LoadApiKeys(config, setup->consumers_), setup->api_keys_, problems);
    Keep(BuildJwtProviders(authentication.jwt), setup->jwt_providers_, problems);
    if (authentication.basic) {
      Keep(BasicUsers::Build(UsersOf(config, setup->consumers_)), setup->basic_users_, problems);
    }
    if (authentication.introspection) {
      Keep(IntrospectionRules::Build(*authentication.introspection), setup->introspection_, problems);
    }
    if (authentication.mtls) setup->certificates_.emplace(config, setup->consumers_);
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return setup;
}

std::vector<std::shared_ptr<KeySource>> Setup::MakeKeySources(
    Loop& control, std::span<const std::shared_ptr<KeySource>> before) const {
  std::vector<std::shared_ptr<KeySource>> sources;
  for (const std::shared_ptr<const JwtProvider>& provider : jwt_providers_) {
    sources.push_back(KeySource::Make(control, provider, &http_client::Client::Make));
    for (const std::shared_ptr<KeySource>& source : before) sources.back()->BeginWith(*source);
  }
  return sources;
}

std::unique_ptr<Authenticator> Setup::MakeAuthenticator(Loop& worker, SideThread& side_thread,
                                                        const std::vector<std::shared_ptr<KeySource>>& sources) const {
  std::vector<std::shared_ptr<JwtKeys>> keys;
  for (const std::shared_ptr<KeySource>& source : sources) keys.push_back(source->keys());
  const auto find_consumer = [this](std::string_view name) { return consumers_.FindByName(name); };
  std::vector<std::unique_ptr<Scheme>> jwt = MakeJwtSchemes(jwt_providers_, keys, worker, find_consumer);

  std::vector<std::unique_ptr<Scheme>> schemes;
  for (const SchemeFacts& facts : schemes_) {
    std::unique_ptr<Scheme>& scheme = schemes.emplace_back();
    switch (facts.kind) {
      case SchemeFacts::Kind::kApiKey:
        scheme = std::make_unique<ApiKeyScheme>(api_keys_, facts.challenge);
        break;
      case SchemeFacts::Kind::kJwt:
        scheme = std::move(jwt[facts.provider]);
        break;
      case SchemeFacts::Kind::kBasic:
        scheme = std::make_unique<BasicScheme>(worker, side_thread, *config_.authentication->basic, basic_users_);
        break;
      case SchemeFacts::Kind::kIntrospection:
        scheme = std::make_unique<IntrospectionScheme>(worker, introspection_, find_consumer);
        break;
      case SchemeFacts::Kind::kMtls:  // the certificate is no text
        break;
    }
  }
  return std::make_unique<Authenticator>(schemes_, std::move(schemes), certificates_ ? &*certificates_ : nullptr);
}

std::vector<std::string> CredentialHeaders(const std::vector<SchemeFacts>& schemes) {
  std::vector<std::string> names = NamesIn(schemes, config::CredentialPlace::In::kHeader);
  names.erase(std::remove(names.begin(), names.end(), "authorization"), names.end());
  if (!NamesIn(schemes, config::CredentialPlace::In::kCookie).empty()) names.emplace_back("cookie");
  return names;
}

std::vector<std::string> CredentialParameters(const std::vector<SchemeFacts>& schemes) {
  return NamesIn(schemes, config::CredentialPlace::In::kQuery);
}

}  // namespace dragoman::auth
