#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "gateway/status_report.h"

namespace dragoman::gateway {

class Service;

// GET /status: puts together what an operator wants to see at once.
//
// How backends are only their workers know: they are asked by what is posted to their loops, which costs each some
// microseconds, and one that does not answer within kPatience is counted as silent. All else is read where it is
// counted.
//
// Threads: the control loop's.
class StatusPage {
 public:
  static constexpr Duration kPatience = std::chrono::milliseconds(500);

  // What it tells of. All outlive it.
  struct Subjects {
    Loop& control;
    const std::unique_ptr<Service>& today;              // of today's configuration
    const std::vector<std::unique_ptr<Service>>& past;  // those before it that requests are in
    const std::vector<BoundAddress>& listeners;
    const std::string& problem;  // why what the configuration says now is not served; empty: it is
    const bool& draining;
  };
  StatusPage(std::string version, const Subjects& subjects) : version_(std::move(version)), subjects_(subjects) {}

  // Appends it as JSON.
  Task<void> Render(Buffer& out);
  // Waits for no worker any more.
  void Stop();

 private:
  struct Round;

  StatusReport Read() const;

  const std::string version_;
  const Subjects subjects_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  std::vector<std::weak_ptr<Round>> rounds_;  // that wait
};

}  // namespace dragoman::gateway
