#include "traffic.h"

#include <array>
#include <cstdio>

#include "misconduct.h"
#include "streaming.h"

namespace dragoman::soak {
namespace {

constexpr const char* kEcho = "/shop.v1.Diagnostics/Echo";
constexpr std::array<const char*, 4> kItems = {"espresso-machine", "grinder", "green-tea", "house-blend"};

std::string Quoted(const std::string& name, const std::string& value) { return "\"" + name + "\":\"" + value + "\""; }

Ask Manual(Visitor& visitor) {
  std::string path = "soak/" + visitor.Unique();
  return {.target = "/v1/manuals/" + path, .check = Holds(Quoted("path", path))};
}

Complaint Small(Visitor& visitor) { return visitor.Send(Manual(visitor)); }

Complaint Item(Visitor& visitor) {
  std::string id = kItems[static_cast<size_t>(visitor.Between(0, 3))];
  return visitor.Send({.target = "/v1/items/" + id, .check = Holds("{" + Quoted("id", id) + ",")});
}

Complaint Head(Visitor& visitor) {
  return visitor.Send({.http_method = "HEAD", .target = "/v1/manuals/" + visitor.Unique()});
}

// A hundred items, in an order that chance made: about 30 KB.
Complaint Catalogue(Visitor& visitor) {
  std::vector<std::string> ids;
  std::string target = "/v1/items:batchGet?";
  for (int i = 0; i < 100; ++i) {
    ids.emplace_back(kItems[static_cast<size_t>(visitor.Between(0, 3))]);
    target += (i == 0 ? "ids=" : "&ids=") + ids.back();
  }
  return visitor.Send({.target = target, .check = [ids](const std::string& body) -> Complaint {
                         size_t at = 0;
                         for (const std::string& id : ids) {
                           at = body.find("{\"id\":\"", at);
                           if (at == std::string::npos) return "the list is too short";
                           at += 7;
                           if (body.compare(at, id.size(), id) != 0)
                             return "expected " + id + " at " + std::to_string(at);
                         }
                         return body.find("{\"id\":\"", at) == std::string::npos ? "" : "the list is too long";
                       }});
}

Ask Echo(Visitor& visitor, int text_bytes, int reply_bytes) {
  std::string text =
      visitor.Unique() + "-" + std::string(static_cast<size_t>(text_bytes), 'e') + "-" + visitor.Unique();
  return {.http_method = "POST",
          .target = kEcho,
          .body = "{\"text\": \"" + text + "\", \"replyBytes\": " + std::to_string(reply_bytes) + "}",
          .check = [text, reply_bytes](const std::string& body) -> Complaint {
            if (body.find(Quoted("text", text)) == std::string::npos) return "it does not hold the text";
            std::string padding = Quoted("padding", std::string(static_cast<size_t>(reply_bytes), 'x'));
            return body.find(padding) == std::string::npos ? "its padding has another length" : "";
          }};
}

Complaint Post(Visitor& visitor) {
  return visitor.Send(Echo(visitor, visitor.Between(0, 2000), visitor.Between(0, 2000)));
}

Complaint LargePost(Visitor& visitor) {
  return visitor.Send(Echo(visitor, visitor.Between(0, 400'000), visitor.Between(0, 400'000)));
}

Complaint Chunked(Visitor& visitor) {
  Ask ask = Echo(visitor, visitor.Between(0, 5000), 0);
  std::string body;
  for (size_t at = 0; at < ask.body.size();) {
    std::string piece = ask.body.substr(at, static_cast<size_t>(visitor.Between(1, 1500)));
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    body += size + piece + "\r\n";
    at += piece.size();
  }
  ask.body = body + "0\r\n\r\n";
  ask.headers = {{"Transfer-Encoding", "chunked"}};
  return visitor.Send(ask);
}

Complaint Order(Visitor& visitor) {
  std::string voucher = visitor.Unique();
  return visitor.Send(
      {.http_method = "POST",
       .target = "/v1/orders",
       .body = "{\"customer\": \"" + voucher + "\", \"userId\": \"bob\", \"voucher\": \"" + voucher +
               "\", \"lines\": [{\"itemId\": \"grinder\", \"quantity\": 2, \"price\": {\"units\": 5}}]}",
       .status = 201,
       .check = Holds(Quoted("customer", voucher) + ",\"userId\":\"bob\",")});
}

Complaint Pipelined(Visitor& visitor) {
  std::vector<Ask> asks;
  for (int i = visitor.Between(2, 8); i > 0; --i) {
    asks.push_back(i % 2 == 0 ? Manual(visitor) : Echo(visitor, visitor.Between(0, 300), visitor.Between(0, 20'000)));
    if (i == 5) asks.back().headers = {{"X-Shop-Delay", "10ms"}};
  }
  return visitor.Pipeline(std::move(asks));
}

Complaint NoItem(Visitor& visitor) {
  std::string id = visitor.Unique();
  return visitor.Send({.target = "/v1/items/" + id, .status = 404, .check = Holds(Quoted("resourceName", id))});
}

Complaint NoRoute(Visitor& visitor) {
  std::string path = "/nowhere/" + visitor.Unique();
  return visitor.Send({.target = path, .status = 404, .check = Holds(path)});
}

Complaint OtherMethod(Visitor& visitor) {
  return visitor.Send({.http_method = "PUT", .target = "/v1/users/ada", .body = "{}", .status = 405});
}

Complaint UnknownField(Visitor& visitor) {
  std::string name = visitor.Unique();
  return visitor.Send({.http_method = "POST",
                       .target = "/v1/orders",
                       .body = "{\"customer\": \"x\", \"" + name + "\": 1}",
                       .status = 400,
                       .check = Holds(Quoted("field", name))});
}

Complaint BadJson(Visitor& visitor) {
  std::string column = std::string(static_cast<size_t>(visitor.Between(0, 500)), ' ');
  return visitor.Send({.http_method = "POST",
                       .target = "/v1/orders",
                       .body = column + "{\"customer\": tru}",
                       .status = 400,
                       .check = Holds("\"INVALID_JSON\"")});
}

Complaint Failure(Visitor& visitor) {
  constexpr std::array<int, 17> kHttp = {0,   499, 500, 400, 504, 404, 409, 403, 429,
                                         400, 409, 400, 501, 500, 503, 500, 401};
  int code = visitor.Between(1, 16);
  Ask ask = Manual(visitor);
  ask.headers = {{"X-Shop-Fail", std::to_string(code)}};
  ask.status = kHttp[static_cast<size_t>(code)];
  ask.check = Holds("{\"code\":" + std::to_string(code) + ",\"message\":");
  return visitor.Send(ask);
}

Complaint Delay(Visitor& visitor) {
  Ask ask = Manual(visitor);
  ask.headers = {{"X-Shop-Delay", std::to_string(visitor.Between(1, 40)) + "ms"}};
  return visitor.Send(ask);
}

Complaint Deadline(Visitor& visitor) {
  Ask ask = Manual(visitor);
  ask.headers = {{"X-Shop-Delay", "5m"}, {"Grpc-Timeout", std::to_string(visitor.Between(1, 40)) + "m"}};
  ask.status = 504;
  ask.check = Holds("\"DEADLINE_EXCEEDED\"");
  return visitor.Send(ask);
}

constexpr Kind kKinds[] = {
    {"small reply", 30, Small},
    {"item", 15, Item},
    {"head", 3, Head},
    {"catalogue", 8, Catalogue},
    {"post", 15, Post},
    {"large post", 2, LargePost},
    {"chunked post", 4, Chunked},
    {"order", 6, Order},
    {"pipeline", 4, Pipelined},
    {"no such item", 4, NoItem},
    {"no such route", 3, NoRoute},
    {"another method", 2, OtherMethod},
    {"unknown field", 3, UnknownField},
    {"bad JSON", 3, BadJson},
    {"failure", 4, Failure},
    {"delay", 4, Delay},
    {"deadline", 2, Deadline},
    {"gone while waiting", 2, GoneWhileWaiting},
    {"gone within the request", 2, GoneWithinTheRequest},
    {"gone within the answer", 2, GoneWithinTheAnswer},
    {"hostile head", 3, HostileHead},
    {"lines", 6, Lines},
    {"events", 3, Events},
    {"array", 3, Array},
    {"late failure", 2, LateFailure},
    {"cut array", 1, CutArray},
    {"readings", 4, Readings},
    {"bad reading", 1, BadReading},
    {"file", 2, PutFile},
    {"WebSocket chat", 4, Chat},
    {"HTTP/2 chat", 4, Http2Chat},
    {"HTTP/2 mix", 6, Http2Mix},
    {"slow reader", 2, SlowReader},
    {"gone within the stream", 2, GoneWithinTheStream},
    {"gone within the upload", 2, GoneWithinTheUpload},
    {"gone within the chat", 2, GoneWithinTheChat},
    {"HTTP/2 gone", 2, Http2Gone},
    {"WebSocket garbage", 2, WebSocketGarbage},
};

}  // namespace

std::span<const Kind> Kinds() { return kKinds; }

}  // namespace dragoman::soak
