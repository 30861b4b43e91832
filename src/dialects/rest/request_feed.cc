#include "dialects/rest/request_feed.h"

#include <string>
#include <utility>

#include "exchange/media_type.h"
#include "exchange/too_large.h"
#include "rpc/admit_message.h"
#include "rpc/message_error.h"
#include "rpc/new_message.h"
#include "upstream/call.h"

namespace dragoman::dialects::rest {

using Patience = Exchange::Patience;

namespace {

constexpr size_t kPiecesInARow = 16;  // without a message, before others have their turn
constexpr std::string_view kElement = "element";

}  // namespace

RequestFeed::RequestFeed(const RestWorker& worker, Exchange& exchange, const rpc::Admitted& rpc,
                         observe::WorkerMetrics::OpenStream& tally)
    : worker_(worker), exchange_(exchange), rpc_(rpc), route_(*rpc.match.route), tally_(tally) {}

Task<Status> RequestFeed::ReadFirst() {
  Result<bool> there = co_await Next();
  if (!there) co_return std::move(there.error());
  if (!*there || !rpc_.rules.reads_message()) co_return Status();
  Status no = co_await Admit();
  admitted_ = no.ok();
  co_return no;
}

Task<Status> RequestFeed::Run(rpc::StreamCall& call) {
  for (;;) {
    Result<bool> there = Take();
    if (there && !*there) there = co_await Next();
    if (!there) co_return std::move(there.error());
    if (!*there) break;
    if (rpc_.rules.reads_message() && !std::exchange(admitted_, false)) {
      if (Status no = co_await Admit(); !no.ok()) co_return no;
    }
    has_message_ = false;
    pieces_ = 0;
    ++messages_;
    tally_.CountRequests(1);
    if (Status ended = co_await call.Send(std::move(message_), false); !ended.ok()) co_return Status();
  }
  BufferPool::Lease nothing{Buffer()};
  (void)co_await call.Send(std::move(nothing), true);
  co_return Status();
}

Task<Result<bool>> RequestFeed::Next() {
  if (kind_ == Kind::kUnknown) {
    if (Status no = co_await Begin(); !no.ok()) co_return Refuse(std::move(no));
  }
  for (;;) {
    Result<bool> there = Take();
    if (there && !*there && ended_ && messages_ == 0) {
      if (Status no = CheckUrl(); !no.ok()) co_return Refuse(std::move(no));
    }
    if (!there || *there || ended_) co_return there;
    if (Status no = co_await ReadPiece(); !no.ok()) co_return Refuse(std::move(no));
    if (kind_ == Kind::kElements) splitter_->Push(piece_);
  }
}

Result<bool> RequestFeed::Take() {
  if (has_message_) return true;
  if (kind_ == Kind::kBytes && (!piece_.empty() || (ended_ && messages_ == 0))) {
    if (Status no = EncodeBytes(); !no.ok()) return Refuse(std::move(no));
  } else if (splitter_) {
    if (element_->capacity() == 0) element_ = BufferPool::Borrow();
    Result<bool> there = ended_ ? splitter_->Finish(*element_) : splitter_->Next(*element_);
    if (!there) return Refuse(rpc::MessageError(kElement, splitter_->elements() + 1, there.error()));
    if (!*there) return false;
    if (Status no = EncodeElement(); !no.ok()) return Refuse(std::move(no));
  }
  return has_message_;
}

Task<Status> RequestFeed::Begin() {
  kind_ = Kind::kWhole;
  transcoding::RequestParts parts;
  if (!route_.request.accepts_body()) {
    ended_ = true;
    if (!exchange_.bodyless()) {
      Result<Buffer*> body = co_await exchange_.ReadBody();
      if (!body) co_return std::move(body.error());
      parts.body = *body;
    }
    co_return EncodeFirst(std::move(parts));
  }
  ended_ = exchange_.bodyless();
  if (route_.request.raw_body()) kind_ = Kind::kBytes;
  if (ended_ || kind_ == Kind::kBytes) co_return Status();
  if (Status no = co_await ReadPiece(); !no.ok()) co_return no;
  if (ended_) co_return Status();
  const TakenBodies taken{.forms = route_.request.accepts_form(), .streams = true};
  const Result<transcoding::BodySyntax> syntax = SyntaxOfBody(exchange_.head(), piece_, taken);
  if (!syntax) co_return syntax.error();
  if (*syntax == transcoding::BodySyntax::kForm) co_return co_await ReadForm();
  kind_ = Kind::kElements;
  splitter_.emplace(worker_.rules.max_message_bytes, rpc_.rules.json->request.json.max_depth);
  splitter_->Push(piece_);
  co_return Status();
}

Task<Status> RequestFeed::ReadPiece() {
  element_ = BufferPool::Lease(Buffer());
  // A body may have nothing in it, and go on for ever as fast as it can be read.
  if (++pieces_ % kPiecesInARow == 0) co_await exchange_.loop().Yield();
  const bool between = splitter_ ? splitter_->between_elements() : kind_ == Kind::kWhole;
  exchange_.set_kept_bytes(splitter_ ? splitter_->kept_bytes() : 0);
  Result<std::string_view> piece =
      co_await exchange_.ReadBodyPiece(between ? Patience::kEndless : Patience::kBodyTimeout);
  if (!piece) co_return std::move(piece.error());
  piece_ = *piece;
  ended_ = piece_.empty();
  co_return Status();
}

Task<Status> RequestFeed::ReadForm() {
  BufferPool::Lease form = BufferPool::Borrow();
  while (!ended_) {
    if (form->size() + piece_.size() > worker_.rules.max_message_bytes) {
      co_return TooLarge("the form", worker_.rules.max_message_bytes);
    }
    form->Append(piece_);
    exchange_.set_kept_bytes(form->size());
    Result<std::string_view> piece = co_await exchange_.ReadBodyPiece(Patience::kBodyTimeout);
    if (!piece) co_return std::move(piece.error());
    piece_ = *piece;
    ended_ = piece_.empty();
  }
  transcoding::RequestParts parts;
  parts.body = &*form;
  parts.syntax = transcoding::BodySyntax::kForm;
  co_return EncodeFirst(std::move(parts));
}

Status RequestFeed::EncodeFirst(transcoding::RequestParts parts) {
  parts.captures = {rpc_.match.captures.data(), rpc_.match.captures.size()};
  parts.query = exchange_.head().query();
  parts.content_type = exchange_.head().Find("content-type");
  message_ = rpc::NewMessage(parts.raw.size() + (parts.body != nullptr ? parts.body->size() : 0));
  Status no = route_.request.Encode(parts, rpc_.rules.json->request, worker_.codec, *message_);
  has_message_ = no.ok();
  return no;
}

// There is no message that path and query could be in; what is wrong with them is wrong nevertheless.
Status RequestFeed::CheckUrl() {
  Status no = EncodeFirst({});
  has_message_ = false;
  message_ = BufferPool::Lease(Buffer());
  return no;
}

Status RequestFeed::EncodeElement() {
  Status no;
  if (messages_ == 0) {
    transcoding::RequestParts parts;
    parts.body = &*element_;
    parts.body_begins = splitter_->element_began();
    no = EncodeFirst(std::move(parts));
  } else {
    message_ = rpc::NewMessage(element_->size());
    no = route_.request.EncodeNext(*element_, splitter_->element_began(), rpc_.rules.json->request, worker_.codec,
                                   *message_);
    has_message_ = no.ok();
  }
  return no.ok() ? std::move(no) : rpc::MessageError(kElement, splitter_->elements(), no);
}

Status RequestFeed::EncodeBytes() {
  const std::string_view piece = std::exchange(piece_, {});
  if (messages_ == 0) {
    transcoding::RequestParts parts;
    parts.raw = piece;
    return EncodeFirst(std::move(parts));
  }
  message_ = rpc::NewMessage(piece.size());
  route_.request.EncodeNextRaw(piece, *message_);
  has_message_ = true;
  return {};
}

// Each message is held against the policies as if it were the only one, and charged. Only what the first one is charged
// is told in the response's headers.
Task<Status> RequestFeed::Admit() {
  const std::string_view wire = message_->view().substr(upstream::kMessagePrefix);
  rate_limit::Admission later;
  rate_limit::Admission& told = messages_ == 0 ? rpc_.admission : later;
  Status no = co_await rpc::AdmitMessage(worker_.limiter, exchange_, rpc_.rules, rpc_.identity, told, wire);
  if (!no.ok() && splitter_) no = rpc::MessageError(kElement, splitter_->elements(), no);
  co_return no;
}

}  // namespace dragoman::dialects::rest
