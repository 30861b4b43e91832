#include "config/peer_schema.h"

#include <chrono>

#include "config/schema_parts.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

constexpr size_t kMaxCertificates = 1000;  // of one listener
constexpr size_t kMaxMetadata = 100;       // of one backend

void ReadKeyPair(MappingReader& map, KeyPair& out) {
  ReadRequiredSource(map, "certificate", Secrecy::kPublic, out.certificate);
  ReadRequiredSource(map, "private_key", Secrecy::kSecret, out.private_key);
}

// oauth2: {token_url: "https://issuer.example/token", client_id: shop, client_secret: {env: SECRET}, scopes: [maps]}
void ReadOAuth2(MappingReader& map, OAuth2Client& out) {
  ReadHttpTarget(map, "token_url", out.token, Presence::kRequired);
  map.Text("client_id", out.client_id, Presence::kRequired);
  ReadRequiredSource(map, "client_secret", Secrecy::kSecret, out.client_secret);
  ReadTexts(map, "scopes", out.scopes);
  map.Text("audience", out.audience);
  map.Choice<OAuth2Client::Authenticate>(
      "authenticate", out.authenticate,
      {{"basic", OAuth2Client::Authenticate::kBasic}, {"body", OAuth2Client::Authenticate::kBody}});
}

}  // namespace

void ReadListenerTls(MappingReader& map, ListenerTls& out) {
  map.List(
      "certificates", kMaxCertificates,
      [&](const Node& node, const std::string& path) {
        MappingReader pair(node, path, map.context());
        ReadKeyPair(pair, out.certificates.emplace_back());
      },
      Presence::kRequired);
  ReadSource(map, "client_ca", Secrecy::kPublic, out.client_ca);
  if (out.client_ca) out.client_certificate = ClientCertificate::kRequired;
  const Node* wanted = map.Find("client_certificate");
  map.Choice<ClientCertificate>(
      "client_certificate", out.client_certificate,
      {{"optional", ClientCertificate::kOptional}, {"required", ClientCertificate::kRequired}});
  if (wanted != nullptr && !out.client_ca) {
    map.context().Report(*wanted, "client certificates need a client_ca to be checked against");
  }
}

void ReadClientTls(MappingReader& map, ClientTls& out) {
  ReadSource(map, "ca", Secrecy::kPublic, out.ca);
  map.Text("server_name", out.server_name);
  std::optional<TextSource> certificate;
  std::optional<TextSource> key;
  ReadSource(map, "certificate", Secrecy::kPublic, certificate);
  ReadSource(map, "private_key", Secrecy::kSecret, key);
  if (certificate.has_value() != key.has_value()) {
    map.context().Report(certificate ? certificate->at : key->at, certificate
                                                                      ? "\"certificate\" without \"private_key\""
                                                                      : "\"private_key\" without \"certificate\"");
  } else if (certificate) {
    out.certificate = KeyPair{*std::move(certificate), *std::move(key)};
  }
}

bool ReadHttpTarget(MappingReader& map, std::string_view url_key, HttpTarget& out, Presence presence) {
  const Node* url = map.Find(url_key, presence);
  ReadSource(map, "ca", Secrecy::kPublic, out.ca);
  map.Duration("timeout", out.timeout, Milliseconds(10), std::chrono::minutes(1));
  if (url == nullptr) return false;
  out.at = map.context().At(*url);
  const std::string* text = ReadText(*url, map.context());
  if (text == nullptr) return false;
  if (!text->starts_with("https://") && !text->starts_with("http://")) {
    ReportExpected(map.context(), *url, "a URL such as https://issuer.example/keys");
    return false;
  }
  out.url = *text;
  return true;
}

void ReadBackendCredentials(MappingReader& map, BackendCredentials& out) {
  ReadContext& context = map.context();
  const auto add = [&](std::string name, std::optional<TextSource> value) {
    if (value) out.metadata.push_back({std::move(name), *std::move(value)});
  };
  map.Named("metadata", kMaxMetadata, [&](const Node::Entry& entry, const std::string&) {
    const Node key{.kind = Node::Kind::kScalar, .text = entry.key, .line = entry.line, .column = entry.column};
    const std::optional<std::string> name = ReadHeaderName(key, context);
    if (name) add(*name, ReadSource(entry.value, Secrecy::kSecret, context));
  });
  map.Mapping("api_key", [&](MappingReader& key, const Node&) {
    std::string name = "x-api-key";
    if (const Node* node = key.Find("name")) name = ReadHeaderName(*node, context).value_or(name);
    TextSource value;
    ReadRequiredSource(key, "value", Secrecy::kSecret, value);
    add(std::move(name), std::move(value));
  });
  ReadSource(map, "bearer", Secrecy::kSecret, out.bearer);
  map.Mapping("oauth2", [&](MappingReader& oauth2, const Node& node) {
    if (out.bearer) context.Report(node, "\"oauth2\" beside \"bearer\"; expected one of them");
    ReadOAuth2(oauth2, out.oauth2.emplace());
  });
  for (size_t i = 0; i < out.metadata.size(); ++i) {
    const std::string& name = out.metadata[i].name;
    if (name == "authorization" && (out.bearer || out.oauth2)) {
      context.Report(out.metadata[i].value.at, "\"authorization\" is what bearer and oauth2 set");
    }
    for (size_t j = 0; j < i; ++j) {
      if (out.metadata[j].name == name) context.Report(out.metadata[i].value.at, Quote(name) + " stands twice");
    }
  }
}

}  // namespace dragoman::config
