#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "composition/plan.h"
#include "composition/run.h"
#include "composition/surroundings.h"
#include "exchange/exchange.h"
#include "rpc/rules.h"
#include "transcoding/error_body.h"
#include "transcoding/json_codec.h"

namespace dragoman::composition {

// What holds for all answers.
struct ComposerOptions {
  size_t max_answer_bytes = 32u << 20;
  const transcoding::ErrorBody* errors = nullptr;  // of an answer that is sent piece by piece
};

// What whoever serves a request learns of its calls.
struct Told {
  std::string calls;  // "order=done charge=failed ship=untried"; empty where there is nothing to say
  std::optional<size_t>
      unproven;  // an RPC for which the client could not prove who it is, whatever became of the request
};

// The door of this folder: serves requests by their plans, on one worker.
//
// Threads: its worker's; many exchanges at once, each between two suspensions.
class Composer {
 public:
  // All must outlive it. `plans`: in the order of config::Config::compositions.
  Composer(std::span<const Plan> plans, const transcoding::PlanSet& messages, const ComposerOptions& options,
           const Surroundings& surroundings)
      : plans_(plans), options_(options), surroundings_(surroundings), codec_(messages) {}

  // Makes the calls and answers, with 200 where every required one has succeeded: what is missing then stands in the
  // answer and in the header x-partial. Any other end is returned for the caller to word; nothing has been sent.
  //
  // Where the client names a stream of values (NamedStreamOf), each piece of the answer is sent as soon as the calls that
  // it uses have ended (AnswerStream): an error behind the first one stands in the stream, and is returned all the same.
  //
  // Errors: those of Inputs::Bind and of the client's body; the status of a required call, which tells its part, and of
  // a composition that writes what was done and what was not tried; kResponseTooLarge for replies that together are;
  // those of its caps.
  Task<Status> Serve(Exchange& exchange, const rpc::Admitted& composition, Told& told);

 private:
  // Within the caps of the composition itself.
  static Task<Status> MakeCalls(Run& run, Exchange& exchange, const rpc::Admitted& composition, TimePoint deadline);

  const std::span<const Plan> plans_;
  const ComposerOptions& options_;
  const Surroundings& surroundings_;
  transcoding::JsonCodec codec_;
};

}  // namespace dragoman::composition
