#pragma once

#include "base/task.h"
#include "exchange/exchange.h"
#include "rpc/rules.h"
#include "transcoding/error_body.h"
#include "transcoding/json_codec.h"

namespace dragoman::dialects::rest {

// Answers with `status`, which is not OK, unless a reply has begun. `rules`: of the RPC, null where there is none; `head`
// may hold headers already.
Task<void> ReplyWithError(Exchange& exchange, const Status& status, const rpc::Rules* rules,
                          const transcoding::ErrorBody& errors, transcoding::JsonCodec& codec, ResponseHead& head);

// Appends to `head` what the limits of an RPC that was admitted have said, unless `status`, which refuses it, tells it.
void AppendLimits(const Status& status, const rpc::Admitted& rpc, ResponseHead& head);

}  // namespace dragoman::dialects::rest
