#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/task.h"
#include "config/config.h"
#include "exchange/exchange.h"
#include "http/chunk_decoder.h"
#include "http/connection_io.h"
#include "http/request_parser.h"
#include "http/workspace.h"
#include "transcoding/buffer.h"
#include "transcoding/status.h"

namespace dragoman::http {

// The body of one request: first the bytes that came with its head, then what the socket gives, never more than was asked for.
//
// The client has body_timeout for each 64 KiB while somebody waits for them, counted anew after a wait without a bound. "100 Continue" is sent when the first byte
// is asked for and none has come, unless the reply has begun.
//
// Once the connection is taken over, there is no body: bytes as they come, to the end of the client's side.
//
// Errors: kBodyTooLarge (of ReadAll: before anything is read, if the length is known), kRequestTimeout, kInvalidRequest (bad chunks), kHeadersTooLarge (trailers),
// Code::kCancelled (the client went away, or Stop). After one the connection cannot be used further.
class RequestBody {
 public:
  static constexpr size_t kPieceBytes = 64 << 10;      // at most, of a piece
  static constexpr size_t kDrainBytes = 64 << 10;      // of a body nobody reads, to keep the connection

  // `head_end`: where in `workspace.input` the head ends. Head and parser must outlive it.
  RequestBody(ConnectionIo& io, Workspace& workspace, const RequestParser& parser, const config::Limits& limits, size_t head_end);

  bool none() const { return parser_.body_kind() == RequestParser::BodyKind::kNone; }
  uint64_t received() const { return received_; }  // bytes of content, without chunk framing
  Duration waited() const { return waited_; }      // for the client to send
  // All of it has been read from the socket.
  bool complete() const;
  // The client still waits for 100 Continue, so nothing tells whether it will send the body.
  bool continue_pending() const { return continue_pending_; }
  // The rest is small enough to be thrown away after the reply.
  bool worth_draining() const;

  using Patience = Exchange::Patience;
  Task<Result<Buffer*>> ReadAll();
  Task<Result<std::string_view>> ReadPiece(Patience patience);
  // Nothing is read any more: whoever waits is told, Drain among them.
  void Stop() {
    stopped_ = true;
    io_.Wake();
  }
  // From now on no 100 Continue.
  void ReplyBegins() { reply_begun_ = true; }
  void TakeOver() { raw_ = true; }
  // Throws the rest away, when nobody reads any more; false if it is too much, too slow or broken.
  Task<bool> Drain();

  // Moves what came behind this request to the beginning of the input. Ends the life of the head's views.
  void KeepWhatFollows();

 private:
  using Outcome = ConnectionIo::Outcome;

  Outcome Step(Buffer& sink);  // makes some progress, or tells why it cannot
  Outcome StepSized(Buffer& sink);
  Outcome StepChunked(Buffer& sink);
  Outcome StepRaw(Buffer& sink);
  Outcome Decode(std::string_view raw, Buffer& sink, size_t& used);
  bool SendContinue();
  Task<Status> Wait(Patience patience);
  Status Failure(Outcome outcome);

  ConnectionIo& io_;
  Workspace& workspace_;
  const RequestParser& parser_;
  ChunkDecoder chunks_;
  const config::Limits& limits_;
  size_t tail_;            // in the input: the first byte not used
  uint64_t remaining_;     // of a kSized body
  uint64_t received_ = 0;  // bytes of content
  uint64_t allowed_ = 0;   // bytes up to which `left_` holds
  Duration left_{};        // to wait for them
  Duration waited_{};
  bool continue_pending_;
  bool reply_begun_ = false;
  bool stopped_ = false;
  bool raw_ = false;      // taken over
  bool raw_end_ = false;  // the client's end was read
  Status refusal_;
};

}  // namespace dragoman::http
