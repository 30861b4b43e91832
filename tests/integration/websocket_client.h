#pragma once

#include <string>
#include <string_view>

#include "harness.h"

namespace dragoman::integration {

// A client of one WebSocket, frame by frame. What it reads is bounded as HttpClient's reads are.
class WebSocketClient {
 public:
  // Asks for one. `headers`: further ones, or others than the usual (a name that is given twice stands there once, as
  // given).
  WebSocketClient(std::string_view address, std::string_view target, const Headers& headers = {});

  // The response: 101, or why not.
  const HttpResponse& response() const { return response_; }

  void Say(std::string_view text);  // a text message
  void Close(int code, std::string_view reason = {});
  void Write(std::string_view bytes) { http_.Write(bytes); }
  // The next frame, in words: "text {…}", "binary abc", "close 4005 not found"; "gone" if the connection ends. Pings
  // are answered, or told: "ping ".
  enum class Pings { kAnswered, kTold };
  std::string Next(Pings pings = Pings::kAnswered);
  // Ends the connection without a word.
  void Vanish() { http_.Close(); }

 private:
  HttpClient http_;
  HttpResponse response_;
};

}  // namespace dragoman::integration
