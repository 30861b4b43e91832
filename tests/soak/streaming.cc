#include "streaming.h"

#include <array>
#include <cstdio>

#include "h2_client.h"
#include "websocket_talk.h"

namespace dragoman::soak {
namespace {

using integration::HttpClient;
using integration::HttpResponse;

std::string Watch(const std::string& symbol, const std::string& query) {
  return "/v1/prices/" + symbol + ":watch?" + query;
}

std::string PriceBegins(const std::string& symbol, int sequence) {
  return "{\"symbol\":\"" + symbol + "\",\"sequence\":\"" + std::to_string(sequence) + "\",";
}

// The first `count` prices, each between `before` and `behind`; at their end `at` is where the rest begins.
Complaint LooksForPrices(const std::string& body, const std::string& symbol, int count, std::string_view before,
                         std::string_view behind, size_t& at) {
  for (int i = 1; i <= count; ++i) {
    if (body.compare(at, before.size(), before) != 0)
      return "expected \"" + std::string(before) + "\" at byte " + std::to_string(at);
    at += before.size();
    const std::string begins = PriceBegins(symbol, i);
    if (body.compare(at, begins.size(), begins) != 0) return "expected " + begins + " at byte " + std::to_string(at);
    at = body.find('}', at);
    if (at == std::string::npos) return "the price is cut off";
    ++at;
    if (i == count && behind == ",") return {};  // of an array
    if (body.compare(at, behind.size(), behind) != 0)
      return "expected \"" + std::string(behind) + "\" at byte " + std::to_string(at);
    at += behind.size();
  }
  return {};
}

// So many prices, then what `rest` begins with.
std::function<Complaint(const std::string&)> HoldsPrices(std::string symbol, int count, std::string before,
                                                         std::string behind, std::string rest) {
  return [=](const std::string& body) -> Complaint {
    size_t at = 0;
    if (Complaint complaint = LooksForPrices(body, symbol, count, before, behind, at); !complaint.empty())
      return complaint;
    if (rest.empty() && at != body.size()) return "something follows the last price";
    return body.compare(at, rest.size(), rest) == 0
               ? ""
               : "expected " + rest + " behind the last price, got " + body.substr(at, 200);
  };
}

std::string Chunk(std::string_view bytes) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

// In chunks of any size.
std::string InChunks(Visitor& visitor, const std::string& body) {
  std::string chunks;
  for (size_t at = 0; at < body.size();) {
    const std::string piece = body.substr(at, static_cast<size_t>(visitor.Between(1, 1500)));
    chunks += Chunk(piece);
    at += piece.size();
  }
  return chunks + "0\r\n\r\n";
}

Complaint Of(const char* what, const std::string& got) { return std::string(what) + ", got " + got.substr(0, 500); }

}  // namespace

Complaint Lines(Visitor& visitor) {
  const std::string symbol = visitor.Unique();
  const int count = visitor.Between(1, 300);
  return visitor.Send({.target = Watch(symbol, "count=" + std::to_string(count) +
                                                   "&padding=" + std::to_string(visitor.Between(0, 300))),
                       .check = HoldsPrices(symbol, count, "", "\n", "")});
}

Complaint Events(Visitor& visitor) {
  const std::string symbol = visitor.Unique();
  const int count = visitor.Between(1, 100);
  return visitor.Send({.target = Watch(symbol, "count=" + std::to_string(count)),
                       .headers = {{"Accept", "text/event-stream"}},
                       .check = HoldsPrices(symbol, count, "data: ", "\n\n", "event: end\n")});
}

Complaint Array(Visitor& visitor) {
  const std::string symbol = visitor.Unique();
  const int count = visitor.Between(1, 100);
  return visitor.Send({.target = Watch(symbol, "count=" + std::to_string(count)),
                       .headers = {{"Accept", "application/json"}},
                       .check = [=](const std::string& body) -> Complaint {
                         if (!body.starts_with('[')) return "it is no array";
                         return HoldsPrices(symbol, count, "", ",", "]")(body.substr(1));
                       }});
}

Complaint LateFailure(Visitor& visitor) {
  const std::string symbol = visitor.Unique();
  const int count = visitor.Between(1, 50);
  const std::string code = std::to_string(visitor.Between(1, 16));
  return visitor.Send({.target = Watch(symbol, "failAfter=" + std::to_string(count) + "&failCode=" + code),
                       .check = HoldsPrices(symbol, count, "", "\n", "{\"@error\":{\"code\":" + code + ",")});
}

Complaint CutArray(Visitor& visitor) {
  HttpClient connection(visitor.gateway_address());
  const HttpResponse response =
      connection.Send("GET", Watch(visitor.Unique(), "failAfter=20&failCode=13"), {{"Accept", "application/json"}});
  if (response.status == 0 && response.body.starts_with("the body ends")) return {};
  return Of("expected a body that is cut off", std::to_string(response.status) + " " + response.body);
}

Complaint Readings(Visitor& visitor) {
  const std::string sensor = visitor.Unique();
  const int count = visitor.Between(1, 400);
  const bool array = visitor.Between(0, 1) == 0;
  const std::string note(static_cast<size_t>(visitor.Between(0, 100)), 'n');
  std::string body = array ? "[" : "";
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    const int value = visitor.Between(0, 1000);
    sum += value;
    body += (array && i > 0 ? "," : "") + ("{\"value\": " + std::to_string(value)) + ", \"note\": \"" + note + "\"}" +
            (array ? "" : "\n");
  }
  if (array) body += "]";
  return visitor.Send({.http_method = "POST",
                       .target = "/v1/sensors/" + sensor + "/readings",
                       .headers = {{"Transfer-Encoding", "chunked"}},
                       .body = InChunks(visitor, body),
                       .check = Holds("{\"sensor\":\"" + sensor + "\",\"count\":\"" + std::to_string(count) +
                                      "\",\"sum\":" + std::to_string(sum) + ",")});
}

