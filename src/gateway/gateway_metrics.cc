#include "gateway/gateway_metrics.h"

namespace dragoman::gateway {

void GatewayMetrics::Append(observe::MetricsWriter& writer) const {
  AppendConnections(writer);
  AppendLimits(writer);
  if (shared_.generation->guard) AppendGuard(writer);
  AppendGates(writer);
  if (shared_.generation->redis) AppendStore(writer);
  writer.Counter("dragoman_access_log_dropped_total", "Lines of the access log that nobody took.", {},
                 Sum([](const Worker& worker) { return worker.dropped_log_lines(); }));
}

void GatewayMetrics::AppendConnections(observe::MetricsWriter& writer) const {
  const auto sum = [this](observe::Tally http::ConnectionCounters::*counter) {
    return Sum([counter](const Worker& worker) { return (worker.connections().*counter).Get(); });
  };
  writer.Gauge("dragoman_connections", "Open connections of clients.", {}, shared_.connections.open());
  writer.Counter("dragoman_connections_total", "Connections of clients that were accepted.", {},
                 sum(&http::ConnectionCounters::accepted));
  constexpr std::string_view kRefused = "dragoman_connections_refused_total";
  constexpr std::string_view kRefusedHelp = "Of those, the ones that were reset before anything was read.";
  writer.Counter(kRefused, kRefusedHelp, {{"why", "guard"}}, sum(&http::ConnectionCounters::refused_by_gate));
  writer.Counter(kRefused, kRefusedHelp, {{"why", "proxy_protocol"}}, sum(&http::ConnectionCounters::refused_proxy_headers));
  writer.Counter("dragoman_tls_handshake_failures_total", "TLS handshakes with clients that failed.", {},
                 sum(&http::ConnectionCounters::failed_handshakes));
  writer.Counter("dragoman_http2_connections_total", "Connections of clients that became HTTP/2.", {},
                 sum(&http::ConnectionCounters::http2));
  for (size_t i = 0; i < http::kMisconductNames.size(); ++i) {
    const auto ended = [i](const Worker& worker) { return worker.connections().misconduct[i].Get(); };
    writer.Counter("dragoman_http2_connections_ended_total", "HTTP/2 connections that were ended for what the client did.",
                   {{"why", http::kMisconductNames[i]}}, Sum(ended));
  }
  writer.Counter("dragoman_http2_streams_refused_total", "HTTP/2 streams refused because too many were being served.", {},
                 sum(&http::ConnectionCounters::refused_streams));
  constexpr std::string_view kHeldBack = "dragoman_http2_streams_held_back_total";
  constexpr std::string_view kHeldBackHelp = "Times that HTTP/2 streams waited for others of their connection to hold less.";
  writer.Counter(kHeldBack, kHeldBackHelp, {{"what", "bodies"}}, sum(&http::ConnectionCounters::held_back_bodies));
  writer.Counter(kHeldBack, kHeldBackHelp, {{"what", "replies"}}, sum(&http::ConnectionCounters::held_back_replies));
  const std::vector<config::Backend>& backends = shared_.generation->config.backends;
  for (size_t i = 0; i < backends.size(); ++i) {
    const auto in_state = [&](std::string_view state, uint64_t upstream::Connections::*count) {
      writer.Gauge("dragoman_upstream_connections", "Connections to backends.", {{"backend", backends[i].name}, {"state", state}},
                   Sum([&](const Worker& worker) { return worker.backends()[i]->connections().*count; }));
    };
    in_state("connecting", &upstream::Connections::connecting);
    in_state("ready", &upstream::Connections::ready);
    in_state("draining", &upstream::Connections::draining);
  }
}

void GatewayMetrics::AppendLimits(observe::MetricsWriter& writer) const {
  const rate_limit::Limits& limits = *shared_.generation->limits;
  if (limits.windows().empty()) return;
  writer.Counter("dragoman_limit_admitted_total", "Requests that all their limits admitted.", {},
                 Sum([](const Worker& worker) { return worker.limiter().admitted(); }));
  for (const rate_limit::Window& window : limits.windows()) {
    const uint64_t refused = Sum([&](const Worker& worker) { return worker.limiter().refused(window.index); });
    writer.Counter("dragoman_limit_refused_total", "Requests that a window of a limit refused.",
                   {{"limit", window.config->name}, {"tier", window.tier}}, refused);
  }
  writer.Counter("dragoman_limit_unanswered_total", "Requests for which the store did not answer.", {},
                 Sum([](const Worker& worker) { return worker.limiter().unanswered(); }));
  writer.Counter("dragoman_limit_buckets_added_total", "Buckets of this process that were begun.", {}, limits.buckets().added());
  writer.Counter("dragoman_limit_buckets_evicted_total",
                 "Buckets that were forgotten while they still counted, for want of room.", {}, limits.buckets().evicted());
}

void GatewayMetrics::AppendGuard(observe::MetricsWriter& writer) const {
  const guard::Guard& guard = *shared_.generation->guard;
  const guard::Counters& counters = guard.counters();
  writer.Gauge("dragoman_bans", "Bans that hold now.", {}, guard.ban_count());
  for (size_t i = 0; i < counters.bans.size(); ++i) {
    writer.Counter("dragoman_bans_total", "Bans that were imposed here.", {{"rule", guard::kBanRuleNames[i]}}, counters.bans[i].load(std::memory_order_relaxed));
  }
  writer.Counter("dragoman_bans_merged_total", "Bans that other gateways told of.", {}, counters.bans_merged.load(std::memory_order_relaxed));
  writer.Counter("dragoman_bans_lifted_total", "Bans that were lifted by hand.", {}, counters.lifted.load(std::memory_order_relaxed));
  for (size_t i = 0; i < counters.refusals.size(); ++i) {
    writer.Counter("dragoman_guard_refused_total", "Requests and connections that the guard refused.",
                   {{"rule", guard::kRefusalNames[i]}}, counters.refusals[i].load(std::memory_order_relaxed));
  }
  const auto evicted = [&](std::string_view what, const guard::Counters::Count& count) {
    writer.Counter("dragoman_guard_evicted_total", "What was forgotten before its time for want of room (guard.max_entries).",
                   {{"what", what}}, count.load(std::memory_order_relaxed));
  };
  evicted("offenders", counters.evicted_offenders);
  evicted("bans", counters.evicted_bans);
  evicted("known_good", counters.evicted_known_good);
  evicted("connections", counters.evicted_connections);
  writer.Gauge("dragoman_guard_offenders", "Addresses and identities with points or failures.", {}, guard.offender_count());
  writer.Counter("dragoman_guard_news_dropped_total", "Bans that other gateways were not told of.", {},
                 counters.news_dropped.load(std::memory_order_relaxed));
}

void GatewayMetrics::AppendGates(observe::MetricsWriter& writer) const {
  for (const concurrency::Figures& gate : shared_.generation->gates->figures()) {
    writer.Gauge("dragoman_calls_under_way", "Calls under way behind a cap.", {{"cap", gate.rule}}, gate.under_way);
    writer.Gauge("dragoman_calls_waiting", "Calls that wait at a cap.", {{"cap", gate.rule}}, gate.waiting);
    writer.Counter("dragoman_calls_waited_total", "Calls that were admitted after waiting at a cap.", {{"cap", gate.rule}}, gate.waited);
    const auto refused = [&](std::string_view why, uint64_t count) {
      writer.Counter("dragoman_calls_refused_total", "Calls that a cap refused.", {{"cap", gate.rule}, {"why", why}}, count);
    };
    refused("queue_full", gate.full);
    refused("timeout", gate.timed_out);
    refused("shed", gate.shed);
    refused("pushed_out", gate.pushed_out);
  }
}

void GatewayMetrics::AppendStore(observe::MetricsWriter& writer) const {
  const auto sum = [this](auto counter) {
    return Sum([counter](const Worker& worker) { return static_cast<uint64_t>((worker.redis()->*counter).load(std::memory_order_relaxed)); });
  };
  writer.Gauge("dragoman_store_up", "Workers whose connection to the store answers.", {}, sum(&store::RedisCounters::up));
  writer.Counter("dragoman_store_commands_total", "Questions to the store.", {}, sum(&store::RedisCounters::commands));
  writer.Counter("dragoman_store_failures_total", "Those without an answer that makes sense.", {}, sum(&store::RedisCounters::failures));
  writer.Counter("dragoman_store_reconnects_total", "Connections to the store that replaced a lost one.", {}, sum(&store::RedisCounters::reconnects));
}

}  // namespace dragoman::gateway
