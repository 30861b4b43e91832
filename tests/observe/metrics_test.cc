#include "observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/observe/exposition.h"

namespace dragoman::observe {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::IsEmpty;

std::string PageOf(const Metrics& metrics) {
  Buffer out;
  metrics.Render(out);
  return std::string(out.view());
}

// The page as it should be. UPDATE_GOLDEN=1 in the environment makes it what it is.
std::string Golden(const std::string& page) {
  const std::string path = DRAGOMAN_SOURCE_DIR "/tests/observe/golden/metrics.txt";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << page;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Metrics, NothingServedShowsNoSeriesOfRpcs) {
  Metrics metrics({{"shop.v1.Catalog/GetItem"}});
  metrics.AddWorker();
  EXPECT_EQ(PageOf(metrics),
            "# HELP dragoman_requests_in_flight Requests that are being served.\n"
            "# TYPE dragoman_requests_in_flight gauge\n"
            "dragoman_requests_in_flight 0\n");
}

TEST(Metrics, SeriesGoOnByNameWhenOtherRpcsAreServed) {
  Metrics metrics({{"a.A/Kept", "a.A/Gone"}});
  WorkerMetrics& old = metrics.AddWorker();
  old.Record({.rpc = 0, .http_status = 200, .bytes_in = 1});
  old.Record({.rpc = 1, .http_status = 200, .bytes_in = 2});
  metrics.Begin({{"a.A/New", "a.A/Kept"}});
  WorkerMetrics& next = metrics.AddWorker();
  old.Record({.rpc = 0, .http_status = 200, .bytes_in = 10});  // one that began before
  next.Record({.rpc = 1, .http_status = 200, .bytes_in = 100});
  next.Record({.rpc = 0, .http_status = 200, .bytes_in = 4});
  const auto counts = [&metrics](const std::string& page) {
    EXPECT_THAT(page, testing::HasSubstr("dragoman_request_bytes_total{rpc=\"a.A/Kept\"} 111\n"));
    EXPECT_THAT(page, testing::HasSubstr("dragoman_request_bytes_total{rpc=\"a.A/Gone\"} 2\n"));
    EXPECT_THAT(page, testing::HasSubstr("dragoman_request_bytes_total{rpc=\"a.A/New\"} 4\n"));
    EXPECT_THAT(page, testing::HasSubstr("dragoman_requests_total{rpc=\"a.A/Kept\",code=\"200\",reason=\"\"} 3\n"));
  };
  counts(PageOf(metrics));
  metrics.Retire(old);
  counts(PageOf(metrics));
}

// A schema that gets other names every day does not fill the memory.
TEST(Metrics, ForgetsTheRpcsThatWentFirst) {
  const auto name = [](size_t n) { return "a.A/M" + std::to_string(n); };
  Metrics metrics({{"a.A/Kept", name(0)}});
  WorkerMetrics* worker = &metrics.AddWorker();
  for (size_t n = 0; n < Metrics::kMostGone + 3; ++n) {
    worker->Record({.rpc = 0, .http_status = 200, .bytes_in = 1});
    worker->Record({.rpc = 1, .http_status = 200, .bytes_in = 5});
    worker->Record({.http_status = 404});
    metrics.Begin({{"a.A/Kept", name(n + 1)}});
    WorkerMetrics& next = metrics.AddWorker();
    metrics.Retire(*worker);
    worker = &next;
  }
  const std::string page = PageOf(metrics);
  const auto shows = [&page](const std::string& rpc, const std::string& bytes) {
    return page.find("dragoman_request_bytes_total{rpc=\"" + rpc + "\"} " + bytes + "\n") != std::string::npos;
  };
  for (size_t n = 0; n < Metrics::kMostGone + 3; ++n) EXPECT_EQ(shows(name(n), "5"), n >= 3) << n;
  EXPECT_TRUE(shows("a.A/Kept", std::to_string(Metrics::kMostGone + 3)));
  EXPECT_THAT(page, testing::HasSubstr("dragoman_requests_total{rpc=\"\",code=\"404\",reason=\"\"} " +
                                       std::to_string(Metrics::kMostGone + 3)));
}

TEST(Metrics, AnRpcThatComesBackCountsOn) {
  Metrics metrics({{"a.A/A"}});
  WorkerMetrics& first = metrics.AddWorker();
  first.Record({.rpc = 0, .http_status = 200, .bytes_in = 1});
  metrics.Begin({});
  WorkerMetrics& without = metrics.AddWorker();
  metrics.Retire(first);
  metrics.Begin({{"a.A/A"}});
  metrics.AddWorker().Record({.rpc = 0, .http_status = 200, .bytes_in = 2});
  metrics.Retire(without);
  EXPECT_THAT(PageOf(metrics), testing::HasSubstr("dragoman_request_bytes_total{rpc=\"a.A/A\"} 3\n"));
}

TEST(Metrics, APageToTheLetter) {
  Metrics metrics({{"shop.v1.Catalog/GetItem", "shop.v1.Catalog/ListItems"}});
  WorkerMetrics& first = metrics.AddWorker();
  WorkerMetrics& second = metrics.AddWorker();
  const RequestSample good{.rpc = 0,
                           .http_status = 200,
                           .grpc_code = 0,
                           .total = microseconds(800),
                           .upstream = microseconds(700),
                           .client = microseconds(70),
                           .bytes_in = 10,
                           .bytes_out = 291};
  first.Record(good);
  second.Record(good);
  second.Record({.rpc = 0,
                 .http_status = 404,
                 .grpc_code = 5,
                 .total = milliseconds(3),
                 .upstream = milliseconds(2),
                 .bytes_out = 40});
  first.Record({.http_status = 404, .reason = Reason::kRouteNotFound, .total = microseconds(20), .bytes_out = 60});
  const WorkerMetrics::InFlight in_flight(first);

  const std::string page = PageOf(metrics);
  EXPECT_THAT(ReadExposition(page).faults, IsEmpty());
  EXPECT_EQ(page, Golden(page));
}

TEST(Metrics, SourcesAddTheirs) {
  struct Bans final : MetricsSource {
    void Append(MetricsWriter& writer) const override { writer.Gauge("dragoman_bans", "Who is shut out now.", {}, 3); }
  };
  const Bans bans;
  Metrics metrics({});
  metrics.AddSource(bans);
  EXPECT_EQ(ReadExposition(PageOf(metrics)).ValueOf("dragoman_bans", {}), 3);
}

TEST(Metrics, AClientThatSendsSlowlyIsNoTimeOfTheGateway) {
  Metrics metrics({{"a.A/A"}});
  metrics.AddWorker().Record(
      {.rpc = 0, .total = std::chrono::seconds(8), .client = std::chrono::seconds(8) - microseconds(30)});
  const Exposition read = ReadExposition(PageOf(metrics));
  EXPECT_EQ(read.ValueOf("dragoman_gateway_duration_seconds_bucket", {{"rpc", "a.A/A"}, {"le", "0.00005"}}), 1);
  EXPECT_EQ(read.ValueOf("dragoman_upstream_duration_seconds_count", {{"rpc", "a.A/A"}}), -1) << "no backend was asked";
}

TEST(Metrics, StreamsAreCountedWhileTheyAreOpen) {
  Metrics metrics({{"a.A/Watch", "a.A/Get"}});
  WorkerMetrics& worker = metrics.AddWorker();
  {
    WorkerMetrics::OpenStream stream(worker, 0);
    stream.CountRequests(1);
    stream.CountReplies(3);
    const std::string page = PageOf(metrics);
    EXPECT_THAT(page, testing::HasSubstr("dragoman_streams_open{rpc=\"a.A/Watch\"} 1\n"));
    EXPECT_THAT(page, testing::HasSubstr("dragoman_stream_messages_total{rpc=\"a.A/Watch\",direction=\"request\"} 1\n"));
    EXPECT_THAT(page, testing::HasSubstr("dragoman_stream_messages_total{rpc=\"a.A/Watch\",direction=\"reply\"} 3\n"));
    EXPECT_THAT(page, testing::Not(testing::HasSubstr("_seconds")));
    EXPECT_THAT(page, testing::Not(testing::HasSubstr("a.A/Get")));
  }
  worker.Record({.rpc = 0, .http_status = 200, .total = std::chrono::seconds(30), .stream = true});
  worker.Record({.rpc = 1, .http_status = 200, .total = std::chrono::milliseconds(1)});
  const std::string page = PageOf(metrics);
  EXPECT_THAT(page, testing::HasSubstr("dragoman_streams_open{rpc=\"a.A/Watch\"} 0\n"));
  EXPECT_THAT(page, testing::HasSubstr("dragoman_stream_duration_seconds_sum{rpc=\"a.A/Watch\"} 30\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("dragoman_request_duration_seconds_count{rpc=\"a.A/Watch\"}")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("dragoman_gateway_duration_seconds_count{rpc=\"a.A/Watch\"}")));
  EXPECT_THAT(page, testing::HasSubstr("dragoman_request_duration_seconds_count{rpc=\"a.A/Get\"} 1\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("rpc=\"a.A/Get\",direction")));
}

