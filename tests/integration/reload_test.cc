#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "issuer_process.h"
#include "shop_fixture.h"
#include "stream_reader.h"
#include "streams_fixture.h"
#include "test_ca.h"
#include "tls_client.h"
#include "websocket_client.h"

// A configuration that changes while the gateway serves.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kAdmin = "admin: {address: \"127.0.0.1:0\"}\n";
constexpr const char* kOtherPath = "http_rules: [{selector: shop.v1.Catalog.GetItem, get: \"/things/{id}\"}]\n";

// True once `done` is; fails the test if it never is.
bool Eventually(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "it does not happen";
      return false;
    }
  }
  return true;
}

// A gateway whose configuration the test writes anew.
class Reloaded {
 public:
  explicit Reloaded(GatewayOptions options) : options_(std::move(options)), gateway_(options_) {}

  // Replaces the file as editors and deployments do.
  void Write(const std::function<void(GatewayOptions&)>& change) {
    change(options_);
    WriteText(ConfigText(options_));
  }
  void WriteText(const std::string& text) {
    const std::string fresh = folder_.Write("fresh.yaml", text);
    std::filesystem::rename(fresh, gateway_.config());
  }
  // Has it read, and waits until that is over: `event` is logged once more than before.
  void Reload(const std::string& event = "configuration_taken ") {
    const size_t before = Count(event);
    gateway_.process().Signal(SIGHUP);
    EXPECT_TRUE(Eventually([&] { return Count(event) > before; })) << gateway_.process().err();
  }
  size_t Count(const std::string& event) {
    const std::string log = gateway_.process().err();
    size_t count = 0;
    for (size_t at = 0; (at = log.find(event, at)) != std::string::npos; at += event.size()) ++count;
    return count;
  }
  std::string Status() { return AskAdmin(gateway_, "GET", "/status").body; }
  HttpResponse Get(const std::string& target, const Headers& headers = {}) { return Fetch(gateway_.address(), "GET", target, headers); }

  Gateway& gateway() { return gateway_; }

 private:
  GatewayOptions options_;
  TempDir folder_;
  Gateway gateway_;
};

TEST(ReloadedConfiguration, IsServedFromThenOn) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  HttpClient before(reloaded.gateway().address());
  EXPECT_EQ(before.Send("GET", "/v1/items/grinder").status, 200);
  reloaded.Write([](GatewayOptions& options) { options.more = std::string(kAdmin) + kOtherPath; });
  reloaded.Reload();
  EXPECT_EQ(reloaded.Get("/things/grinder").status, 200);
  EXPECT_EQ(reloaded.Get("/v1/items/grinder").status, 405);
  EXPECT_TRUE(before.ClosedByPeer()) << "a connection that stays would be served by the configuration of before";
  EXPECT_THAT(reloaded.gateway().process().err(), HasSubstr("configuration_taken added=0 removed=0 changed=1"));
  EXPECT_THAT(AskAdmin(reloaded.gateway(), "GET", "/metrics").body, HasSubstr("dragoman_configuration_total{outcome=\"taken\"} 1\n"));
  EXPECT_TRUE(Eventually([&] { return JsonAt(reloaded.Status(), "configuration.earlier_in_use") == "0"; }));
  EXPECT_EQ(JsonAt(reloaded.Status(), "generation.id"), "2");
}

TEST(ReloadedConfiguration, ThatIsBrokenChangesNothing) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  HttpClient client(reloaded.gateway().address());
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);
  reloaded.Write([](GatewayOptions& options) { options.more = std::string(kAdmin) + "policys: []\n"; });
  reloaded.Reload("configuration_kept ");
  EXPECT_THAT(reloaded.gateway().process().err(), HasSubstr("unknown key \\\"policys\\\"; did you mean \\\"policies\\\"?"));
  EXPECT_THAT(JsonAt(reloaded.Status(), "configuration.problem"), HasSubstr("dragoman.yaml:7:1: unknown key \"policys\""));
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200) << "on the connection of before";
  reloaded.Write([](GatewayOptions& options) { options.descriptors = "[{file: nowhere.pb}]"; options.more = kAdmin; });
  reloaded.Reload("configuration_kept ");
  EXPECT_THAT(reloaded.gateway().process().err(), HasSubstr("nowhere.pb"));
  EXPECT_EQ(AskAdmin(reloaded.gateway(), "GET", "/readyz").status, 200);
  EXPECT_THAT(AskAdmin(reloaded.gateway(), "GET", "/metrics").body, HasSubstr("dragoman_configuration_total{outcome=\"kept\"} 2\n"));
  reloaded.Write([](GatewayOptions& options) { options.descriptors = GatewayOptions().descriptors; });
  reloaded.Reload();
  EXPECT_EQ(JsonAt(reloaded.Status(), "configuration.problem"), "");
}

