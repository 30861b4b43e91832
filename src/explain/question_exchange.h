#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.h"
#include "exchange/exchange.h"
#include "explain/explanation.h"
#include "http/request_parser.h"

namespace dragoman::explain {

// A question as an exchange: its head goes through the scanner and the parser of HTTP/1, so that it is what they make
// of a request on the wire. Nothing of a reply is kept.
class QuestionExchange final : public Exchange {
 public:
  // Errors, for whoever asks: a line break in a name, value or target; a client that is no address.
  static tl::expected<std::unique_ptr<QuestionExchange>, std::string> Make(const Question& question,
                                                                           const config::Config& config, Loop& loop);

  // What HTTP itself has against the head; OK: nothing. Else the head holds as much as could be read.
  const Status& refusal() const { return refusal_; }
  // The target that is sent, however malformed: of a URL its path and query.
  std::string_view target() const { return std::string_view(text_).substr(question_.http_method.size() + 1, target_size_); }
  // The listener, where the scheme of the URL is not spoken by any; empty: it is.
  const std::string& scheme_note() const { return scheme_note_; }
  // Where the head is malformed, if the bytes themselves are: "behind \"/v1/a\", ' ' must be percent-encoded, as %20". `shown`: a part of the target as it
  // may be seen.
  std::string WhereMalformed(const std::function<std::string(std::string_view)>& shown) const;
  // Other headers than those of the question, for a while.
  void SetHeaders(std::span<const Header> headers) { head_.headers = headers; }
  void SetHttpMethod(std::string_view http_method) { head_.http_method = http_method; }

  bool bodyless() const override { return body_.empty(); }
  Task<Result<Buffer*>> ReadBody() override;
  Task<Result<std::string_view>> ReadBodyPiece(Patience) override;
  uint64_t request_bytes() const override { return body_.size(); }
  Task<Status> Reply(const ResponseHead&, std::string_view) override { co_return Status(); }
  Task<Status> BeginReply(const ResponseHead&, std::string_view) override { co_return Status(); }
  Task<Status> WriteReply(std::string_view) override { co_return Status(); }
  Task<Status> FinishReply(std::string_view) override { co_return Status(); }
  void AbortReply() override {}
  bool offers_upgrade(std::string_view protocol) const override { return parser_.offers_upgrade(protocol); }
  void TakeOver() override {}
  Duration client_time() const override { return {}; }

 private:
  QuestionExchange(const Question& question, const config::Config& config, Loop& loop);
  void ReadHead();

  const Question& question_;  // which outlives it
  const config::Config& config_;
  std::string text_;  // of the head
  size_t target_size_ = 0;
  std::string scheme_note_;
  std::vector<Header> headers_;
  std::string target_;
  http::RequestParser parser_{headers_, target_};
  Status refusal_;
  Peer client_;
  Buffer body_;
  bool body_read_ = false;
};

}  // namespace dragoman::explain
