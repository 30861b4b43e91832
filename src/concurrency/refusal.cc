#include "concurrency/refusal.h"

#include <utility>

namespace dragoman::concurrency {
namespace {

Status Overloaded(std::string message, uint32_t retry_after, std::string rule) {
  std::string seconds = std::to_string(retry_after);
  return Status(Reason::kOverloaded, message + ": try again in " + seconds + " s")
      .WithHeader("retry-after", std::move(seconds))
      .WithRule(std::move(rule));
}

std::string Calls(uint32_t count) { return std::to_string(count) + (count == 1 ? " call" : " calls"); }

}  // namespace

Status Refusal(const Cap& cap, Outcome outcome, uint32_t retry_after) {
  if (outcome == Outcome::kLeft) return Status(Code::kCancelled, "the client went away");
  std::string message = std::string(cap.subject) + " has " + Calls(cap.max) + " under way";
  if (outcome == Outcome::kFull && cap.queue > 0) message += " and " + std::to_string(cap.queue) + " waiting";
  message += ", as many as it may";
  if (outcome == Outcome::kTimedOut || outcome == Outcome::kShed) {
    message += ", and this one's turn did not come in time";
  }
  if (outcome == Outcome::kPushedOut) message += ", and calls of higher priority go first";
  return Overloaded(std::move(message), retry_after, std::string(cap.rule));
}

Status TooManyCallers(size_t most) {
  return Overloaded(std::to_string(most) + " callers have calls under way, as many as may at once", 1, "consumer");
}

std::string Describe(const config::Concurrency& limits) {
  std::string text = "at most " + std::to_string(limits.max) + " at once";
  if (!limits.tiers.empty()) {
    text += " (";
    for (size_t i = 0; i < limits.tiers.size(); ++i) {
      text += (i == 0 ? "" : ", ") + limits.tiers[i].first + " " + std::to_string(limits.tiers[i].second);
    }
    text += ")";
  }
  if (limits.queue > 0) {
    text += ", " + std::to_string(limits.queue) + (limits.queue == 1 ? " waits" : " wait") + " up to " +
            std::to_string(limits.queue_timeout.count()) + " ms";
  }
  return text;
}

}  // namespace dragoman::concurrency