size_t DescriptorsOf(pid_t process) {
  const std::filesystem::directory_iterator open("/proc/" + std::to_string(process) + "/fd");
  return static_cast<size_t>(std::distance(begin(open), end(open)));
}

// Wherever on the way there are none left.
TEST(ReloadedConfiguration, ForWhichThereAreNoDescriptorsChangesNothing) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  HttpClient client(reloaded.gateway().address());
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);
  const pid_t process = reloaded.gateway().process().pid();
  rlimit before;
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, nullptr, &before), 0);
  const size_t open = DescriptorsOf(process);
  size_t taken = 0;
  for (size_t more = 0; taken == 0; ++more) {
    ASSERT_LT(more, 200u);
    const rlimit limit{open + more, before.rlim_max};
    ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, &limit, nullptr), 0);
    reloaded.Write([&](GatewayOptions& options) { options.timeout = std::to_string(more + 10) + "s"; });
    const size_t kept = reloaded.Count("configuration_kept ");
    reloaded.gateway().process().Signal(SIGHUP);
    ASSERT_TRUE(Eventually([&] { return reloaded.Count("configuration_kept ") > kept || (taken = reloaded.Count("configuration_taken ")) > 0; }))
        << more << reloaded.gateway().process().err();
    if (taken == 0) {
      EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200) << more;
    }
  }
  EXPECT_GT(reloaded.Count("configuration_kept "), 5u);
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, &before, nullptr), 0);
  EXPECT_EQ(reloaded.Get("/v1/items/grinder").status, 200);
}

TEST(ReloadedConfiguration, ThatIsTheSameKeepsConnections) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  HttpClient client(reloaded.gateway().address());
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);
  reloaded.Reload("configuration_unchanged");
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);
  EXPECT_EQ(reloaded.Count("configuration_taken "), 0u);
}

TEST(ReloadedConfiguration, IsNoticedWhereItIsWatched) {
  Shop shop;
  const std::string watch = "reload: {watch: true}\n";
  Reloaded reloaded({.endpoints = {shop.address()}, .more = watch});
  reloaded.Write([&](GatewayOptions& options) { options.more = watch + kOtherPath; });
  EXPECT_TRUE(Eventually([&] { return reloaded.Get("/things/grinder").status == 200; }));
  reloaded.WriteText("services: [");
  EXPECT_TRUE(Eventually([&] { return reloaded.Count("configuration_kept ") > 0; }));
  reloaded.Write([](GatewayOptions& options) { options.more = ""; });
  EXPECT_TRUE(Eventually([&] { return reloaded.Get("/v1/items/grinder").status == 200; }));
  EXPECT_EQ(reloaded.Count("configuration_kept "), 1u) << "what is broken is told once";
  EXPECT_TRUE(Eventually([&] { return reloaded.Count("configuration_taken ") == 2; })) << reloaded.gateway().process().err();
}

