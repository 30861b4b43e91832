#pragma once

#include <nghttp2/nghttp2.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http2_frames.h"

// A test server that knows nothing of the gateway's code, for tests of the upstream folder and of the whole program.
namespace dragoman::frames {

class FrameServer;

// A gRPC message with its prefix.
std::string Framed(std::string_view message, char flag = 0);

// One connection of the frame server and what a test may do with it. Only on the server's thread.
class FrameConnection {
 public:
  // A request as it arrived.
  struct Request {
    int32_t id = 0;
    std::map<std::string, std::string> headers;
    std::string body;
    bool ended = false;
    uint32_t reset = UINT32_MAX;  // the code of the client's RST_STREAM
  };

  // Response headers of status 1xx, which others follow.
  void Informational(int32_t id, Headers headers);
  // Response headers; 200 and application/grpc if none are given.
  void Head(int32_t id, Headers headers = {});
  // Headers that end the stream.
  void HeadOnly(int32_t id, Headers headers);
  // One DATA frame (or several, where flow control asks for it).
  void Data(int32_t id, std::string bytes);
  void Trailers(int32_t id, Headers trailers = {{"grpc-status", "0"}});
  // Ends the stream without trailers.
  void End(int32_t id);
  // Head, message, trailers.
  void Reply(int32_t id, std::string_view message);
  void Reset(int32_t id, uint32_t code);
  void GoAway(int32_t last_id, uint32_t code = NGHTTP2_NO_ERROR);
  void Settings(std::vector<nghttp2_settings_entry> settings);
  void Ping();
  // Sends what has been submitted; false if the connection is over.
  bool Flush();
  // Bytes past nghttp2.
  void Raw(std::string_view bytes);
  void Frame(uint8_t type, uint8_t flags, int32_t id, std::string_view payload);
  // HEADERS past nghttp2, which holds nothing back and checks nothing.
  void RawHeaders(int32_t id, const Headers& headers, uint8_t flags = NGHTTP2_FLAG_END_HEADERS);
  // WINDOW_UPDATE; of the connection with id 0.
  void OpenWindow(int32_t id, int32_t bytes);
  // Reads nothing any more.
  void StopReading() { deaf_ = true; }
  void Close();

  int number() const { return number_; }  // counted from 0 in the order of accepting
  Request& request(int32_t id) { return requests_[id]; }
  // How often bytes came: one write of the client's is one read here.
  int reads() const { return reads_; }
  // DATA bytes of the stream that have gone out.
  size_t sent(int32_t id) { return replies_[id].sent; }
  // Streams that neither side has ended or reset.
  size_t open_streams() const { return open_; }

 private:
  friend class FrameServer;
  struct Outgoing {
    std::deque<std::string> frames;
    size_t at = 0;  // in the first
    Headers trailers;
    bool ended = false;
    bool deferred = false;
    size_t sent = 0;
  };

  FrameConnection(FrameServer& server, int socket, int number);
  ~FrameConnection();
  bool OnReadable();  // false: it is over
  void Resume(int32_t id);

  FrameServer& server_;
  int socket_;
  int number_;
  bool closed_ = false;
  bool deaf_ = false;
  int reads_ = 0;
  size_t open_ = 0;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Request> requests_;
  std::map<int32_t, Outgoing> replies_;
};

// A gRPC backend of which every frame can be scripted, on a thread of its own, at 127.0.0.1 and a free port (or a unix
// socket).
//
//   FrameServer server({.on_request = [](FrameConnection& connection, FrameConnection::Request& request) {
//     connection.Reply(request.id, request.body.substr(5));
//   }});
class FrameServer {
 public:
  using Handler = std::function<void(FrameConnection&, FrameConnection::Request&)>;
  struct Script {
    Handler on_headers;  // the request's head is there
    Handler on_request;  // the request has ended
    std::function<void(FrameConnection&)> on_accept;
    std::vector<nghttp2_settings_entry> settings;
    bool silent = false;    // accepts and says nothing
    bool stingy = false;    // never opens a window again
    size_t padding = 0;     // bytes in every DATA frame, where there is room
    std::string unix_path;  // instead of TCP
  };

  // `on_event` is called, on the server's thread, whenever something has happened.
  explicit FrameServer(Script script, std::function<void()> on_event = {});
  ~FrameServer();
  FrameServer(const FrameServer&) = delete;
  FrameServer& operator=(const FrameServer&) = delete;

  std::string address() const;
  // Runs `work` on the server's thread with the connection of that number, and waits for its end.
  void With(int number, std::function<void(FrameConnection&)> work);
  // What happened: "accept 0", "request 1 /t.T/Echo", "reset 1 CANCEL", "goaway 0", "close 0"; streams of other
  // connections than the first as "1:1".
  std::vector<std::string> events() const;
  size_t Count(std::string_view event) const;  // entries that begin so
  bool Saw(std::string_view event) const { return Count(event) > 0; }
  // Waits until so many events begin so; false after ten seconds.
  bool WaitFor(std::string_view event, size_t count = 1);
  // Streams that are open on any connection.
  size_t open_streams();
  // No further connections: the port refuses.
  void StopListening();

 private:
  friend class FrameConnection;
  void Run();
  void Accept();
  void Post(std::function<void()> work);
  void Log(std::string event);
  std::string Name(const FrameConnection& connection, int32_t id) const;

  Script script_;
  std::function<void()> on_event_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  uint16_t port_ = 0;
  bool stop_ = false;
  std::vector<std::unique_ptr<FrameConnection, void (*)(FrameConnection*)>> connections_;
  mutable std::mutex mutex_;  // of the three below
  std::condition_variable happened_;
  std::vector<std::function<void()>> work_;
  std::vector<std::string> events_;
  std::thread thread_;
};

}  // namespace dragoman::frames
