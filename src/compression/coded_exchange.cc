#include "compression/coded_exchange.h"

#include <algorithm>
#include <utility>

#include "compression/response.h"
#include "transcoding/quote.h"

namespace dragoman::compression {
namespace {

constexpr size_t kQuotedBytes = 64;  // of what a client sent, in a text for it

Status NobodyReads() { return Status(Code::kCancelled, "the reply has ended"); }

}  // namespace

using coding::CodecMemory;
using coding::Coding;
using coding::Decoded;
using coding::Decoder;
using coding::Encoder;

CodedExchange::CodedExchange(Exchange& inner, const Rules& rules)
    : inner_(inner),
      rules_(rules),
      request_coding_(RequestCodingOf(inner.head())),
      coded_body_(request_coding_ != Coding::kIdentity && !inner.bodyless()) {
  head_ = inner.head();
  peer_ = &inner.peer();
  loop_ = &inner.loop();
  started_ = inner.started();
  request_id_ = inner.request_id();
  inner.WatchDrain([](void* self) { static_cast<CodedExchange*>(self)->NotifyDrain(); }, this);
  inner.WatchCancel([](void* self) { static_cast<CodedExchange*>(self)->NotifyCancel(); }, this);
}

CodedExchange::~CodedExchange() {
  loop_->ForgetTurnEnd(this);
  inner_.WatchDrain(nullptr, nullptr);
  inner_.WatchCancel(nullptr, nullptr);
}

Status CodedExchange::Unsupported() const {
  const std::string_view got = head_.Find("content-encoding").substr(0, kQuotedBytes);
  return Status(Reason::kUnsupportedMediaType,
                "expected gzip or br alone as content-encoding, got " + transcoding::Quote(got))
      .WithHeader("accept-encoding", "gzip, br");
}

Status CodedExchange::Refusal(Decoded outcome) const {
  const std::string coding(NameOf(*request_coding_));
  switch (outcome) {
    case Decoded::kTooLarge:
      return Status(Reason::kBodyTooLarge,
                    "the body is larger than " + std::to_string(rules_.max_body_bytes) + " bytes once it is decoded");
    case Decoded::kTruncated:
      return Status(Reason::kInvalidRequest, "the body ends before its " + coding + " does");
    case Decoded::kNoMemory:
      return Status(Reason::kOverloaded, "too many compressed bodies are being read already")
          .WithHeader("retry-after", "1");
    default:
      return Status(Reason::kInvalidRequest, "the body is not the " + coding + " that its content-encoding says");
  }
}

Task<Result<Buffer*>> CodedExchange::ReadBody() {
  if (!decodes()) co_return co_await inner_.ReadBody();
  if (!request_coding_) co_return Refuse(Unsupported());
  Result<Buffer*> coded = co_await inner_.ReadBody();
  if (!coded || (*coded)->empty()) co_return coded;
  decoded_ = BufferPool::Borrow();
  Decoded outcome = co_await DecodeInTurns((*coded)->view());
  if (outcome == Decoded::kNoMemory) {  // at once there always is some
    decoded_->Clear();
    outcome = coding::DecodeWhole(*request_coding_, (*coded)->view(), rules_.max_body_bytes, *decoded_);
  }
  if (outcome != Decoded::kDone) co_return Refuse(inner_.reply_ended() ? NobodyReads() : Refusal(outcome));
  co_return &*decoded_;
}

Task<Decoded> CodedExchange::DecodeInTurns(std::string_view coded) {
  Decoder decoder(*request_coding_, CodecMemory::Lifetime::kLonger);
  for (;;) {
    const size_t room = rules_.max_body_bytes - decoded_->size() + 1;
    std::string_view part = coded.substr(0, kTurnBytes);  // of what stands for nothing there may be much, too
    const size_t left = coded.size() - part.size();
    const Decoder::Outcome outcome = decoder.Decode(part, std::min(room, kTurnBytes), *decoded_);
    coded.remove_prefix(coded.size() - left - part.size());
    if (decoded_->size() > rules_.max_body_bytes) co_return Decoded::kTooLarge;
    switch (outcome) {
      case Decoder::Outcome::kMore:
        if (coded.empty()) co_return decoder.complete() ? Decoded::kDone : Decoded::kTruncated;
        [[fallthrough]];
      case Decoder::Outcome::kFull:
        if (!co_await TakeTurns()) co_return Decoded::kTruncated;
        break;
      case Decoder::Outcome::kCorrupt:
        co_return Decoded::kCorrupt;
      case Decoder::Outcome::kNoMemory:
        co_return Decoded::kNoMemory;
    }
  }
}

Task<Result<std::string_view>> CodedExchange::ReadBodyPiece(Patience patience) {
  inner_.set_kept_bytes(kept_bytes());
  if (!decodes()) co_return co_await inner_.ReadBodyPiece(patience);
  if (!request_coding_) co_return Refuse(Unsupported());
  if (!decoder_) {
    decoder_.emplace(*request_coding_, CodecMemory::Lifetime::kLonger);
    decoded_ = BufferPool::Borrow();
  }
  for (;;) {
    if (inner_.reply_ended()) co_return Refuse(NobodyReads());
    if (more_decoded_ || !coded_.empty()) {
      decoded_->Clear();
      const size_t coded_before = coded_.size();
      const Decoder::Outcome outcome = decoder_->Decode(coded_, kPieceBytes, *decoded_);
      more_decoded_ = outcome == Decoder::Outcome::kFull;
      if (outcome == Decoder::Outcome::kCorrupt) co_return Refuse(Refusal(Decoded::kCorrupt));
      if (outcome == Decoder::Outcome::kNoMemory) co_return Refuse(Refusal(Decoded::kNoMemory));
      // What few bytes stand for may keep its reader busy for long, and so may many that stand for nothing.
      since_turn_ += std::max(decoded_->size(), coded_before - coded_.size());
      if (since_turn_ > kTurnBytes) {
        since_turn_ = 0;
        if (!co_await TakeTurns()) co_return Refuse(NobodyReads());
      }
      if (decoded_->empty()) continue;
      co_return decoded_->view();
    }
    if (all_read_) {
      if (any_read_ && !decoder_->complete()) co_return Refuse(Refusal(Decoded::kTruncated));
      co_return std::string_view();
    }
    Result<std::string_view> piece = co_await inner_.ReadBodyPiece(patience);
    if (!piece) co_return piece;
    coded_ = *piece;
    all_read_ = coded_.empty();
    any_read_ = any_read_ || !all_read_;
  }
}

Task<bool> CodedExchange::TakeTurns() {
  loop_->AtTurnEnd([](void* self) { static_cast<CodedExchange*>(self)->turn_.Notify(); }, this);
  co_await turn_.Wait();
  co_return !inner_.reply_ended();
}

CodedExchange::Plan CodedExchange::PlanOf(const ResponseHead& head, Shape shape, size_t size) const {
  if (rules_.responses == nullptr || taken_over_) return {};
  const Codable codable = CodableOf(head);
  if (codable == Codable::kNo || (shape == Shape::kWhole && size == 0)) return {};
  const bool worth = codable == Codable::kYes && (shape == Shape::kStream || size >= rules_.responses->min_bytes);
  if (!worth && !MayForbidIdentity(head_)) return {};
  const Wish wish = WishOf(head_, *rules_.responses, shape);
  const bool coded = wish.coding != Coding::kIdentity && (worth || wish.not_as_is);
  return {.coding = coded ? wish.coding : Coding::kIdentity, .forced = wish.not_as_is, .varies = worth || coded};
}

Task<Status> CodedExchange::Reply(const ResponseHead& head, std::string_view body) {
  inner_.set_standing_headers(standing_headers());
  Plan plan = PlanOf(head, Shape::kWhole, body.size());
  reply_begun_ = true;
  if (!plan.varies) co_return Told(co_await inner_.Reply(head, body));
  BufferPool::Lease out{Buffer()};
  if (plan.coding != Coding::kIdentity) {
    out = BufferPool::Borrow();
    const std::unique_ptr<Encoder> encoder =
        Encoder::Make(plan.coding, body.size() <= kTurnBytes ? Encoder::Use::kAtOnce : Encoder::Use::kInTurns);
    bool encoded = false;
    if (encoder) encoded = co_await Encode(*encoder, body, Then::kEnd, *out);
    if (!encoded || (out->size() >= body.size() && !plan.forced)) plan.coding = Coding::kIdentity;
  }
  const ResponseHead rewritten = Rewritten(head, plan.coding, etag_);
  const std::string_view sent = plan.coding != Coding::kIdentity ? out->view() : body;
  co_return Told(co_await inner_.Reply(rewritten, sent));
}

Task<Status> CodedExchange::BeginReply(const ResponseHead& head, std::string_view first) {
  inner_.set_standing_headers(standing_headers());
  Plan plan = PlanOf(head, Shape::kStream, first.size());
  reply_begun_ = true;
  if (!plan.varies) co_return Told(co_await inner_.BeginReply(head, first));
  BufferPool::Lease out{Buffer()};
  if (plan.coding != Coding::kIdentity && head_.http_method != "HEAD") {
    encoder_ = Encoder::Make(plan.coding, Encoder::Use::kStream);
    if (!encoder_) plan.coding = Coding::kIdentity;
  }
  if (encoder_) {
    out = BufferPool::Borrow();
    if (!first.empty()) {
      const bool encoded = co_await Encode(*encoder_, first, Then::kFlush, *out);
      if (!encoded) co_return Broken();
    }
    first = out->view();
  }
  const ResponseHead rewritten = Rewritten(head, plan.coding, etag_);
  co_return Told(co_await inner_.BeginReply(rewritten, first));
}

Task<Status> CodedExchange::WriteReply(std::string_view bytes) {
  if (!encoder_ || bytes.empty()) co_return Told(co_await inner_.WriteReply(bytes));
  BufferPool::Lease out = BufferPool::Borrow();
  const bool encoded = co_await Encode(*encoder_, bytes, Then::kFlush, *out);
  if (!encoded) co_return Broken();
  co_return Told(co_await inner_.WriteReply(out->view()));
}

Task<Status> CodedExchange::FinishReply(std::string_view rest) {
  if (!encoder_) co_return Told(co_await inner_.FinishReply(rest));
  BufferPool::Lease out = BufferPool::Borrow();
  const bool encoded = co_await Encode(*encoder_, rest, Then::kEnd, *out);
  if (!encoded) co_return Broken();
  encoder_.reset();
  co_return Told(co_await inner_.FinishReply(out->view()));
}

Task<bool> CodedExchange::Encode(Encoder& encoder, std::string_view bytes, Then then, Buffer& out) {
  if (bytes.size() <= kTurnBytes) co_return encoder.Encode(bytes, then, out);
  co_return co_await EncodeSlowly(encoder, bytes, then, out);
}

Task<bool> CodedExchange::EncodeSlowly(Encoder& encoder, std::string_view bytes, Then then, Buffer& out) {
  while (bytes.size() > kTurnBytes) {
    if (!encoder.Encode(bytes.substr(0, kTurnBytes), Then::kMore, out)) co_return false;
    bytes.remove_prefix(kTurnBytes);
    co_await loop_->Yield();
  }
  co_return encoder.Encode(bytes, then, out);
}

// A read that has put itself off to the end of the turn learns of it there.
void CodedExchange::AbortReply() {
  encoder_.reset();
  reply_ended_ = true;
  inner_.AbortReply();  // the last thing: whoever is told by it may end this
}

void CodedExchange::TakeOver() {
  taken_over_ = true;
  inner_.TakeOver();
  (void)Told({});
}

Status CodedExchange::Told(Status status) {
  reply_begun_ = inner_.reply_begun();
  reply_ended_ = inner_.reply_ended();
  reply_status_ = inner_.reply_status();
  reply_bytes_ = inner_.reply_bytes();
  if (reply_ended_ && turn_.waiting()) {  // that read must have returned before the caller goes on
    loop_->ForgetTurnEnd(this);
    turn_.Notify();
  }
  return status;
}

Status CodedExchange::Broken() {
  AbortReply();
  return Status(Code::kInternal, "the reply cannot be encoded: memory is out");
}

}  // namespace dragoman::compression