TEST(ReloadedConfiguration, LetsStreamsEndAsTheyBegan) {
  Streams streams;
  GatewayOptions options = StreamsOptions(streams);
  options.more = kAdmin;
  Reloaded reloaded(options);
  HttpClient client(reloaded.gateway().address());
  client.Begin("GET", "/v1/prices/tea:watch?interval=0.01s");
  StreamReader stream(client);
  EXPECT_TRUE(stream.Next());
  reloaded.Write([](GatewayOptions& changed) { changed.timeout = "9s"; });
  reloaded.Reload();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(stream.Next()) << i;
  EXPECT_EQ(JsonAt(reloaded.Status(), "configuration.earlier_in_use"), "1");
  EXPECT_EQ(JsonAt(reloaded.Status(), "requests_in_flight"), "1");
  client.Close();
  EXPECT_TRUE(Eventually([&] { return JsonAt(reloaded.Status(), "configuration.earlier_in_use") == "0"; }));
  EXPECT_THAT(AskAdmin(reloaded.gateway(), "GET", "/metrics").body,
              HasSubstr("dragoman_requests_total{rpc=\"streams.v1.Prices/WatchPrices\","));
}

// A stream may take days; configurations come and go meanwhile, and each keeps its workers.
TEST(ReloadedConfiguration, CutsOffWhatTooManyEarlierOnesStillServe) {
  Streams streams;
  GatewayOptions options = StreamsOptions(streams);
  options.more = kAdmin;
  Reloaded reloaded(options);
  std::vector<std::unique_ptr<HttpClient>> clients;
  std::vector<std::unique_ptr<StreamReader>> open;
  for (int i = 0; i < 4; ++i) {
    HttpClient& client = *clients.emplace_back(std::make_unique<HttpClient>(reloaded.gateway().address()));
    client.Begin("GET", "/v1/prices/tea:watch?interval=0.01s");
    EXPECT_TRUE(open.emplace_back(std::make_unique<StreamReader>(client))->Next());
    reloaded.Write([i](GatewayOptions& changed) { changed.timeout = std::to_string(20 + i) + "s"; });
    reloaded.Reload();
  }
  EXPECT_THAT(open[0]->Rest(), HasSubstr("DRAINING"));
  for (int i = 1; i < 4; ++i) EXPECT_TRUE(open[static_cast<size_t>(i)]->Next()) << i;
  EXPECT_TRUE(Eventually([&] { return reloaded.Count("configuration_ended ") == 1; }));
  EXPECT_TRUE(Eventually([&] { return JsonAt(reloaded.Status(), "configuration.earlier_in_use") == "3"; }));
  // The destructor drains: what is open ends with the grace, of all configurations.
  for (const auto& client : clients) client->Close();
}

TEST(ReloadedConfiguration, LetsAConversationByWebSocketGoOn) {
  Streams streams;
  GatewayOptions options = StreamsOptions(streams);
  options.more = kAdmin;
  Reloaded reloaded(options);
  WebSocketClient talking(reloaded.gateway().address(), "/v1/rooms/tea:echo");
  ASSERT_EQ(talking.response().status, 101);
  talking.Say(R"({"text":"before"})");
  EXPECT_THAT(talking.Next(), HasSubstr("before"));
  reloaded.Write([](GatewayOptions& changed) { changed.timeout = "9s"; });
  reloaded.Reload();
  talking.Say(R"({"text":"after"})");
  EXPECT_THAT(talking.Next(), HasSubstr("after"));
  EXPECT_EQ(JsonAt(reloaded.Status(), "configuration.earlier_in_use"), "1");
  talking.Say("");
  EXPECT_THAT(talking.Next(), StartsWith("close 1000"));
  talking.Vanish();
  EXPECT_TRUE(Eventually([&] { return JsonAt(reloaded.Status(), "configuration.earlier_in_use") == "0"; }));
}

// As many as there were, however many processors there are by now.
TEST(ReloadedConfiguration, KeepsTheNumberOfWorkers) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  const std::string workers = JsonAt(reloaded.Status(), "workers.running");
  const pid_t pid = reloaded.gateway().process().pid();
  cpu_set_t processors;
  ASSERT_EQ(sched_getaffinity(pid, sizeof processors, &processors), 0);
  bool left = false;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &processors) && std::exchange(left, true)) CPU_CLR(i, &processors);
  }
  ASSERT_EQ(sched_setaffinity(pid, sizeof processors, &processors), 0);
  reloaded.Write([](GatewayOptions& options) { options.more = std::string(kAdmin) + kOtherPath; });
  reloaded.Reload();
  EXPECT_EQ(JsonAt(reloaded.Status(), "workers.running"), workers);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(reloaded.Get("/things/grinder").status, 200);
}