TEST(Metrics, TimesThatOverlapLeaveNoNegativeOwnTime) {
  Metrics metrics({{"a.A/A"}});
  metrics.AddWorker().Record(
      {.rpc = 0, .total = milliseconds(5), .upstream = milliseconds(4), .client = milliseconds(4)});
  const Exposition read = ReadExposition(PageOf(metrics));
  EXPECT_THAT(read.faults, IsEmpty());
  EXPECT_EQ(read.ValueOf("dragoman_gateway_duration_seconds_sum", {{"rpc", "a.A/A"}}), 0);
}

// A backend may ask for any HTTP status, a client may call anything: the page stays within its bound, and readable.
TEST(Metrics, NoSampleWhateverItSaysAddsToTheSeries) {
  constexpr size_t kRpcs = 2;
  Metrics metrics({{"a.A/A", "a.A/\"\\\n\xff"}});
  WorkerMetrics& worker = metrics.AddWorker();
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto any = [&random](auto... odd) {
    const int64_t choices[] = {static_cast<int64_t>(odd)..., static_cast<int64_t>(random()),
                               static_cast<int64_t>(random() % 700)};
    return choices[random() % std::size(choices)];
  };
  constexpr size_t kRequests = 200'000;
  for (size_t i = 0; i < kRequests; ++i) {
    worker.Record({.rpc = static_cast<size_t>(any(0, 1, -1)),
                   .http_status = static_cast<int>(any(0, -1, INT_MIN, INT_MAX)),
                   .grpc_code = static_cast<int>(any(-1, 0, 16, 17, INT_MIN)),
                   .reason = static_cast<Reason>(random() % (static_cast<size_t>(Reason::kQuotaExceeded) + 1)),
                   .total = Duration(any(0, -1, INT64_MAX) / 8),
                   .upstream = Duration(any(0, -1) / 8),
                   .client = Duration(any(0, 1) / 8),
                   .bytes_in = 1,
                   .bytes_out = 1});
  }
  const Exposition read = ReadExposition(PageOf(metrics));
  EXPECT_THAT(read.faults, IsEmpty());
  std::map<std::string, size_t> series;
  double requests = 0;
  for (const Exposition::Family& family : read.families) {
    series[family.name] = family.samples.size();
    if (family.name != "dragoman_requests_total") continue;
    for (const Exposition::Sample& sample : family.samples) requests += sample.value;
  }
  EXPECT_EQ(requests, kRequests);
  EXPECT_LE(series["dragoman_requests_total"], (kRpcs + 1) * kOutcomes);
  EXPECT_LE(series["dragoman_upstream_calls_total"], (kRpcs + 1) * 17);
  EXPECT_EQ(series["dragoman_request_duration_seconds"], (kRpcs + 1) * (kBuckets + 2));
  EXPECT_EQ(series["dragoman_gateway_duration_seconds"], (kRpcs + 1) * (kBuckets + 2));
  EXPECT_EQ(series["dragoman_upstream_duration_seconds"], (kRpcs + 1) * (kBuckets + 2));
}

