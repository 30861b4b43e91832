#include "gateway/status_page.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "gateway/service.h"

namespace dragoman::gateway {

// Workers that have been asked, and what they have said.
struct StatusPage::Round {
  std::vector<std::vector<upstream::Backend::State>> answers;
  size_t open = 0;
  Signal ended;

  static void OnLate(void* round) { static_cast<Round*>(round)->ended.Notify(); }
};

Task<void> StatusPage::Render(Buffer& out) {
  StatusReport report = Read();  // of the service whose workers are asked: there may be another one when they have answered
  const auto round = std::make_shared<Round>();
  round->open = subjects_.today->workers().size();
  for (const std::unique_ptr<Worker>& worker : subjects_.today->workers()) {
    worker->Report([round, &io = subjects_.control.io()](std::vector<upstream::Backend::State> backends) {
      asio::post(io, [round, backends = std::move(backends)]() mutable {
        round->answers.push_back(std::move(backends));
        if (--round->open == 0) round->ended.Notify();
      });
    });
  }
  Timer late(subjects_.control, &Round::OnLate, round.get());
  late.ArmAfter(kPatience);
  std::erase_if(rounds_, [](const std::weak_ptr<Round>& each) { return each.expired(); });
  rounds_.push_back(round);
  co_await round->ended.Wait();

  report.silent_workers = round->open;
  for (const auto& worker : round->answers) {
    for (size_t i = 0; i < worker.size(); ++i) report.backends[i].Add(worker[i]);
  }
  RenderStatus(report, out);
}

void StatusPage::Stop() {
  for (const std::weak_ptr<Round>& each : std::exchange(rounds_, {})) {
    if (const std::shared_ptr<Round> round = each.lock()) round->ended.Notify();
  }
}

StatusReport StatusPage::Read() const {
  const Service& today = *subjects_.today;
  const Generation& generation = today.generation();
  size_t in_use = today.shared().generations_in_use();
  for (const std::unique_ptr<Service>& past : subjects_.past) in_use += past->shared().generations_in_use();
  StatusReport report{.version = version_,
                      .now = std::chrono::system_clock::now(),
                      .started = started_,
                      .draining = subjects_.draining,
                      .waiting = today.waiting(),
                      .configuration = {.earlier_in_use = subjects_.past.size(), .problem = subjects_.problem},
                      .generation = {.id = generation.id,
                                     .built = generation.built,
                                     .routes = generation.router.routes().size(),
                                     .rpcs = generation.router.rpcs().size(),
                                     .in_use = in_use},
                      .descriptors = today.descriptors().snapshot(),
                      .listeners = subjects_.listeners,
                      .workers = today.workers().size(),
                      .connections = today.shared().connections.open(),
                      .max_connections = static_cast<uint64_t>(generation.config.limits.max_connections),
                      .requests = today.shared().metrics.in_flight()};
  const std::vector<config::Backend>& backends = generation.config.backends;
  for (size_t i = 0; i < backends.size(); ++i) {
    StatusReport::Backend& backend = report.backends.emplace_back(StatusReport::Backend{.name = backends[i].name});
    for (const std::unique_ptr<Worker>& worker : today.workers()) {
      const upstream::Connections connections = worker->backends()[i]->connections();
      backend.connections.connecting += connections.connecting;
      backend.connections.ready += connections.ready;
      backend.connections.draining += connections.draining;
    }
  }
  return report;
}

}  // namespace dragoman::gateway
