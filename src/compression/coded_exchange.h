#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/buffer_pool.h"
#include "base/task.h"
#include "coding/decoder.h"
#include "coding/encoder.h"
#include "compression/negotiation.h"
#include "config/web.h"
#include "exchange/exchange.h"

namespace dragoman::compression {

// What is done to the bodies of one worker's exchanges.
struct Rules {
  const config::Compression* responses = nullptr;  // null: they leave as they are
  uint64_t max_body_bytes = 4 << 20;               // of a request, once it is decoded; in pieces it has no bound here
};

// An exchange whose client's bodies are compressed: whoever serves it sees the bytes that are meant.
//
//   Content-Encoding: gzip        ReadBody and ReadBodyPiece give what was encoded, the latter at most 64 KiB at a
//   time; meanwhile nothing is read Accept-Encoding: br, gzip     Reply sends what is large enough, of a kind that
//   gains by it and smaller then, as br; BeginReply, WriteReply and FinishReply as
//                                 gzip, and whatever one of them was given the client can decode at once
//
// Errors of reading beside those of Exchange: kUnsupportedMediaType with Accept-Encoding (a coding that is not known
// here, or several), kInvalidRequest (truncated, corrupt, followed by something), kOverloaded (of pieces: this worker's
// codecs have all the memory that they may have).
//
// Lifetime: within that of `inner`, which nobody else uses meanwhile.   Threads: its loop's.
class CodedExchange final : public Exchange {
 public:
  static constexpr size_t kPieceBytes = 64 << 10;  // of a decoded body
  static constexpr size_t kTurnBytes = 256 << 10;  // that are encoded or decoded before others have their turn

  // Whether a request has anything to do with this.
  static bool Concerns(const RequestHead& head, const Rules& rules) {
    return rules.responses != nullptr || !head.Find("content-encoding").empty();
  }

  CodedExchange(Exchange& inner, const Rules& rules);
  ~CodedExchange() override;

  bool bodyless() const override { return inner_.bodyless(); }
  Task<Result<Buffer*>> ReadBody() override;
  Task<Result<std::string_view>> ReadBodyPiece(Patience patience) override;
  // As they came.
  uint64_t request_bytes() const override { return inner_.request_bytes(); }
  Task<Status> Reply(const ResponseHead& head, std::string_view body) override;
  Task<Status> BeginReply(const ResponseHead& head, std::string_view first) override;
  Task<Status> WriteReply(std::string_view bytes) override;
  Task<Status> FinishReply(std::string_view rest) override;
  void AbortReply() override;
  MemoryShare* reply_memory() override { return inner_.reply_memory(); }
  bool offers_upgrade(std::string_view protocol) const override { return inner_.offers_upgrade(protocol); }
  void TakeOver() override;
  Duration client_time() const override { return inner_.client_time(); }

 private:
  using Then = coding::Encoder::Then;

  // How a response is to leave.
  struct Plan {
    coding::Coding coding = coding::Coding::kIdentity;
    bool forced = false;  // even if it grows
    bool varies = false;  // another Accept-Encoding may have given another one
  };
  Plan PlanOf(const ResponseHead& head, Shape shape, size_t size) const;

  bool decodes() const { return coded_body_ && !taken_over_; }
  Status Unsupported() const;
  Status Refusal(coding::Decoded outcome) const;
  // Into decoded_; kTruncated too if the reply has ended meanwhile.
  Task<coding::Decoded> DecodeInTurns(std::string_view coded);
  Task<bool> Encode(coding::Encoder& encoder, std::string_view bytes, Then then, Buffer& out);
  Task<bool> EncodeSlowly(coding::Encoder& encoder, std::string_view bytes, Then then, Buffer& out);
  // Lets others have their turn, unless the reply ends first: false, nobody is left to read.
  Task<bool> TakeTurns();
  // What the inner exchange has come to, for whoever asks this one.
  Status Told(Status status);
  Status Broken();

  Exchange& inner_;
  const Rules& rules_;
  const std::optional<coding::Coding> request_coding_;
  const bool coded_body_;
  std::optional<coding::Decoder> decoder_;
  BufferPool::Lease decoded_{Buffer()};
  std::string_view coded_;     // of the inner exchange's piece, what is not decoded yet
  bool more_decoded_ = false;  // the decoder may hold more than it has given
  bool all_read_ = false;
  bool any_read_ = false;
  size_t since_turn_ = 0;  // bytes decoded without others having had their turn
  Signal turn_;            // what a read waits for meanwhile
  std::unique_ptr<coding::Encoder> encoder_;
  std::string etag_;
  bool taken_over_ = false;
};

}  // namespace dragoman::compression
