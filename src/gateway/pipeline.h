#pragma once

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
  Pipeline(const Generation& generation, dialects::Dialect& rest, observe::AccessLog* access_log);

  Task<void> Serve(Exchange& exchange) override;
  Task<void> Refuse(Exchange& exchange, Status status) override;

 private:
  // Which methods the path takes (RFC 9110, 9.3.7).
  Task<Status> DescribeOptions(Exchange& exchange, std::string_view allow);
  void Log(const Exchange& exchange, const routing::Route* route, const Status& outcome);

  const Generation& generation_;
  dialects::Dialect& rest_;
  observe::AccessLog* access_log_;
};

}  // namespace dragoman::gateway
