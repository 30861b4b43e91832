#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <mutex>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "shop_fixture.h"
#include "streams_fixture.h"
#include "traffic.h"
#include "visitor.h"
#include "vitals.h"
#include "weather.h"

// soak [--seconds N] [--clients N] [--connections N] [--seed N] [--gateway PATH] [--shop PATH]
// [--streams PATH]
//
// The real gateway in front of the real shop and of streams_backend, under mixed traffic, while the shop comes and
// goes. Fails if any answer is not the one that was asked for, if memory grows after the warm-up, if a descriptor stays
// open, or if the gateway does not drain. Prints its figures.
namespace dragoman::soak {
namespace {

struct Options {
  int seconds = 240;
  int clients = 48;
  int connections = 4;  // of each client
  int seed = 1;
  std::string gateway = integration::DragomanProgram();
  std::string shop = SHOP_BACKEND;
  std::string streams = STREAMS_BACKEND;
};
Options options;

constexpr int kStorms = 12;  // in a run, if it is long enough
constexpr double kShortestFair = 2.5;
constexpr size_t kComplaintsShown = 10;

// What came of one kind of act.
struct Tally {
  uint64_t acts = 0;
  uint64_t wrong = 0;
};

// What all visitors found.
class Findings {
 public:
  void Add(const std::map<std::string, Tally>& tallies, uint64_t stormy, const std::vector<Complaint>& complaints) {
    std::lock_guard lock(mutex_);
    for (const auto& [kind, tally] : tallies) {
      tallies_[kind].acts += tally.acts;
      tallies_[kind].wrong += tally.wrong;
    }
    stormy_ += stormy;
    complaints_.insert(complaints_.end(), complaints.begin(), complaints.end());
  }
  // Prints how often everything was done; every complaint fails the test.
  void Report(int seconds) const {
    uint64_t acts = 0;
    for (const Kind& kind : Kinds()) {
      auto found = tallies_.find(kind.name);
      Tally tally = found == tallies_.end() ? Tally() : found->second;
      acts += tally.acts;
      std::printf("  %-24s %10llu%s\n", kind.name, static_cast<unsigned long long>(tally.acts),
                  tally.wrong == 0 ? "" : ("   wrong: " + std::to_string(tally.wrong)).c_str());
    }
    std::printf("  %-24s %10llu, %llu a second; %llu met a storm\n", "all", static_cast<unsigned long long>(acts),
                static_cast<unsigned long long>(acts / static_cast<uint64_t>(seconds)),
                static_cast<unsigned long long>(stormy_));
    for (size_t i = 0; i < std::min(complaints_.size(), kComplaintsShown); ++i) {
      ADD_FAILURE() << complaints_[i];
    }
    EXPECT_EQ(complaints_.size(), 0u);
    EXPECT_GT(acts, 0u);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Tally> tallies_;
  uint64_t stormy_ = 0;
  std::vector<Complaint> complaints_;
};

// One client, until it is told to stop.
void Visit(const std::string& gateway, const Weather& weather, uint64_t seed, Findings& findings,
           std::stop_token stop) {
  Visitor visitor(gateway, weather, seed, static_cast<size_t>(options.connections));
  std::span<const Kind> kinds = Kinds();
  int weights =
      std::accumulate(kinds.begin(), kinds.end(), 0, [](int sum, const Kind& kind) { return sum + kind.weight; });
  std::map<std::string, Tally> tallies;
  std::vector<Complaint> complaints;
  while (!stop.stop_requested() && complaints.size() < kComplaintsShown) {
    int at = visitor.Between(1, weights);
    auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return (at -= k.weight) <= 0; });
    Complaint complaint = kind->act(visitor);
    Tally& tally = tallies[kind->name];
    ++tally.acts;
    if (complaint.empty()) continue;
    ++tally.wrong;
    complaints.push_back(std::string(kind->name) + ": " + complaint);
  }
  findings.Add(tallies, visitor.stormy(), complaints);
}

// Each worker has its connection to streams_backend, whichever of them took these.
void MeetStreams(const std::string& gateway) {
  for (int i = 0; i < kProbes; ++i) EXPECT_EQ(integration::Fetch(gateway, "GET", "/v1/prices/FIGS").status, 200);
}

// What is under way when the gateway is told to end is answered, and then it ends well.
void Drain(integration::Process& process, const std::string& gateway) {
  constexpr int kUnderWay = 8;
  auto started = [&] {
    integration::HttpResponse stats = integration::Fetch(gateway, "POST", "/shop.v1.Diagnostics/GetStats");
    return std::atol(integration::JsonAt(stats.body, "calls.Users/ListUsers.started").c_str());
  };
  long all = started() + kUnderWay;
  std::vector<std::unique_ptr<integration::HttpClient>> clients;
  for (int i = 0; i < kUnderWay; ++i) {
    clients.push_back(std::make_unique<integration::HttpClient>(gateway));
    clients.back()->Begin("GET", "/v1/users?email=ada@example.com", {{"X-Shop-Delay", "1s"}});
  }
  auto end = std::chrono::steady_clock::now() + integration::kPatience;
  while (started() < all && std::chrono::steady_clock::now() < end) {
  }
  process.Signal(SIGTERM);
  for (auto& client : clients) {
    integration::HttpResponse response = client->Read();
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_NE(response.body.find("\"id\":\"ada\""), std::string::npos) << response.body;
  }
  EXPECT_EQ(process.Wait(), 0) << process.err();
}

TEST(Soak, EveryAnswerIsTheOneThatWasAskedForAndNothingGrows) {
  Weather weather(options.shop);
  integration::Streams streams(options.streams);
  integration::TempDir folder;
  integration::GatewayOptions config{
      .descriptors = "[{file: \"" SHOP_DESCRIPTORS "\"}, {file: \"" STREAMS_DESCRIPTORS "\"}]",
      .endpoints = {weather.backend_address()},
      .timeout = "60s",
      .other_backends = "streams: {endpoints: [\"" + streams.address() + "\"]}",
      .services = R"([{name: "shop.v1.*", backend: shop}, {name: "streams.v1.*", backend: streams}])",
      .more = "workers: 2\nforward_headers: [x-shop-fail, x-shop-delay]\naccess_log: {format: json, path: /dev/null}"};
  integration::Process process(
      {options.gateway, "serve", "--config", folder.Write("dragoman.yaml", integration::ConfigText(config))});
  std::string gateway = process.WaitForLine("listening on http://");
  ASSERT_NE(gateway, "");
  weather.AwaitFair(gateway);
  MeetStreams(gateway);
  size_t descriptors = SettledDescriptors(process.pid());

  Findings findings;
  MemoryCurve memory;
  {
    std::jthread vitals([&](std::stop_token stop) { memory.Follow(process.pid(), stop); });
    std::vector<std::jthread> visitors;
    for (int i = 0; i < options.clients; ++i) {
      uint64_t seed = static_cast<uint64_t>(options.seed) * 1000 + static_cast<uint64_t>(i);
      visitors.emplace_back([&, seed](std::stop_token stop) { Visit(gateway, weather, seed, findings, stop); });
    }
    double fair = std::max(kShortestFair, static_cast<double>(options.seconds) / kStorms);
    weather.Blow(gateway, options.seconds, fair);
  }

  std::printf("soak: %d s, %d clients with %d connections each, seed %d\n", options.seconds, options.clients,
              options.connections, options.seed);
  findings.Report(options.seconds);
  std::printf("  the backend went and came back %llu times\n", static_cast<unsigned long long>(weather.storms()));
  MemoryVerdict verdict = Judge(memory);
  std::printf("  resident KiB: %zu after the warm-up, %zu at the end (bound %zu), %zu at the peak\n",
              verdict.settled >> 10, verdict.last >> 10, verdict.bound >> 10, verdict.peak >> 10);
  // A sanitizer keeps freed memory for a while.
  if (!integration::IsSanitized(process.pid())) {
    EXPECT_LE(verdict.last, verdict.bound);
  }
  weather.AwaitFair(gateway);
  size_t left = SettledDescriptors(process.pid());
  std::printf("  open descriptors: %zu at the start, %zu at the end\n", descriptors, left);
  EXPECT_EQ(left, descriptors);
  Drain(process, gateway);
}

// True if every argument was understood.
bool Read(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i];
    if (i + 1 == argc) return false;
    std::string_view value = argv[++i];
    std::map<std::string_view, int*> numbers = {{"--seconds", &options.seconds},
                                                {"--clients", &options.clients},
                                                {"--connections", &options.connections},
                                                {"--seed", &options.seed}};
    if (auto number = numbers.find(flag); number != numbers.end()) {
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *number->second);
      if (error != std::errc() || end != value.data() + value.size() || *number->second < 1) return false;
    } else if (flag == "--gateway") {
      options.gateway = value;
    } else if (flag == "--shop") {
      options.shop = value;
    } else if (flag == "--streams") {
      options.streams = value;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace dragoman::soak

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!dragoman::soak::Read(argc, argv)) {
    std::fprintf(stderr,
                 "usage: soak [--seconds N] [--clients N] [--connections N] [--seed N]\n"
                 "            [--gateway PATH] [--shop PATH] [--streams PATH]\n");
    return 2;
  }
  return RUN_ALL_TESTS();
}