TEST(ReloadedConfiguration, DrainsWithThoseBeforeIt) {
  Streams streams;
  GatewayOptions options = StreamsOptions(streams);
  options.more = "drain: {grace: 300ms}\n";
  Reloaded reloaded(options);
  HttpClient client(reloaded.gateway().address());
  client.Begin("GET", "/v1/prices/tea:watch?interval=0.01s");
  StreamReader stream(client);
  EXPECT_TRUE(stream.Next());
  reloaded.Write([](GatewayOptions& changed) { changed.timeout = "9s"; });
  reloaded.Reload();
  reloaded.gateway().process().Signal(SIGTERM);
  EXPECT_THAT(stream.Rest(), HasSubstr("DRAINING"));
  EXPECT_EQ(reloaded.gateway().process().Wait(), 0);
}

// Whoever connects while the configuration changes is served by one or the other.
TEST(ReloadedConfiguration, LosesNobody) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  std::atomic<bool> stop{false};
  std::atomic<int> served{0};
  std::vector<std::string> failures;
  std::mutex mutex;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!stop) {
        const HttpResponse response = reloaded.Get("/v1/items/grinder");
        ++served;
        if (response.status == 200) continue;
        const std::lock_guard lock(mutex);
        failures.push_back(std::to_string(response.status) + " " + response.body);
      }
    });
  }
  for (int i = 0; i < 10; ++i) {
    reloaded.Write([i](GatewayOptions& options) { options.timeout = std::to_string(20 + i) + "s"; });
    reloaded.Reload();
    const int seen = served;
    EXPECT_TRUE(Eventually([&] { return served > seen + 20; }));
  }
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_THAT(failures, testing::IsEmpty());
}

// Also where nothing has been sent yet.
TEST(ReloadedConfiguration, ServesTheFirstRequestOfWhoeverHasConnected) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  HttpClient fresh(reloaded.gateway().address());
  HttpClient warm(reloaded.gateway().address());  // accepted after the other
  EXPECT_EQ(warm.Send("GET", "/v1/items/grinder").status, 200);
  reloaded.Write([](GatewayOptions& options) { options.timeout = "9s"; });
  reloaded.Reload();
  EXPECT_TRUE(warm.ClosedByPeer());
  const HttpResponse response = fresh.Send("GET", "/v1/items/grinder");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("connection"), "close");
}

// Whose handshake comes when another configuration is served already.
TEST(ReloadedConfiguration, ServesTheFirstRequestOfWhoeverHasConnectedByTls) {
  const TestCa ca;
  TempDir folder;
  const PemPair pair = ca.Issue({.common_names = {"shop"}, .dns = {"localhost"}});
  Shop shop;
  Reloaded reloaded({.listeners = "[{address: \"127.0.0.1:0\", tls: {certificates: [{certificate: {file: \"" +
                                  folder.Write("s.crt", pair.certificate) + "\"}, private_key: {file: \"" +
                                  folder.Write("s.key", pair.private_key) + "\"}}]}}]",
                     .endpoints = {shop.address()}});
  const TlsClient::Options trusting{.ca = ca.pem(), .server_name = "localhost"};
  const std::string request = "GET /v1/items/grinder HTTP/1.1\r\nHost: localhost\r\n\r\n";
  TlsClient fresh(reloaded.gateway().address(), trusting);
  TlsClient warm(reloaded.gateway().address(), trusting);  // accepted after the other
  ASSERT_TRUE(warm.Handshake()) << warm.error();
  warm.Send(request);
  EXPECT_THAT(warm.ReadResponse(), StartsWith("HTTP/1.1 200 "));
  reloaded.Write([](GatewayOptions& options) { options.timeout = "9s"; });
  reloaded.Reload();
  EXPECT_EQ(warm.ReadAll(), "");
  EXPECT_TRUE(warm.ended_orderly());
  ASSERT_TRUE(fresh.Handshake()) << fresh.error();
  fresh.Send(request);
  const std::string response = fresh.ReadAll();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(response, HasSubstr("\r\nconnection: close\r\n"));
}

