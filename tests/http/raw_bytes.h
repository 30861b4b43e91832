#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server_fixture.h"

// The table of hostile HTTP/1.1: bytes as a client sends them, and all that may come of it. Its themes stand in
// raw_*_test.cc.
namespace dragoman::http {

// One connection.
//
//   {"both", "RFC 9112 6.1", "POST / HTTP/1.1\r\n…", {"400 INVALID_REQUEST there are …"}, {}, Then::kCloses}
//
// Behind the bytes comes, unless the case says otherwise, a whole further request. It is answered exactly if the
// connection stays; behind a refusal it is never taken for one.
struct RawCase {
  enum class Then : uint8_t { kStays, kCloses };
  enum class Behind : uint8_t {
    kRequest,
    kEnd,      // the client's FIN
    kNothing,  // the client waits for the server to do something
  };

  std::string name;
  std::string_view clause;  // of the RFC
  std::string bytes;
  std::vector<std::string> responses;  // "200 POST /a s [hello]", "400 INVALID_REQUEST there are several Host headers"
  std::vector<std::string> seen;       // by the handler: "POST /a s [hello]", "POST /a broken" (the body's framing)
  Then then = Then::kCloses;
  Behind behind = Behind::kRequest;

  RawCase&& WithBehind(Behind what) && {
    behind = what;
    return std::move(*this);
  }
  // Requests in front of it, which are served: "GET /a s none".
  RawCase&& After(const std::vector<std::string>& served) &&;
};

// Refused with this status and body ("REASON message") before the handler sees anything; the connection closes.
RawCase Refused(std::string name, std::string_view clause, std::string bytes, int status, const std::string& answer);
// Refused when the handler asks for the body.
RawCase BrokenBody(std::string name, std::string_view clause, std::string bytes, int status, const std::string& answer);
// Served; the handler saw and echoed "METHOD target authority none" or "… [body]".
RawCase Served(std::string name, std::string_view clause, std::string bytes, const std::string& echo,
               RawCase::Then then = RawCase::Then::kStays);
// Closed without a word.
RawCase Silent(std::string name, std::string_view clause, std::string bytes, RawCase::Behind behind);

// "INVALID_REQUEST message"
std::string Invalid(std::string_view message);

// "POST / HTTP/1.1", Host: s, the further header lines (each with its CRLF), the empty line, and what comes behind.
std::string Post(std::string_view headers, std::string_view body = {});
std::string Get(std::string_view headers = {});
std::string Chunked(std::string_view body);
// A request line, Host: s, the empty line.
std::string Line(std::string_view request_line);

class RawBytes : public ServerTest {
 protected:
  // Plays every case twice, its bytes in one piece and one by one, against the server that was started.
  void Play(const std::vector<RawCase>& cases);

 private:
  void Play(const RawCase& the_case, bool byte_by_byte);
};

}  // namespace dragoman::http
