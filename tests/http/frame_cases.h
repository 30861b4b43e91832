#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http2_client.h"

namespace dragoman::http {

// What bytes a client sends behind its preface and SETTINGS, and what they come to.
struct FrameCase {
  std::string name;
  std::string_view clause;  // "RFC 9113 5.1"
  std::string bytes;
  // What the server sends, but for SETTINGS, WINDOW_UPDATE and PING: "1: 200 GET /a s none", "1: reset PROTOCOL_ERROR",
  // "goaway PROTOCOL_ERROR", behind which the connection must close.
  std::vector<std::string> events;
  std::vector<std::string> seen = {};  // by the handler: "GET /a s none"
};

// The stream of that id is reset with that code; nothing is served, and the connection stays.
FrameCase Resets(std::string name, std::string_view clause, std::string bytes, std::string_view code, int32_t id = 1);
// The connection ends with that code; nothing is served.
FrameCase Ends(std::string name, std::string_view clause, std::string bytes, std::string_view code);
// One request is answered with this text: "200 GET /a s none", "400 INVALID_REQUEST …".
FrameCase Answers(std::string name, std::string_view clause, std::string bytes, std::string text);
// Nothing comes of it.
FrameCase Ignores(std::string name, std::string_view clause, std::string bytes);

class FrameCases : public ServerTest {
 protected:
  // Plays every case on a connection of its own, its bytes in one piece and one by one. Where the connection is to
  // stay, a further request is answered.
  void Play(const std::vector<FrameCase>& cases);

 private:
  void Play(const FrameCase& the_case, bool byte_by_byte);
};

}  // namespace dragoman::http
