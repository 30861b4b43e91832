#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http2_frames.h"
#include "server_fixture.h"

namespace dragoman::http {

// What begins a connection of a client, but for its SETTINGS (RFC 9113 section 3.4).
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline constexpr uint8_t kEndStream = NGHTTP2_FLAG_END_STREAM;
inline constexpr uint8_t kEndHeaders = NGHTTP2_FLAG_END_HEADERS;
inline constexpr uint8_t kEndBoth = kEndStream | kEndHeaders;

// "PROTOCOL_ERROR"
std::string CodeName(uint32_t http2_code);

// :method, :scheme http, :path, :authority s, and further fields.
frames::Headers RequestFields(std::string_view http_method, std::string_view path, const frames::Headers& further = {});
// HEADERS of a request without a body, not compressed.
std::string GetFrame(int32_t id, std::string_view path, const frames::Headers& further = {});
// HEADERS of one whose body follows.
std::string PostFrame(int32_t id, std::string_view path, const frames::Headers& further = {});
std::string DataFrame(int32_t id, std::string_view bytes, uint8_t flags = 0);

struct Frame {
  uint8_t type = 0xff;  // 0xff: the connection ended instead
  uint8_t flags = 0;
  int32_t id = 0;
  std::string payload;

  bool is(uint8_t what) const { return type == what; }
  uint32_t Number(size_t at = 0) const;  // four bytes of the payload
};

// A client that writes frames by hand and reads what the server does.
class Http2Client {
 public:
  // What came of one stream.
  struct Response {
    int status = 0;  // 0: none
    std::map<std::string, std::string> headers;
    std::string body;
    bool ended = false;
    std::string reset;  // the code's name
    int informational = 0;

    // "200 the body", "reset PROTOCOL_ERROR", "unfinished"
    std::string ToText() const;
  };

  // Says preface and SETTINGS with these entries.
  explicit Http2Client(const std::string& address, std::string_view settings = {}, int receive_buffer = 0);
  struct Silent {};
  // Says nothing by itself.
  Http2Client(const std::string& address, Silent);
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;

  void Send(std::string_view bytes) { client_.Send(bytes); }
  void Send(uint8_t type, uint8_t flags, int32_t id, std::string_view payload) {
    Send(frames::FrameBytes(type, flags, id, payload));
  }
  void Get(int32_t id, std::string_view path) { Send(GetFrame(id, path)); }
  void OpenWindow(int32_t id, uint32_t bytes) { Send(NGHTTP2_WINDOW_UPDATE, 0, id, frames::Number(bytes)); }

  // The next frame; headers and DATA go to their responses, SETTINGS are acknowledged and PINGs answered.
  Frame Read();
  // Reads until the stream is over, or the connection.
  const Response& Await(int32_t id);
  // Reads until so many bytes of DATA of that stream have come.
  bool AwaitBody(int32_t id, size_t bytes);
  // Reads until a frame of that type comes; its type is 0xff if none does.
  Frame AwaitFrame(uint8_t type);
  // What the server has read before it answers a PING has been dealt with: reads until then.
  void Settle();
  // Reads to the end: "goaway 3 NO_ERROR, closed", "closed", "!reset".
  std::string AwaitEnd();

  const Response& response(int32_t id) { return responses_[id]; }
  // Everything but SETTINGS, WINDOW_UPDATE and answers to PING, as it came to its end: "1: 200 GET /a s none", "3: reset CANCEL".
  const std::vector<std::string>& events() const { return events_; }
  // Codes and last stream ids of GOAWAYs: "0 PROTOCOL_ERROR".
  const std::vector<std::string>& goaways() const { return goaways_; }
  // WINDOW_UPDATEs by stream, in bytes.
  uint64_t opened(int32_t id) { return opened_[id]; }
  std::map<uint16_t, uint32_t>& settings() { return settings_; }
  bool answers_pings = true;
  bool acknowledges_settings = true;
  Client& socket() { return client_; }

 private:
  void OnHeaders(const Frame& frame);

  Client client_;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::map<int32_t, Response> responses_;
  std::vector<std::string> events_;
  std::vector<std::string> goaways_;
  std::map<int32_t, uint64_t> opened_;
  std::map<uint16_t, uint32_t> settings_;
};

}  // namespace dragoman::http
