#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "auth/authenticator.h"
#include "base/loop.h"
#include "base/side_thread.h"
#include "compression/coded_exchange.h"
#include "cors/policy.h"
#include "explain/explanation.h"
#include "explain/question_exchange.h"
#include "generation/generation.h"
#include "rate_limit/limiter.h"
#include "rpc/unary_call.h"
#include "transcoding/json_codec.h"

namespace dragoman::explain {

// One question on its way through the stages, in the order in which gateway::Pipeline and the dialects ask them. Each stage is
// the one that serves; what is asked here is what would be asked there.
//
// Threads: one; others may explain at the same time.
class Explainer {
 public:
  Explainer(const Generation& generation, const Question& question);

  tl::expected<Explanation, std::string> Run();

 private:
  // Of each request (explain.cc).
  void TellRequest();
  void FindClient();
  void AskGuard();
  void Apply(const cors::Policy* policy);
  const cors::Policy* CorsOf(const rpc::Rules* rules) const;
  bool AnswerOptions();  // true: nothing follows
  bool AnswerPage();     // likewise
  bool IsForOwnPage() const;
  void FindRoute();
  void TellRpc();
  void ServeRpc();
  void AskHandshake();

  // (composed.cc)
  void Compose();
  void TellInputs(const composition::Plan& plan);
  Explanation::Part TellPart(const composition::Plan& plan, size_t index, composition::Bindings* bindings, bool wanted);
  void TellPartDeadline(const composition::PlannedCall& call, Explanation::Part& part) const;
  void TellHeadersOfParts(const composition::Plan& plan, Explanation::Composition& told);

  // (who.cc)
  void TellCors();
  void Authenticate();
  void TellAuthorize(const std::string_view* message);
  std::string WhoCalls() const;

  // (bounds.cc)
  void AskLimits();
  void TellLimits(const std::string_view* wire);
  void TellGates();
  rate_limit::Caller Caller() const;
  // The bound of `limits` that a refused request is over; nothing: none.
  std::optional<Explanation::Bound> BoundOf(const Status& refusal) const;

  // (request_message.cc)
  void MakeMessages();
  void TellFields(const std::vector<transcoding::FieldOrigin>& origins, bool complete);
  Status ReadWhole();
  Status ReadElements();
  Status EncodeFirst(transcoding::RequestParts parts);
  Status AdmitMessage(std::string_view wire);
  void AddMessage(std::string_view wire);
  Explanation::Message Render(const google::protobuf::Descriptor* type, std::string_view wire);

  // (outbound.cc)
  // What the backend of that RPC gets, and what is kept from it.
  Status TellHeaders(size_t rpc, std::vector<Explanation::ForwardedHeader>& to);
  void TellDeadline();
  Explanation::Bound ConfiguredTimeout() const;
  void TellResponseHeaders();
  bool IsAsked(std::string_view name) const;
  std::string WhyWithheld(std::string_view name) const;

  // The first refusal is what the client is told.
  void Refuse(std::string_view stage, Status status);
  void Answer();
  void TellAnswerHeaders(const Status& status);

  // The value of a header or parameter as it may be seen.
  std::string Shown(std::string_view header, std::string_view value) const;
  bool HidesParameter(std::string_view name) const;
  // `target` without the values of credentials in its query.
  std::string ShownTarget(std::string_view target) const;

  // Runs what may wait for the loop to its end.
  template <typename T>
  T RunNow(Task<T> task) {
    std::optional<T> result;
    bool running = false;
    loop_.Spawn(Await(std::move(task), result, running, loop_));
    if (result) return *std::move(result);
    running = true;
    loop_.io().restart();
    loop_.Run();
    return *std::move(result);
  }
  template <typename T>
  static Task<void> Await(Task<T> task, std::optional<T>& result, const bool& running, Loop& loop) {
    result.emplace(co_await task);
    if (running) loop.Stop();
  }

  const Generation& generation_;
  const config::Config& config_;
  const Question& question_;
  Explanation out_;

  Loop loop_;
  SideThread side_thread_;  // these two: for whatever waits
  std::vector<std::shared_ptr<auth::KeySource>> key_sources_;  // that nobody starts
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::unique_ptr<rate_limit::Limits> limits_;  // untouched ones, so that nobody is charged
  std::optional<rate_limit::Limiter> limiter_;
  const rpc::MetadataRules metadata_rules_;
  const compression::Rules compression_;
  transcoding::JsonCodec codec_;

  std::unique_ptr<QuestionExchange> asked_;
  std::optional<compression::CodedExchange> coded_;
  Exchange* exchange_ = nullptr;  // one of the two
  bool websocket_ = false;
  const cors::Policy* cors_ = nullptr;
  cors::Headers cors_headers_;
  routing::Match match_;
  const routing::Route* route_ = nullptr;
  const routing::Rpc* rpc_ = nullptr;
  const rpc::Rules* rules_ = nullptr;
  bool proven_ = false;  // or nobody is asked, or could be told
  bool limits_asked_ = false;
  bool taken_for_granted_ = false;  // whoever proves it was not asked
  auth::Identity identity_;
  rate_limit::Admission admission_;
  std::vector<transcoding::FieldOrigin> origins_;
  Buffer message_;         // the one that is made at present
  size_t messages_ = 0;
  std::string first_message_;
  bool has_message_ = false;
  std::string_view message_stage_ = "message";  // what refused a message
  std::string stage_;
  Status refusal_;
  bool answered_ = false;  // by the gateway itself
};

}  // namespace dragoman::explain