Complaint BadReading(Visitor& visitor) {
  HttpClient connection(visitor.gateway_address());
  std::string body = "[";
  for (int i = visitor.Between(0, 1000); i > 0; --i) body += "{\"value\": 1}, ";
  const HttpResponse response =
      connection.Send("POST", "/v1/sensors/" + visitor.Unique() + "/readings", {}, body + "{\"value\": tru}]");
  if (response.status == 400 && response.body.find("\"INVALID_JSON\"") != std::string::npos) return {};
  return Of("expected 400 INVALID_JSON", std::to_string(response.status) + " " + response.body);
}

Complaint PutFile(Visitor& visitor) {
  const std::string name = visitor.Unique();
  const std::string body(static_cast<size_t>(visitor.Between(1, 300'000)), 'f');
  return visitor.Send({.http_method = "PUT",
                       .target = "/v1/files/" + name,
                       .headers = {{"Content-Type", "text/x-soak"}},
                       .body = body,
                       .check = Holds("{\"name\":\"" + name + "\",\"contentType\":\"text/x-soak\",\"bytes\":\"" +
                                      std::to_string(body.size()) + "\",")});
}

Complaint Chat(Visitor& visitor) {
  const std::string room = visitor.Unique();
  WebSocketTalk talk(visitor.gateway_address(), "/v1/rooms/" + room + ":echo");
  if (!talk.failure().empty()) return talk.failure();
  std::string heard;
  for (int i = visitor.Between(1, 30); i > 0; --i) {
    const std::string text = visitor.Unique() + std::string(static_cast<size_t>(visitor.Between(0, 3000)), 't');
    talk.Say("{\"text\": \"" + text + "\"}");
    if (!talk.Hear(heard))
      return "the chat ended with " + std::to_string(talk.close_code()) + " " + talk.close_reason() + talk.failure();
    if (heard.find("\"" + text + "\"") == std::string::npos) return Of(("expected to hear " + text).c_str(), heard);
  }
  const int code = visitor.Between(0, 16);
  talk.Say(code == 0 ? R"({"text": "/end"})" : "{\"text\": \"/fail " + std::to_string(code) + "\"}");
  if (talk.Hear(heard)) return Of("expected the end of the chat", heard);
  if (talk.close_code() == (code == 0 ? 1000 : 4000 + code)) return {};
  return "expected the end of call " + std::to_string(code) + ", got " + std::to_string(talk.close_code()) + " " +
         talk.close_reason();
}

Complaint Http2Chat(Visitor& visitor) {
  H2Client client(visitor.gateway_address());
  const int32_t stream =
      client.Begin("POST", "/v1/rooms/" + visitor.Unique() + ":echo", visitor.Unique(), "", H2Client::End::kOpen);
  std::string said;
  size_t heard = 0;
  for (int i = visitor.Between(1, 30); i > 0; --i) {
    said = visitor.Unique();
    client.Say(stream, "{\"text\": \"" + said + "\"}\n", H2Client::End::kOpen);
    const H2Client::Response& response = client.Await(stream, heard + 1);
    if (response.body.find("\"" + said + "\"", heard) == std::string::npos) {
      // The rest of the line may follow.
      if (client.Await(stream, response.body.size() + 1).body.find("\"" + said + "\"", heard) == std::string::npos) {
        return Of(("expected to hear " + said).c_str(), response.body);
      }
    }
    heard = response.body.size();
  }
  client.Say(stream, "", H2Client::End::kNow);
  const H2Client::Response& response = client.Await(stream);
  if (response.over && response.status == 200 && response.reset == 0 && response.body.size() == heard) return {};
  return Of("expected the end of the chat",
            std::to_string(response.status) + ", reset " + std::to_string(response.reset) + " " + response.body);
}

Complaint Http2Mix(Visitor& visitor) {
  struct Asked {
    int32_t stream;
    std::string id;
    std::string symbol;
    int count;  // of prices; 0: one, by a unary call
  };
  H2Client client(visitor.gateway_address());
  std::vector<Asked> all;
  for (int i = visitor.Between(1, 40); i > 0; --i) {
    Asked asked{.stream = 0,
                .id = visitor.Unique(),
                .symbol = visitor.Unique(),
                .count = i % 3 == 0 ? visitor.Between(1, 100) : 0};
    const std::string target =
        asked.count == 0 ? "/v1/prices/" + asked.symbol : Watch(asked.symbol, "count=" + std::to_string(asked.count));
    asked.stream = client.Begin("GET", target, asked.id);
    if (i % 7 == 0) {
      client.Reset(asked.stream);
    } else {
      all.push_back(asked);
    }
  }
  for (const Asked& asked : all) {
    const H2Client::Response& response = client.Await(asked.stream);
    const std::string got =
        std::to_string(response.status) + ", reset " + std::to_string(response.reset) + " " + response.body;
    if (!response.over || response.status != 200 || response.reset != 0) return Of("expected 200", got);
    if (response.request_id != asked.id) return "the answer is another request's: " + response.request_id;
    const Complaint complaint = asked.count == 0 ? HoldsPrices(asked.symbol, 1, "", "", "")(response.body)
                                                 : HoldsPrices(asked.symbol, asked.count, "", "\n", "")(response.body);
    if (!complaint.empty()) return Of(complaint.c_str(), got);
  }
  return {};
}

Complaint SlowReader(Visitor& visitor) {
  HttpClient connection(visitor.gateway_address());
  const std::string symbol = visitor.Unique();
  connection.Begin("GET", Watch(symbol, "padding=1000"));
  // Not read while another stream is read to its end.
  if (Complaint complaint = Lines(visitor); !complaint.empty()) return complaint;
  std::string line;
  do {
    if (!connection.TakeLine(line)) return "the slow reader's response ends within its head";
  } while (!line.empty());
  std::string some;
  if (!connection.TakeBytes(static_cast<size_t>(visitor.Between(1000, 100'000)), some))
    return Of("the slow reader's stream ends", some);
  return some.find(PriceBegins(symbol, 1)) == std::string::npos ? Of("expected the slow reader's first price", some)
                                                                : "";
}

Complaint GoneWithinTheStream(Visitor& visitor) {
  HttpClient connection(visitor.gateway_address());
  connection.Begin("GET", Watch(visitor.Unique(), "padding=" + std::to_string(visitor.Between(0, 5000))),
                   {{"Accept", visitor.Between(0, 1) == 0 ? "*/*" : "text/event-stream"}});
  std::string some;
  if (!connection.TakeBytes(static_cast<size_t>(visitor.Between(1, 50'000)), some))
    return Of("an endless stream ends", some);
  return {};
}

Complaint GoneWithinTheUpload(Visitor& visitor) {
  HttpClient connection(visitor.gateway_address());
  const bool file = visitor.Between(0, 1) == 0;
  connection.Begin(file ? "PUT" : "POST",
                   file ? "/v1/files/" + visitor.Unique() : "/v1/sensors/" + visitor.Unique() + "/readings",
                   {{"Transfer-Encoding", "chunked"}});
  const std::string piece = Chunk("{\"value\": 1}\n{\"value\": 2}\n{\"val");
  for (int i = visitor.Between(1, 3); i > 0; --i)
    connection.Write(file ? Chunk(std::string(10'000, 'f')) : piece.substr(0, piece.size() / static_cast<size_t>(i)));
  return {};
}

Complaint GoneWithinTheChat(Visitor& visitor) {
  WebSocketTalk talk(visitor.gateway_address(), "/v1/rooms/" + visitor.Unique() + ":join");
  if (!talk.failure().empty()) return talk.failure();
  talk.Say(R"({"text": "hello"})");
  std::string heard;
  if (visitor.Between(0, 1) == 0 && !talk.Hear(heard))
    return "the chat ended with " + std::to_string(talk.close_code());
  talk.Vanish();
  return {};
}

Complaint Http2Gone(Visitor& visitor) {
  H2Client client(visitor.gateway_address());
  const int32_t stream = client.Begin("GET", Watch(visitor.Unique(), "padding=100"), visitor.Unique());
  client.Begin("POST", "/v1/rooms/" + visitor.Unique() + ":join", visitor.Unique(), "{\"text\": \"hello\"}\n",
               H2Client::End::kOpen);
  client.Begin("POST", "/v1/sensors/" + visitor.Unique() + "/readings", visitor.Unique(), "{\"value\": 1}\n{\"val",
               H2Client::End::kOpen);
  const H2Client::Response& response = client.Await(stream, static_cast<size_t>(visitor.Between(1, 20'000)));
  return response.status == 200 && !response.over
             ? ""
             : Of("an endless stream ends", std::to_string(response.status) + " " + response.body);
}

Complaint WebSocketGarbage(Visitor& visitor) {
  using namespace std::string_view_literals;
  constexpr std::array kGarbage = {
      "\x81\x05hello"sv,                                             // not masked
      "\xc1\x80\x01\x02\x03\x04"sv,                                  // a reserved bit
      "\x83\x80\x01\x02\x03\x04"sv,                                  // a reserved opcode
      "\x89\xfe\x00\x7e\x01\x02\x03\x04"sv,                          // a ping of 126 bytes
      "\x80\x80\x01\x02\x03\x04"sv,                                  // a continuation of nothing
      "\x81\x82\x00\x00\x00\x00\xc3\x28"sv,                          // no UTF-8
      "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04"sv,  // larger than anything
  };
  WebSocketTalk talk(visitor.gateway_address(), "/v1/rooms/" + visitor.Unique() + ":echo");
  if (!talk.failure().empty()) return talk.failure();
  talk.Garbage(kGarbage[static_cast<size_t>(visitor.Between(0, kGarbage.size() - 1))]);
  std::string heard;
  if (talk.Hear(heard)) return Of("expected the end of the WebSocket", heard);
  const int code = talk.close_code();
  return code == 0 || code == 1002 || code == 1007 || code == 1009
             ? ""
             : "garbage is answered with close code " + std::to_string(code);
}

}  // namespace dragoman::soak
