#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.h"
#include "http/head_scanner.h"
#include "transcoding/status.h"

namespace dragoman::http {

// Reads the head of one HTTP/1 request by Beast's parser, over bytes that HeadScanner has passed. Names and values are views of the caller's bytes; nothing is
// allocated but the room for more headers than ever before. Headers that Connection names are left out (RFC 9110 section 7.6.1), but for those that say
// who the client is.
//
// Refused beside what HeadScanner refuses: Content-Length and Transfer-Encoding together, several of either, a transfer coding before chunked (501) or instead of
// it (RFC 9112 section 6.3), chunks in HTTP/1.0 (6.1), no, several or malformed Hosts (3.2), a target that is neither a path, an http URL nor (OPTIONS) an asterisk,
// CONNECT and TRACE, an expectation other than 100-continue (417), a Connection of more than kMaxConnectionOptions names. How long a body may be is for whoever
// reads it to say.
class RequestParser : private boost::beast::http::basic_parser<true> {
  using Base = boost::beast::http::basic_parser<true>;

 public:
  enum class BodyKind : uint8_t { kNone, kSized, kChunked };
  static constexpr size_t kMaxConnectionOptions = 16;

  // `headers` and `target` are room that is kept from request to request.
  RequestParser(std::vector<Header>& headers, std::string& target);

  // `head` is exactly what HeadScanner found; it must stay where it is until the request ends. Fills `out`, as far as it got if this is a refusal.
  Status ParseHead(std::string_view head, RequestHead& out);

  BodyKind body_kind() const { return body_kind_; }
  uint64_t content_length() const { return content_length_; }  // bytes; of a kSized body
  bool expects_continue() const { return expects_continue_; }
  // What Connection says, and where it says nothing, the version (RFC 9112 section 9.3).
  bool wants_keep_alive() const { return keep_alive_; }
  // The request asks to go on in `protocol`, which is in lower case: a GET without a body of HTTP/1.1 whose Connection names Upgrade, and whose (first) Upgrade
  // names the protocol (RFC 9110 section 7.8). The header itself is left out as all that Connection names.
  bool offers_upgrade(std::string_view protocol) const;

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb verb, View http_method, View target, int version, Error& error) override;
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(Field field, View name, View value, Error& error) override;
  void on_header_impl(Error&) override { head_done_ = true; }
  void on_body_init_impl(boost::optional<uint64_t> const&, Error&) override {}
  size_t on_body_impl(View body, Error&) override { return body.size(); }
  void on_chunk_header_impl(uint64_t, View, Error&) override {}
  size_t on_chunk_body_impl(uint64_t, View body, Error&) override { return body.size(); }
  void on_finish_impl(Error&) override {}

  Status WordError(const Error& error) const;
  void Refuse(Status status, Error& error);
  void ReadTransferEncoding(std::string_view value, Error& error);
  void ReadConnection(std::string_view value, Error& error);
  void DropNamedByConnection();
  Status CheckHead(RequestHead& out);
  Status NormaliseTarget(RequestHead& out);

  std::vector<Header>& headers_;
  std::string& target_;
  RequestHead* head_ = nullptr;
  Status refusal_;
  std::string_view upgrade_;
  uint64_t content_length_ = 0;
  BodyKind body_kind_ = BodyKind::kNone;
  bool head_done_ = false;
  bool has_length_ = false;
  bool has_coding_ = false;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool says_upgrade_ = false;
  bool may_upgrade_ = false;  // all but that a protocol is named
  uint8_t hosts_ = 0;
  size_t connection_options_ = 0;  // other than close and keep-alive
};

}  // namespace dragoman::http
