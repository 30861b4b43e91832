#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness.h"

namespace dragoman::integration {

// A response that is read as it comes: its head, then its body piece by piece.
//
//   client.Begin("GET", "/v1/prices/a:watch");
//   StreamReader stream(client);
//   stream.head().status …  stream.Next() …  stream.Rest()
class StreamReader {
 public:
  // Reads the head. Nothing came: status 0.
  explicit StreamReader(HttpClient& client, std::string_view http_method = "GET");

  const HttpResponse& head() const { return head_; }
  // The body up to the delimiter, which is passed over; nothing once it has ended. Waits at most kPatience.
  std::optional<std::string> Next(std::string_view delimiter = "\n");
  // All that is left.
  std::string Rest();
  // How the body ended; false while it has not, too.
  bool complete() const { return end_ == End::kComplete; }
  bool cut_off() const { return end_ == End::kCutOff; }

 private:
  enum class End { kNone, kComplete, kCutOff };

  bool More();

  HttpClient& client_;
  HttpResponse head_;
  bool chunked_ = false;
  size_t left_ = 0;  // of a body of known length
  bool until_close_ = false;
  std::string text_;
  End end_ = End::kNone;
};

}  // namespace dragoman::integration
