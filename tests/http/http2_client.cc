#include "http2_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace dragoman::http {

using frames::FrameBytes;

std::string CodeName(uint32_t http2_code) { return nghttp2_http2_strerror(http2_code); }

frames::Headers RequestFields(std::string_view http_method, std::string_view path, const frames::Headers& further) {
  frames::Headers fields = {{":method", std::string(http_method)}, {":scheme", "http"}, {":path", std::string(path)}, {":authority", "s"}};
  fields.insert(fields.end(), further.begin(), further.end());
  return fields;
}

std::string GetFrame(int32_t id, std::string_view path, const frames::Headers& further) {
  return FrameBytes(NGHTTP2_HEADERS, kEndBoth, id, frames::Block(RequestFields("GET", path, further)));
}

std::string PostFrame(int32_t id, std::string_view path, const frames::Headers& further) {
  return FrameBytes(NGHTTP2_HEADERS, kEndHeaders, id, frames::Block(RequestFields("POST", path, further)));
}

std::string DataFrame(int32_t id, std::string_view bytes, uint8_t flags) { return FrameBytes(NGHTTP2_DATA, flags, id, bytes); }

uint32_t Frame::Number(size_t at) const {
  uint32_t number = 0;
  for (size_t i = at; i < at + 4 && i < payload.size(); ++i) number = number << 8 | static_cast<uint8_t>(payload[i]);
  return number;
}

std::string Http2Client::Response::ToText() const {
  if (!reset.empty()) return (status ? std::to_string(status) + " " + body + " " : "") + "reset " + reset;
  if (!ended) return "unfinished";
  return std::to_string(status) + " " + body;
}

Http2Client::Http2Client(const std::string& address, Silent) : client_(address) {
  nghttp2_hd_inflate_new(&inflater_);
  const int on = 1;
  ::setsockopt(client_.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Http2Client::Http2Client(const std::string& address, std::string_view settings, int receive_buffer)
    : client_(address, receive_buffer) {
  nghttp2_hd_inflate_new(&inflater_);
  Send(std::string(kPreface) + FrameBytes(NGHTTP2_SETTINGS, 0, 0, settings));
}

Http2Client::~Http2Client() { nghttp2_hd_inflate_del(inflater_); }

Frame Http2Client::Read() {
  const std::string head = client_.Read(9);
  if (head.size() < 9) {
    events_.push_back(head.empty() ? "closed" : head);
    return {};
  }
  const auto byte = [&head](size_t at) { return static_cast<uint8_t>(head[at]); };
  Frame frame;
  frame.type = byte(3);
  frame.flags = byte(4);
  frame.id = static_cast<int32_t>((byte(5) & 0x7fu) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8));
  frame.payload = client_.Read(static_cast<size_t>(byte(0) << 16 | byte(1) << 8 | byte(2)));
  const std::string name = std::to_string(frame.id) + ": ";
  switch (frame.type) {
    case NGHTTP2_HEADERS:
      OnHeaders(frame);
      break;
    case NGHTTP2_DATA:
      responses_[frame.id].body += frame.payload;
      break;
    case NGHTTP2_RST_STREAM:
      responses_[frame.id].reset = CodeName(frame.Number());
      events_.push_back(name + "reset " + CodeName(frame.Number()));
      break;
    case NGHTTP2_GOAWAY:
      goaways_.push_back(std::to_string(frame.Number()) + " " + CodeName(frame.Number(4)));
      events_.push_back("goaway " + CodeName(frame.Number(4)));
      break;
    case NGHTTP2_WINDOW_UPDATE:
      opened_[frame.id] += frame.Number();
      break;
    case NGHTTP2_SETTINGS:
      if (frame.flags & NGHTTP2_FLAG_ACK) break;
      for (size_t at = 0; at + 6 <= frame.payload.size(); at += 6) {
        const auto key = static_cast<uint16_t>(static_cast<uint8_t>(frame.payload[at]) << 8 | static_cast<uint8_t>(frame.payload[at + 1]));
        settings_[key] = frame.Number(at + 2);
      }
      if (acknowledges_settings) Send(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, "");
      break;
    case NGHTTP2_PING:
      if ((frame.flags & NGHTTP2_FLAG_ACK) == 0 && answers_pings) Send(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, frame.payload);
      break;
    default:
      ADD_FAILURE() << "a frame of type " << static_cast<int>(frame.type);
  }
  if ((frame.is(NGHTTP2_HEADERS) || frame.is(NGHTTP2_DATA)) && (frame.flags & kEndStream)) {
    Response& response = responses_[frame.id];
    response.ended = true;
    events_.push_back(name + response.ToText());
  }
  return frame;
}

void Http2Client::OnHeaders(const Frame& frame) {
  Response& response = responses_[frame.id];
  const auto* in = reinterpret_cast<const uint8_t*>(frame.payload.data());
  size_t left = frame.payload.size();
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const ssize_t used = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, in, left, (frame.flags & kEndHeaders) != 0);
    ASSERT_GE(used, 0) << nghttp2_strerror(static_cast<int>(used));
    in += used;
    left -= static_cast<size_t>(used);
    if (flags & NGHTTP2_HD_INFLATE_EMIT) {
      const std::string name(field.name, field.name + field.namelen);
      const std::string value(field.value, field.value + field.valuelen);
      if (name == ":status" && value == "100") {
        ++response.informational;
      } else if (name == ":status") {
        response.status = std::stoi(value);
      } else {
        response.headers[name] = value;
      }
    }
    if (flags & NGHTTP2_HD_INFLATE_FINAL) {
      nghttp2_hd_inflate_end_headers(inflater_);
      break;
    }
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) break;
  }
}

const Http2Client::Response& Http2Client::Await(int32_t id) {
  Response& response = responses_[id];
  while (!response.ended && response.reset.empty() && Read().type != 0xff) {
  }
  return response;
}

bool Http2Client::AwaitBody(int32_t id, size_t bytes) {
  Response& response = responses_[id];
  while (response.body.size() < bytes && Read().type != 0xff) {
  }
  return response.body.size() >= bytes;
}

Frame Http2Client::AwaitFrame(uint8_t type) {
  for (;;) {
    Frame frame = Read();
    if (frame.type == type || frame.type == 0xff) return frame;
  }
}

void Http2Client::Settle() {
  for (int round = 0; round < 2; ++round) {  // the first answer may overtake what was to be said before
    Send(NGHTTP2_PING, 0, 0, "settled?");
    for (;;) {
      const Frame frame = Read();
      if (frame.type == 0xff) return;
      if (frame.is(NGHTTP2_PING) && (frame.flags & NGHTTP2_FLAG_ACK)) break;
    }
  }
}

std::string Http2Client::AwaitEnd() {
  while (Read().type != 0xff) {
  }
  std::string text;
  for (const std::string& goaway : goaways_) text += "goaway " + goaway + ", ";
  return text + events_.back();
}

}  // namespace dragoman::http
