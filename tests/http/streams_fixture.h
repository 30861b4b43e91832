#pragma once

#include <string>

#include "server_fixture.h"

namespace dragoman::http {

inline constexpr auto kEndless = Exchange::Patience::kEndless;
inline constexpr auto kBodyTimeout = Exchange::Patience::kBodyTimeout;

// What a client's socket buffers, so that 8 MiB do not fit into the kernel's buffers on the way to it.
inline constexpr int kLittle = 64 << 10;
inline constexpr size_t kMuch = 8 << 20;

inline ResponseHead TextHead() { return {.status = 200, .content_type = "text/plain", .headers = {}}; }

inline config::Limits Patient() {
  config::Limits limits;
  limits.body_timeout = limits.idle_timeout = std::chrono::minutes(10);
  limits.max_body_bytes = 1000;
  return limits;
}

// Exchanges that are read and written at once, whatever the HTTP version.
class StreamsTest : public ServerTest {
 protected:
  // Reads to the end of the body beside whoever writes, and logs "read …" for each piece, or only for the end; then
  // notifies `ended`.
  Task<void> ReadOn(Exchange& exchange, Exchange::Patience patience, Signal& ended) {
    uint64_t bytes = 0;
    for (;;) {
      Result<std::string_view> piece = co_await exchange.ReadBodyPiece(patience);
      if (!piece) {
        log_.Add("reading failed: " + std::string(piece.error().message()));
        break;
      }
      bytes += piece->size();
      if (piece->empty()) {
        log_.Add("read " + std::to_string(bytes) + " bytes");
        break;
      }
      if (piece->size() < 20) log_.Add("read " + std::string(*piece));
      if (*piece == "abort") exchange.AbortReply();
    }
    ended.Notify();
  }

  // Ends the reply as "x-end" says ("finish", else it aborts) while somebody reads, who has to notice.
  Task<void> EndWhileReading(Exchange& exchange) {
    const bool finish = exchange.head().Find("x-end") == "finish";
    Signal read;
    Status status = co_await exchange.BeginReply(TextHead(), "half");
    exchange.loop().Spawn(ReadOn(exchange, kEndless, read));
    if (finish) status = co_await exchange.FinishReply(" and half");
    if (!finish) exchange.AbortReply();
    co_await read.Wait();
    const Result<std::string_view> again = co_await exchange.ReadBodyPiece(kEndless);
    EXPECT_FALSE(again);
    log_.Add(finish ? "finished" : "aborted");
  }

  // Writes until nothing more is taken, or `size` bytes.
  Task<Status> Write(Exchange& exchange, size_t size) {
    const std::string piece(64 << 10, 'w');
    Status status;
    for (size_t written = 0; written < size && status.ok(); written += piece.size()) {
      if (written == 0) log_.Add("writing");
      status = co_await exchange.WriteReply(piece);
    }
    co_return status;
  }

  // A reply of `size` bytes while the body is read.
  void SetReadAndWrite(size_t size, Exchange::Patience patience) {
    SetScript([this, size, patience](Exchange& exchange) -> Task<void> {
      Signal read;
      Status status = co_await exchange.BeginReply(TextHead(), {});
      exchange.loop().Spawn(ReadOn(exchange, patience, read));
      status = co_await Write(exchange, size);
      log_.Add(status.ok() ? "written" : "writing failed");
      co_await read.Wait();
      if (status.ok()) (void)co_await exchange.FinishReply({});
      log_.Add(exchange.cancelled() ? "over, cancelled" : "over");
    });
  }
};

}  // namespace dragoman::http