TEST(ReloadedConfiguration, LimitsAndBansGoOn) {
  Shop shop;
  const std::string more =
      "admin: {address: \"127.0.0.1:0\", token: secret}\n"
      "guard: {}\n"
      "rate_limits: {few: {key: [address], limits: [{quota: 3/h}]}}\n"
      "policies: [{methods: [\"shop.v1.Catalog/GetItem\"], rate_limits: [few]}]\n";
  Reloaded reloaded({.endpoints = {shop.address()}, .more = more});
  const auto status = [&] { return reloaded.Get("/v1/items/grinder").status; };
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 200);
  const Headers token = {{"authorization", "Bearer secret"}};
  EXPECT_EQ(AskAdmin(reloaded.gateway(), "POST", "/guard/bans/192.0.2.7?for=10m", token).status, 200);
  reloaded.Write([&](GatewayOptions& options) {
    options.more = more + "access_log: {path: stdout}\n";
    options.more.replace(options.more.find("guard: {}"), 9, "guard: {max_entries: 5000}");
    options.more.replace(options.more.find("token: secret"), 13, "token: another");
  });
  reloaded.Reload();
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 429) << "the fourth of three an hour";
  EXPECT_EQ(AskAdmin(reloaded.gateway(), "DELETE", "/guard/bans/192.0.2.7", token).status, 401) << "another token counts now";
  EXPECT_THAT(AskAdmin(reloaded.gateway(), "GET", "/guard/bans").body, HasSubstr("\"what\":\"192.0.2.7\",\"rule\":\"by_hand\""));
  EXPECT_TRUE(reloaded.gateway().process().WaitForOutput("\"reason\":\"QUOTA_EXCEEDED\"")) << "the access log is kept now";
}

TEST(ReloadedConfiguration, ListenersComeAndGo) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = kAdmin});
  const std::string first = reloaded.gateway().address();
  TempDir folder;
  const std::string path = "unix:" + folder.path("s.sock");
  reloaded.Write([&](GatewayOptions& options) { options.listeners = "[{address: \"127.0.0.1:0\"}, {address: \"" + path + "\"}]"; });
  reloaded.Reload();
  EXPECT_EQ(Fetch(path, "GET", "/v1/items/grinder").status, 200);
  EXPECT_EQ(Fetch(first, "GET", "/v1/items/grinder").status, 200) << "the port that was found stays";
  EXPECT_EQ(JsonAt(reloaded.Status(), "listeners.1.address"), path);
  reloaded.Write([&](GatewayOptions& options) { options.listeners = "[{address: \"" + path + "\"}]"; });
  reloaded.Reload();
  EXPECT_EQ(Fetch(path, "GET", "/v1/items/grinder").status, 200);
  EXPECT_TRUE(Eventually([&] { return !HttpClient(first).connected(); }));
  Shop other;  // whose address is taken
  reloaded.Write([&](GatewayOptions& options) { options.listeners = "[{address: \"" + path + "\"}, {address: \"" + other.address() + "\"}]"; });
  reloaded.Reload("configuration_kept ");
  EXPECT_THAT(reloaded.gateway().process().err(), HasSubstr("cannot listen on " + other.address() + ": Address already in use"));
  EXPECT_EQ(Fetch(path, "GET", "/v1/items/grinder").status, 200);
}

TEST(ReloadedConfiguration, SaysWhatNeedsARestart) {
  Shop shop;
  Reloaded reloaded({.endpoints = {shop.address()}, .more = std::string(kAdmin) + "workers: 2\n"});
  reloaded.Write([](GatewayOptions& options) { options.more = "admin: {address: \"127.0.0.1:1\"}\nworkers: 3\n" + std::string(kOtherPath); });
  reloaded.Reload("configuration_kept ");
  EXPECT_TRUE(reloaded.gateway().process().WaitForOutput("admin.address: 127.0.0.1:0 cannot become 127.0.0.1:1 while the gateway serves"));
  EXPECT_THAT(reloaded.gateway().process().err(), HasSubstr("where=workers error=\"there are 2, which cannot change while the gateway serves; leave it as it is, or restart it\""));
  EXPECT_EQ(reloaded.Get("/things/grinder").status, 404) << "all of it, or nothing";
}

