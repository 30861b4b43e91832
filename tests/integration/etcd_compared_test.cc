#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <map>

#include "etcd_fixture.h"
#include "etcd_requests.h"

// Dragoman beside the JSON gateway that etcd has in itself (grpc-gateway 1.x): each in front of an etcd of its own,
// asked the same, compared by status and JSON. Both write proto names and leave out defaults.
namespace dragoman::integration {
namespace {

using rapidjson::Value;

// What every reply may have that belongs to the one etcd.
constexpr const char* kAlwaysVaries[] = {"raft_term", "raftTerm"};

const char* Explanation(Difference difference) {
  switch (difference) {
    case Difference::kNone:
      return "no difference is expected";
    case Difference::kPreconditionFailed:
      return "grpc-gateway 1.x answers FAILED_PRECONDITION with 412, google.rpc.Code and Dragoman with 400";
    case Difference::kRefusedInOwnWords:
      return "both refuse the body before etcd sees it, each in the words of its own parser";
    case Difference::kUnknownFieldPassedOver:
      return "etcd's gateway drops unknown fields; Dragoman refuses them (json.unknown_fields: reject)";
    case Difference::kFieldTwiceTaken:
      return "etcd's gateway takes the last of two equal fields; Dragoman refuses the second";
    case Difference::kTwoOfOneofTaken:
      return "etcd's gateway takes either member of a oneof; Dragoman refuses the second";
    case Difference::kTrailingTextPassedOver:
      return "etcd's gateway reads one JSON value and leaves the rest; Dragoman reads to the end";
    case Difference::kNullTaken:
      return "etcd's gateway takes null for an empty message; ProtoJSON has no null at the top";
    case Difference::kBase64Refused:
      return "ProtoJSON reads both alphabets, with and without padding; etcd's gateway only the standard one with it";
    case Difference::kNoPathInPlainText:
      return "where nothing fits the path or method, etcd's gateway answers in plain text";
    case Difference::kTrailingSlashRefused:
      return "Dragoman drops empty segments at the end of a path";
    case Difference::kHashKvNotReached:
      return "etcd 3.4 annotates Hash and HashKV alike; examples/etcd/dragoman.yaml moves the second";
  }
  return "";
}

// Replaces the values of those members, wherever they stand, with "…", which JsonDifference takes for any.
void Mask(Value& value, const std::vector<std::string>& names, rapidjson::Document& document) {
  if (value.IsArray()) {
    for (Value& item : value.GetArray()) Mask(item, names, document);
  } else if (value.IsObject()) {
    for (auto& member : value.GetObject()) {
      if (std::find(names.begin(), names.end(), member.name.GetString()) != names.end()) {
        member.value.SetString("…", document.GetAllocator());
      } else {
        Mask(member.value, names, document);
      }
    }
  }
}

std::string Masked(const std::string& json, std::vector<std::string> names) {
  names.insert(names.end(), std::begin(kAlwaysVaries), std::end(kAlwaysVaries));
  rapidjson::Document document;
  if (document.Parse(json.data(), json.size()).HasParseError()) return json;
  Mask(document, names, document);
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  document.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string Quoted(const std::string& text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

// The one difference that all errors of etcd's have: Dragoman writes google.rpc.Status, grpc-gateway 1.x the message
// twice and no details. "" if both bodies are of that shape and say the same.
std::string ErrorDifference(const std::string& ours, const std::string& theirs) {
  const std::string code = JsonAt(theirs, "code");
  const std::string message = Quoted(JsonAt(theirs, "message"));
  std::string difference =
      JsonDifference(R"({"error":)" + message + R"(,"message":)" + message + R"(,"code":)" + code + "}", theirs);
  if (!difference.empty()) return "etcd's: " + difference;
  return JsonDifference(R"({"code":)" + code + R"(,"message":)" + message + R"(,"details":[]})", ours);
}

struct Pair {
  const EtcdRequest& request;
  HttpResponse ours;
  HttpResponse theirs;
};

void ExpectTheSame(const Pair& pair) {
  EXPECT_EQ(pair.theirs.status, pair.ours.status);
  EXPECT_EQ(pair.theirs.Header("content-type"), pair.ours.Header("content-type"));
  EXPECT_EQ(pair.ours.status < 400 ? JsonDifference(Masked(pair.theirs.body, pair.request.varies), pair.ours.body)
                                   : ErrorDifference(pair.ours.body, pair.theirs.body),
            "");
}

// Dragoman's own refusal: an INVALID_ARGUMENT that says what the table says.
void ExpectRefusedByDragoman(const Pair& pair) {
  EXPECT_EQ(JsonAt(pair.ours.body, "code"), "3");
  const std::string message = JsonAt(pair.ours.body, "message");
  EXPECT_NE(message.find(pair.request.says), std::string::npos) << pair.request.says;
  EXPECT_NE(JsonAt(pair.theirs.body, "message"), message);
}

void ExpectDifference(const Pair& pair) {
  const std::string their_message = JsonAt(pair.theirs.body, "message");
  switch (pair.request.difference) {
    case Difference::kNone:
      ExpectTheSame(pair);
      break;
    case Difference::kPreconditionFailed:
      EXPECT_EQ(pair.theirs.status, 412);
      EXPECT_EQ(JsonAt(pair.ours.body, "code"), "9");
      EXPECT_EQ(ErrorDifference(pair.ours.body, pair.theirs.body), "");
      break;
    case Difference::kRefusedInOwnWords:
      EXPECT_EQ(pair.theirs.status, 400);
      EXPECT_EQ(JsonAt(pair.theirs.body, "code"), "3");
      EXPECT_FALSE(their_message.starts_with("etcdserver: ")) << "etcd's gateway let it pass";
      ExpectRefusedByDragoman(pair);
      break;
    case Difference::kUnknownFieldPassedOver:
    case Difference::kFieldTwiceTaken:
    case Difference::kTwoOfOneofTaken:
    case Difference::kTrailingTextPassedOver:
    case Difference::kNullTaken:
      EXPECT_TRUE(pair.theirs.status == 200 || their_message.starts_with("etcdserver: "))
          << "etcd's gateway refuses it too";
      ExpectRefusedByDragoman(pair);
      break;
    case Difference::kBase64Refused:
      EXPECT_EQ(pair.theirs.status, 400);
      EXPECT_EQ(their_message, "illegal base64 data at input byte 0");
      break;
    case Difference::kNoPathInPlainText:
      EXPECT_EQ(pair.theirs.status, pair.ours.status);
      EXPECT_EQ(pair.theirs.Header("content-type"), "text/plain; charset=utf-8");
      EXPECT_EQ(pair.theirs.Header("allow"), "");
      EXPECT_EQ(pair.ours.Header("allow"), pair.ours.status == 405 ? "POST, OPTIONS" : "");
      EXPECT_NE(JsonAt(pair.ours.body, "message").find(pair.request.says), std::string::npos) << pair.request.says;
      break;
    case Difference::kTrailingSlashRefused:
    case Difference::kHashKvNotReached:
      EXPECT_EQ(pair.theirs.status, 404);
      EXPECT_EQ(pair.theirs.body, "Not Found\n");
      break;
  }
}

// One of the two, and what it has said so far.
struct Side {
  std::string address;
  std::map<std::string, std::string> kept = {};

  HttpResponse Ask(const EtcdRequest& request) {
    std::string body = request.body;
    if (const size_t at = body.find('$'); at != std::string::npos) {
      const std::string name = body.substr(at + 1, body.find('"', at) - at - 1);
      body.replace(at, name.size() + 1, kept[name]);
    }
    Headers headers;
    if (!request.token.empty())
      headers.emplace_back("authorization", kept.contains(request.token) ? kept[request.token] : "none");
    HttpResponse response = Fetch(address, request.http_method, request.path, headers, body);
    if (!request.keep.empty()) kept[request.as] = JsonAt(response.body, request.keep);
    return response;
  }
};

TEST(EtcdCompared, DragomanAnswersAsEtcdsOwnGatewayButForWhatIsExplained) {
  ASSERT_TRUE(EtcdIsInstalled()) << "scripts/setup test installs it";
  const Etcd behind_dragoman;
  const Etcd alone;
  const EtcdGateway gateway(behind_dragoman);
  Side ours{gateway.address()};
  Side theirs{alone.address()};
  const std::vector<EtcdRequest> requests = EtcdRequests();
  EXPECT_GE(requests.size(), 150u);
  for (const EtcdRequest& request : requests) {
    const Pair pair{request, ours.Ask(request), theirs.Ask(request)};
    SCOPED_TRACE(request.name + ": " + request.http_method + " " + request.path + " " + request.body +
                 "\nDragoman: " + std::to_string(pair.ours.status) + " " + pair.ours.body +
                 "\netcd:     " + std::to_string(pair.theirs.status) + " " + pair.theirs.body +
                 "\nin the table: " + Explanation(request.difference));
    EXPECT_EQ(pair.ours.status, request.status);
    ExpectDifference(pair);
  }
}

}  // namespace
}  // namespace dragoman::integration
