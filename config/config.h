#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/composition.h"
#include "config/glob.h"
#include "config/guard.h"
#include "config/ip_address.h"
#include "config/json.h"
#include "config/openapi.h"
#include "config/position.h"
#include "config/web.h"
#include "transcoding/status.h"

// What an operator configures, as plain facts with their defaults, units and bounds. config/README.md explains every
// key.
namespace dragoman::config {

// Where a text stands that is kept out of the file, or may be: `{file: tls.key}`, `{env: NAME}`, or the text itself.
// config/text_source.h reads it.
struct TextSource {
  enum class Kind { kText, kFile, kEnvironment };
  Kind kind = Kind::kText;
  std::string value;  // the text, a path already relative to the configuration's folder, or a variable's name
  Position at;
};

// A certificate chain, the end entity's first, and its private key; both PEM.
struct KeyPair {
  TextSource certificate;
  TextSource private_key;
};

enum class ClientCertificate { kNone, kOptional, kRequired };

struct ListenerTls {
  std::vector<KeyPair> certificates;    // chosen by SNI; the first where nothing fits. Never empty
  std::optional<TextSource> client_ca;  // PEM; set where client certificates are asked for
  ClientCertificate client_certificate = ClientCertificate::kNone;
  Position at;
};

struct Listener {
  std::string address = "127.0.0.1:8080";  // host:port, [v6]:port, unix:/path; port 0: any free one
  std::optional<ListenerTls> tls;
  std::optional<Cors> cors;     // instead of the configuration's
  bool proxy_protocol = false;  // each connection begins with a PROXY protocol header, v1 or v2
  Position at;
};

struct Admin {
  std::string address;              // as of a listener
  std::optional<TextSource> token;  // what requests that change anything show; a unix socket needs none
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
  std::vector<Root> roots;   // searched in this order
  std::vector<Files> files;  // kAllProtos where the configuration says nothing
};

// A backend that is asked for its own descriptors (gRPC server reflection).
struct ReflectionSource {
  std::string backend;                  // a key of backends; of one backend there is one such source
  std::optional<Milliseconds> refresh;  // how often it is asked again, 1 s … 24 h; none: at start only
};

// One of the three.
struct DescriptorSource {
  std::string file;                  // a FileDescriptorSet; already relative to the configuration's folder
  std::optional<ProtoSource> proto;
  std::optional<ReflectionSource> reflection;
  Position at;
};

struct Endpoint {
  std::string address;  // host:port, [v6]:port, unix:/path
  Position at;
};

// How to speak TLS to a server.
struct ClientTls {
  std::optional<TextSource> ca;        // PEM; absent: the system's
  std::string server_name;             // for SNI and the certificate; empty: the host of the address
  std::optional<KeyPair> certificate;  // shown to the server
  Position at;
};

// An HTTP server that the gateway itself asks.
struct HttpTarget {
  std::string url;  // "https://issuer.example/jwks"; "http:" too
  std::optional<TextSource> ca;
  Milliseconds timeout{5'000};
  Position at;
};

// OAuth2, client credentials grant (RFC 6749, 4.4).
struct OAuth2Client {
  enum class Authenticate { kBasic, kBody };  // how the client shows its secret (RFC 6749, 2.3.1)
  HttpTarget token;
  std::string client_id;
  TextSource client_secret;
  std::vector<std::string> scopes;
  std::string audience;  // empty: none
  Authenticate authenticate = Authenticate::kBasic;
};

// What the gateway shows a backend, beside the certificate of its `tls`.
struct BackendCredentials {
  struct Metadata {
    std::string name;  // in lower case
    TextSource value;
  };
  std::vector<Metadata> metadata;
  std::optional<TextSource> bearer;  // authorization: Bearer …; a file is read again when it changes
  std::optional<OAuth2Client> oauth2;
  Position at;
};

// How many calls may be under way at once, and how many more wait for one to end, for how long.
struct Concurrency {
  enum class Per { kRpc, kConsumer };  // of a policy: each RPC has its own, or each consumer one over all the policy's RPCs
  Per per = Per::kRpc;
  uint32_t max = 0;  // calls; of all workers together
  std::vector<std::pair<std::string, uint32_t>> tiers;  // of kConsumer: `max` of consumers of that tier
  uint32_t queue = 0;                                   // calls that may wait
  Milliseconds queue_timeout{100};
  Position at;
};

// Who is served first where calls wait, and shed last.
enum class Priority : uint8_t { kLow, kNormal, kHigh };

struct Priorities {
  Priority otherwise = Priority::kNormal;
  std::vector<std::pair<std::string, Priority>> tiers;  // of consumers
};

struct Backend {
  std::string name;
  std::vector<Endpoint> endpoints;
  Milliseconds timeout{15'000};  // of a unary call
  std::optional<Milliseconds> stream_timeout;  // of a call that streams, from its begin to its end; none: as long as it takes
  bool compress_requests = false;              // messages to it, by gzip
  std::optional<Concurrency> concurrency;
  std::optional<ClientTls> tls;
  std::optional<BackendCredentials> credentials;
  Position at;
};

// Where clients put a credential.
struct CredentialPlace {
  enum class In { kHeader, kQuery, kCookie };
  In in = In::kHeader;
  std::string name;  // of a header in lower case
};

struct ApiKeys {
  std::vector<CredentialPlace> in = {{CredentialPlace::In::kHeader, "x-api-key"}};
  std::string file;  // a line a key; already relative to the configuration's folder; empty: only those of `consumers`
  Position at;
};

// Where the keys of an issuer are.
struct Jwks {
  std::optional<TextSource> text;    // a JWK Set
  std::optional<HttpTarget> url;     // a JWK Set, fetched
  std::optional<HttpTarget> issuer;  // OpenID Connect discovery: url is the issuer's
  Milliseconds refresh{300'000};     // how often it is fetched
  Milliseconds cooldown{30'000};     // between two fetches for the sake of an unknown `kid`
};

// Tokens of one issuer.
struct JwtProvider {
  std::string name;                    // the scheme "jwt.NAME"
  std::string issuer;                  // `iss`
  std::vector<std::string> audiences;  // `aud` holds one of them, or all
  bool all_audiences = false;
  bool any_audience = false;            // whatever `aud` says, said explicitly
  std::vector<std::string> algorithms;  // "RS256" …; empty: every asymmetric one, or with `secret` HS256, HS384, HS512
  Jwks jwks;
  std::optional<TextSource> secret;  // for HS256, HS384, HS512
  Milliseconds leeway{30'000};       // for exp, nbf, iat
  std::vector<std::string> required_claims;
  std::vector<CredentialPlace> in = {{CredentialPlace::In::kHeader, "authorization"}};  // there behind "Bearer "
  std::string consumer_claim;       // its value is a name under `consumers`; empty: the token stands for itself
  uint64_t cache_entries = 10'000;  // verified tokens that a worker remembers
  Position at;
};

// Opaque tokens (RFC 7662).
struct Introspection {
  HttpTarget endpoint;
  std::string client_id;
  TextSource client_secret;
  std::vector<std::string> audiences;  // as of a JwtProvider; empty: whatever the answer says
  std::string consumer_claim;
  Milliseconds cache{60'000};  // how long an answer holds, never past its `exp`
  uint64_t cache_entries = 10'000;
  Position at;
};

struct Basic {
  std::string realm = "dragoman";
  Milliseconds cache{300'000};  // how long a verified password is remembered
  Position at;
};

struct Mtls {
  Position at;
};

// What of the caller's identity something stands for: "claims.sub", "consumer.name", "consumer.tenant",
// "consumer.tier", "credential.scheme".
struct IdentityValue {
  enum class Of { kClaim, kConsumerName, kTenant, kTier, kScheme };
  Of of = Of::kClaim;
  std::string claim;  // path: "sub", "realm_access.roles"

  std::string ToString() const;
};

struct IdentityMetadata {
  std::string name;  // in lower case
  IdentityValue value;
};

// How clients show who they are.
struct Authentication {
  std::optional<ApiKeys> api_keys;
  std::vector<JwtProvider> jwt;
  std::optional<Basic> basic;
  std::optional<Mtls> mtls;
  std::optional<Introspection> introspection;
  std::vector<IdentityMetadata> identity;  // what backends are told of it
  Position at;
};

// A known client.
struct Consumer {
  struct Key {
    std::string sha256;              // of the key, 64 digits in lower-case hex
    std::optional<int64_t> expires;  // seconds since 1970
    bool disabled = false;
    Position at;
  };
  struct Password {
    std::string username;
    TextSource hash;  // crypt(3): "$2b$…", "$y$…"
    Position at;
  };
  struct Certificate {
    enum class Field { kUri, kDns, kCommonName };
    Field field = Field::kUri;
    std::string value;
    Position at;
  };
  std::string name;
  std::string tenant;
  std::string tier;
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  bool disabled = false;
  std::vector<Key> keys;
  std::vector<Password> passwords;
  std::vector<Certificate> certificates;
  Position at;
};

// Who may call without or with which credentials. Schemes are "api_key", "basic", "mtls", "introspection", "jwt" (of
// any provider), "jwt.NAME".
struct Authenticate {
  enum class Mode { kPublic, kAny, kAll, kOptional };
  Mode mode = Mode::kAny;
  std::vector<std::string> schemes;  // of kAny and kOptional empty: every configured one
  bool forward_credentials = false;  // the client's own token goes to the backend
  Position at;
};

// What an authenticated caller must have. Everything that is said must hold.
struct Authorize {
  struct Names {
    bool any = false;  // one of them is enough
    std::vector<std::string> names;
  };
  struct Claim {
    enum class Test { kEquals, kOneOf, kContains };
    std::string claim;  // path
    Test test = Test::kEquals;
    std::vector<std::string> values;
    Position at;
  };
  struct Field {
    std::string field;  // path in the request message: "order.tenant_id"
    IdentityValue equals;
    Position at;
  };
  Names scopes;
  Names roles;
  std::vector<Claim> claims;
  std::vector<std::string> consumers;  // one of them
  std::vector<std::string> tenants;    // one of them
  std::vector<Field> fields;
  Position at;
};

// What becomes of headers: of metadata on their way to the backend, of a response on its way to the client.
struct HeaderRules {
  struct Entry {
    std::string name;  // in lower case
    std::string value;
  };
  std::vector<Entry> set;  // instead of what is there
  std::vector<Entry> add;  // beside it
  std::vector<std::string> remove;
  bool security = false;  // of responses: the preset of config/README.md
};

// One window of a limit.
struct LimitWindow {
  enum class Kind {
    kRate,   // spread over the window, with `burst` at once (GCRA): 429 RATE_LIMITED
    kQuota,  // an allowance for the window, which begins with the first request: 429 QUOTA_EXCEEDED
  };
  Kind kind = Kind::kRate;
  std::string name;     // in headers: "per-client", of several "per-client-1s"; no quotes, no control characters
  uint64_t amount = 0;  // 1…1'000'000'000
  Milliseconds per{1'000};  // 10 ms … 10'000 h
  uint64_t burst = 0;       // of kRate; 1…1'000'000'000
  Position at;
};

// What of a request a limit counts by.
struct LimitKey {
  enum class Part {
    kConsumer,  // the consumer's name, else the token's `sub`, else the address
    kAddress,   // the client's, IPv6 by /64
    kClaim,
    kHeader,
    kRpc,
    kLiteral,
  };
  Part part = Part::kConsumer;
  std::string name;  // of a claim its path, of a header its name in lower case; the literal
};

struct RateLimit {
  // What becomes of requests while the shared store does not answer.
  enum class WithoutStore { kLocal, kDeny, kAllow };
  std::string name;
  std::vector<LimitKey> key = {{LimitKey::Part::kConsumer, {}}};  // all of them together
  std::vector<LimitWindow> windows;
  std::vector<std::pair<std::string, std::vector<LimitWindow>>> tiers;  // of consumers: instead of `windows`
  bool shared = false;                                                  // through `store`
  WithoutStore without_store = WithoutStore::kLocal;
  Position at;
};

// A limit that holds for the RPCs of a policy.
struct LimitUse {
  size_t limit = 0;       // index into Config::rate_limits
  uint64_t cost = 1;      // of a call; where `field` is not set in the message too
  std::string field;      // path in the request message of a whole number: the cost; empty: `cost`
  uint64_t max_cost = 1'000'000;  // of what the field says
  Position at;
};

struct Redis {
  TextSource url;              // redis://[user:password@]host[:port][/database] or unix:/path
  std::string prefix = "dragoman:";  // of all keys
  Milliseconds timeout{100};         // for an answer; then the store counts as down
  Milliseconds connect_timeout{1'000};
  Position at;
};

struct Headers {
  HeaderRules request;
  HeaderRules response;
  Position at;
};

// What holds for a set of RPCs. Of several entries that name an RPC the last one that has a key gives it, whole.
struct Policy {
  struct Selector {
    // "shop.v1.Catalog/*", "shop.v1.Orders/GetOrder", "shop.v1.*", "compositions/home", "compositions/*", "*"
    std::string text;
    Position at;
  };
  std::vector<Selector> methods;
  std::optional<Authenticate> authenticate;
  std::optional<Authorize> authorize;
  std::optional<Headers> headers;
  std::optional<Milliseconds> timeout;
  std::optional<Milliseconds> stream_timeout;
  std::optional<Cors> cors;  // instead of the listener's
  std::optional<JsonPolicy> json;
  std::optional<std::vector<LimitUse>> rate_limits;
  std::optional<std::vector<Concurrency>> concurrency;
  std::optional<Priorities> priority;
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

// When descriptors are loaded anew while the gateway serves.
struct Reload {
  bool watch = false;  // the files and folders of `descriptors`, whenever they change
};

struct Config {
  std::vector<Listener> listeners;  // never empty once loaded
  std::optional<Admin> admin;
  int workers = 0;  // 0: as many as there are processors for this process
  Drain drain;
  Log log;
  std::optional<AccessLog> access_log;
  std::vector<DescriptorSource> descriptors;
  Reload reload;
  std::vector<Backend> backends;  // in the order of the file
  std::vector<Service> services;
  std::vector<HttpRule> http_rules;
  Json json;
  Query query;
  ErrorFormat error_format = ErrorFormat::kStatus;
  Limits limits;
  std::optional<Cors> cors;                // of all listeners; none: pages of other origins may not call
  std::optional<Compression> compression;  // none: responses leave as they are
  std::vector<std::string> forward_headers;  // in lower case
  Position forward_headers_at;
  bool grpc_metadata_headers = false;  // `Grpc-Metadata-Foo: x` goes upstream as `foo: x`
  bool strict_secrets = false;  // no secret may stand in the file itself
  std::optional<Authentication> authentication;
  std::vector<Consumer> consumers;  // in the order of the file
  std::vector<Network> trusted_proxies;
  std::optional<Redis> store;
  std::vector<RateLimit> rate_limits;  // in the order of the file
  std::optional<Guard> guard;
  std::vector<Composition> compositions;  // likewise
  std::vector<Policy> policies;     // likewise
  std::optional<OpenApi> openapi;   // none: the API is not described to clients
  std::vector<std::string> text_files;  // whose texts are part of it (certificates, keys, secrets), in the order of the file
};

}  // namespace dragoman::config