TEST(ReloadedConfiguration, TakesACertificateThatIsReplaced) {
  const TestCa ca;
  TempDir folder;
  const auto write = [&](const std::string& name) {
    const PemPair pair = ca.Issue({.common_names = {name}, .dns = {"localhost"}});
    std::filesystem::rename(folder.Write("fresh.key", pair.private_key), folder.path("s.key"));
    std::filesystem::rename(folder.Write("fresh.crt", pair.certificate), folder.path("s.crt"));
  };
  write("first");
  Shop shop;
  Reloaded reloaded({.listeners = "[{address: \"127.0.0.1:0\", tls: {certificates: [{certificate: {file: \"" + folder.path("s.crt") +
                                  "\"}, private_key: {file: \"" + folder.path("s.key") + "\"}}]}}]",
                     .endpoints = {shop.address()},
                     .more = "reload: {watch: true}\n"});
  const auto server = [&] {
    TlsClient client(reloaded.gateway().address(), {.ca = ca.pem(), .server_name = "localhost"});
    return client.Handshake() ? client.server() : client.error();
  };
  EXPECT_EQ(server(), "first");
  write("second");
  EXPECT_TRUE(Eventually([&] { return server() == "second"; }));
}

TEST(ReloadedConfiguration, KeepsTheKeysOfAnIssuerThatIsDown) {
  IssuerProcess issuer;
  Shop shop;
  const std::string more = std::string(kAdmin) + "authentication: {jwt: [{name: main, issuer: \"" + issuer.url() +
                           "\", audiences: [shop-api], jwks: {discovery: true, timeout: 500ms}}]}\n";
  Reloaded reloaded({.endpoints = {shop.address()}, .more = more});
  issuer.AddKey("a", "ES256");
  const Headers token = {{"authorization", "Bearer " + issuer.Token("a")}};
  EXPECT_TRUE(Eventually([&] { return reloaded.Get("/v1/items/grinder", token).status == 200; }));
  issuer.Behave("down");
  reloaded.Write([](GatewayOptions& options) { options.timeout = "9s"; });
  reloaded.Reload();
  EXPECT_EQ(reloaded.Get("/v1/items/grinder", token).status, 200);
  EXPECT_EQ(reloaded.Get("/v1/items/grinder").status, 401);
}

TEST(ReloadedConfiguration, KeepsWhatABackendThatIsDownHasSaid) {
  auto shop = std::make_unique<Shop>();
  const std::string address = shop->address();
  Reloaded reloaded({.descriptors = "[{reflection: {backend: shop}}]", .endpoints = {address}, .more = kAdmin});
  EXPECT_EQ(reloaded.Get("/v1/items/grinder").status, 200);
  shop.reset();
  reloaded.Write([](GatewayOptions& options) { options.more = std::string(kAdmin) + kOtherPath; });
  reloaded.Reload();
  EXPECT_EQ(reloaded.Get("/v1/items/grinder").status, 405);
  EXPECT_EQ(reloaded.Get("/things/grinder").status, 503) << "known, and not to be had";
  shop = std::make_unique<Shop>(address);
  EXPECT_TRUE(Eventually([&] { return reloaded.Get("/things/grinder").status == 200; }));
  reloaded.Write([](GatewayOptions& options) {
    options.descriptors = "[{reflection: {backend: shop}}, {reflection: {backend: other}}]";
    options.other_backends = "other: {endpoints: [\"127.0.0.1:1\"]}";
  });
  reloaded.Reload("configuration_kept ");
  EXPECT_EQ(AskAdmin(reloaded.gateway(), "GET", "/readyz").status, 200) << "a gateway that is ready stays so";
}

}  // namespace
}  // namespace dragoman::integration
