#pragma once

#include <vector>

#include "base/task.h"
#include "composition/response_template.h"
#include "composition/run.h"
#include "exchange/exchange.h"
#include "exchange/reply_stream.h"
#include "rpc/rules.h"
#include "transcoding/error_body.h"
#include "transcoding/json_codec.h"

namespace dragoman::composition {

// How answers are written, as the configuration says.
struct AnswerOptions {
  const transcoding::JsonWriteOptions& reply;
  const transcoding::ErrorBody& errors;
  size_t max_bytes;  // of all pieces together
};

// An answer that is sent piece by piece, each as soon as the calls that it uses have ended:
//
//   {"user":{"name":"Ada"}}               members of the answer, in whatever order they come to be: put together they
//   {"orders":[…],"total":3}              are the one that is sent otherwise
//   {"_errors":[{"part":"ads",…}]}        last, where something is missing
//
// What uses no call goes with the first piece that does, so that a request whose calls all fail has its own status.
// What has come to be in one turn of the loop leaves in one write.
//
// Lifetime: one exchange's; what it refers to outlives it.
class AnswerStream {
 public:
  AnswerStream(const Plan& plan, const ResponseTemplate::Selection* selection, transcoding::JsonCodec& codec,
               const AnswerOptions& options, Run& run, Bindings& bindings, Exchange& exchange,
               const rpc::Admitted& composition, StreamFormat format);
  ~AnswerStream();
  AnswerStream(const AnswerStream&) = delete;
  AnswerStream& operator=(const AnswerStream&) = delete;

  // `calls`: what makes them. Ends the response; but where nothing has been sent when they fail, that is the caller's to
  // do. Returns how the calls ended, or the pieces.
  Task<Status> Serve(Task<Status> calls);

 private:
  Task<void> MakeCalls(Task<Status> calls);
  void Progress();
  // Renders what is ready.
  Status Collect();
  Status Render(const ResponseTemplate::Piece& piece, Buffer& out);
  void CollectErrors();
  Task<Status> End(Status outcome);
  void CompleteHead(ResponseHead& head);

  const Plan& plan_;
  const ResponseTemplate::Selection* const selection_;
  transcoding::JsonCodec& codec_;
  const AnswerOptions options_;
  Run& run_;
  Bindings& bindings_;
  Exchange& exchange_;
  const rpc::Admitted& composition_;
  std::vector<ResponseTemplate::Piece> waiting_;
  size_t bytes_ = 0;
  ReplyStream reply_;
  bool making_ = false;  // calls
  Status made_;
  bool progressing_ = false;
  Signal progress_;
};

}  // namespace dragoman::composition
