#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "guard/sentry.h"

namespace dragoman::guard {

using namespace std::chrono_literals;

inline config::IpAddress Ip(std::string_view text) { return *config::IpAddress::Parse(text); }

// An address of its own for each number.
inline config::IpAddress NthIp(uint32_t n) {
  const std::array<uint8_t, 4> bytes = {static_cast<uint8_t>(10 + (n >> 24)), static_cast<uint8_t>(n >> 16),
                                        static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)};
  return config::IpAddress::FromBytes(bytes);
}

inline config::Network Net(std::string_view text) { return *config::Network::Parse(text); }

// A guard with the order in which a gateway asks it, a clock of its own, and an authenticator that believes "right".
class GuardTest : public testing::Test {
 protected:
  GuardTest() { config_.guard = config::Guard{}; }

  void SetUpAgain() {
    sentry_.reset();
    guard_.reset();
  }

  // Once the configuration is as a test wants it.
  Guard& guard() {
    if (!guard_) {
      guard_ = *Guard::Build(config_);
      sentry_ = std::make_unique<Sentry>(*guard_);
    }
    return *guard_;
  }

  struct Credential {
    std::string_view scheme{};
    std::string_view name{};
    std::string_view secret = "right";
  };
  enum class Rpc { kPrivate, kPublic, kNone };

  // "ok", "UNAUTHENTICATED", "BANNED: this address is shut out for 60 s" …
  std::string Send(std::string_view client, const Credential& credential, Rpc rpc = Rpc::kPrivate) {
    return Send(Ip(client), credential, rpc);
  }
  std::string Send(const config::IpAddress& client, const Credential& credential, Rpc rpc = Rpc::kPrivate) {
    guard();
    Admission admission = sentry_->Admit(client, head_, now_);
    if (!admission.ok()) return Text(admission.refusal);
    if (rpc != Rpc::kPrivate && admission.suspect) return Text(sentry_->Shut(client, now_));
    if (rpc == Rpc::kPublic) return "ok";
    if (rpc == Rpc::kNone) return Refuse(client, {.event = Event::kNotFound}, Status(Reason::kRouteNotFound, ""));
    // As auth has it: keys name nobody until they are verified.
    const bool key = credential.scheme == "api_key";
    const bool basic = credential.scheme == "basic";
    const Claimed claimed{.identity = {credential.scheme, key ? "" : credential.name},
                          .guessable = basic,
                          .fingerprint = key ? std::hash<std::string_view>()(credential.secret) | 1 : 0};
    if (sentry_->WantsClaim(admission)) sentry_->AdmitClaim(client, claimed, now_, admission);
    if (!admission.ok()) return Text(admission.refusal);
    if (admission.only_at_once && basic) return Text(sentry_->Shut(client, now_));
    ++proofs_;
    if (credential.scheme.empty() || credential.secret != "right") {
      return Refuse(client, {.event = Event::kUnauthenticated, .claimed = claimed, .rpc = "shop.v1.Orders/GetOrder"},
                    Status(Reason::kUnauthenticated, ""));
    }
    const IdentityName proven{credential.scheme, credential.name};
    sentry_->AdmitIdentity(client, proven, now_, admission);
    if (!admission.ok()) return Text(admission.refusal);
    sentry_->Succeeded(client, proven, now_);
    return "ok";
  }
  std::string Refuse(const config::IpAddress& client, const Observation& seen, const Status& status) {
    guard().Observe(client, seen, now_);
    return Text(status);
  }
  void Observe(std::string_view client, Event event, int times = 1) {
    for (int i = 0; i < times; ++i) guard().Observe(Ip(client), {.event = event}, now_);
  }
  static std::string Text(const Status& status) {
    std::string text(FactsOf(status.reason()).name);
    if (!status.message().empty()) text += ": " + std::string(status.message());
    if (!status.rule().empty()) text += " (" + std::string(status.rule()) + ")";
    return text;
  }

  Moment Now() const { return {now_, wall_ + std::chrono::duration_cast<Moment::Wall::duration>(now_ - begin_)}; }
  void Advance(Duration duration) { now_ += duration; }
  // What is banned now: "192.0.2.7 brute_force 60s #1".
  std::vector<std::string> Banned() {
    std::vector<std::string> texts;
    for (const Ban& ban : guard().Bans(Now())) {
      const auto left = std::chrono::duration_cast<std::chrono::seconds>(ban.until - ban.since);
      texts.push_back(ban.what + " " + std::string(NameOf(ban.rule)) + " " + std::to_string(left.count()) + "s #" +
                      std::to_string(ban.count));
    }
    return texts;
  }

  config::Config config_;
  RequestHead head_;
  const TimePoint begin_{24h};
  const Moment::Wall wall_{std::chrono::seconds(1'795'000'000)};
  TimePoint now_ = begin_;
  int proofs_ = 0;  // credentials that were looked at
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<Sentry> sentry_;
};

}  // namespace dragoman::guard
