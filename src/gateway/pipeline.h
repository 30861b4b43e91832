#pragma once

#include "auth/authenticator.h"
#include "dialects/dialect.h"
#include "exchange/exchange.h"
#include "gateway/generation.h"
#include "observe/access_log.h"

namespace dragoman::gateway {

// A request's whole story, in the one place that knows the order of the stages.
//
// Threads: one pipeline a worker.
class Pipeline : public ExchangeHandler {
 public:
  // `access_log` may be null. All must outlive the pipeline.
  Pipeline(const Generation& generation, const auth::Authenticator& authenticator, dialects::Dialect& rest,
           observe::AccessLog* access_log);

  Task<void> Serve(Exchange& exchange) override;
  Task<void> Refuse(Exchange& exchange, Status status) override;

 private:
  // Which methods the path takes (RFC 9110, 9.3.7).
  Task<Status> DescribeOptions(Exchange& exchange, std::string_view allow);
  // Who calls and what became of it; nulls for what is not known.
  void Log(const Exchange& exchange, const routing::Route* route, const auth::Identity* identity, const Status& outcome);

  const Generation& generation_;
  const auth::Authenticator& authenticator_;
  dialects::Dialect& rest_;
  observe::AccessLog* access_log_;
};

}  // namespace dragoman::gateway