TEST(Metrics, WorkersShareNoCacheLine) {
  Metrics metrics({{"a.A/A"}});
  const WorkerMetrics& first = metrics.AddWorker();
  const WorkerMetrics& second = metrics.AddWorker();
  const auto line = [](const void* at) { return reinterpret_cast<uintptr_t>(at) / 64; };
  EXPECT_NE(line(&first), line(&second));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(&first) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first.rpcs().data()) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second.rpcs().data()) % 64, 0u);
}

// Pages that are rendered meanwhile are sound and never go back; the last one has everything.
TEST(Metrics, WorkersCountWhilePagesAreRendered) {
  constexpr size_t kWorkers = 3;
  constexpr size_t kRequests = 20'000;
  Metrics metrics({{"a.A/A", "b.B/B"}});
  std::atomic<size_t> running{kWorkers};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kWorkers; ++i) {
    threads.emplace_back([&worker = metrics.AddWorker(), &running] {
      for (size_t request = 0; request < kRequests; ++request) {
        const WorkerMetrics::InFlight in_flight(worker);
        worker.Record({.rpc = request % 3,
                       .http_status = 200,
                       .grpc_code = 0,
                       .total = microseconds(request),
                       .upstream = microseconds(request / 2),
                       .bytes_in = 1,
                       .bytes_out = 2});
      }
      --running;
    });
  }
  const std::map<std::string, std::string> series = {{"rpc", "a.A/A"}, {"code", "200"}, {"reason", ""}};
  double before = -1;
  bool ended = false;
  do {
    ended = running == 0;
    const Exposition read = ReadExposition(PageOf(metrics));
    EXPECT_THAT(read.faults, IsEmpty());
    const double now = read.ValueOf("dragoman_requests_total", series);
    EXPECT_GE(now, before);
    EXPECT_LE(read.ValueOf("dragoman_requests_in_flight", {}), kWorkers);
    before = now;
  } while (!ended);
  for (std::thread& thread : threads) thread.join();
  const Exposition read = ReadExposition(PageOf(metrics));
  EXPECT_EQ(read.ValueOf("dragoman_requests_in_flight", {}), 0);
  EXPECT_EQ(read.ValueOf("dragoman_request_bytes_total", {{"rpc", "a.A/A"}}), kWorkers * 6667);
  EXPECT_EQ(read.ValueOf("dragoman_response_bytes_total", {{"rpc", "b.B/B"}}), kWorkers * 6667 * 2);
  EXPECT_EQ(read.ValueOf("dragoman_request_duration_seconds_count", {{"rpc", ""}}), kWorkers * 6666);
}

}  // namespace
}  // namespace dragoman::observe
