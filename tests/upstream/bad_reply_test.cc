// Replies that no well-behaved gRPC server would give: statuses, trailers, HTTP answers, message framing.
#include "coding/encoder.h"
#include "misbehaviour.h"

namespace dragoman::upstream {
namespace {

const Headers kHead = {{":status", "200"}, {"content-type", "application/grpc"}};
const Headers kOk = {{"grpc-status", "0"}};
const Headers kGzipHead = {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}};
constexpr Reason kProtocol = Reason::kBackendProtocolError;

Headers With(Headers headers, const Headers& more) {
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

// Headers, bytes in one DATA frame, and trailers; without any the DATA frame ends the stream.
FrameServer::Handler Sends(Headers head, std::string data, Headers trailers) {
  return [=](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Head(request.id, head);
    if (!data.empty()) connection.Data(request.id, data);
    if (trailers.empty()) return connection.End(request.id);
    connection.Trailers(request.id, trailers);
  };
}

// A message and these trailers.
FrameServer::Handler EndsWith(Headers trailers) { return Sends(kHead, Framed("hello"), std::move(trailers)); }

// Headers that are all of the reply.
FrameServer::Handler Only(Headers headers) {
  return
      [=](FrameConnection& connection, FrameConnection::Request& request) { connection.HeadOnly(request.id, headers); };
}

// An answer of something that is no gRPC server.
FrameServer::Handler Page(const char* status, const char* type = "text/html") {
  return Sends({{":status", status}, {"content-type", type}}, "<html><body>Sorry</body></html>", {});
}

std::string Gzip(std::string_view text) {
  Buffer out;
  EXPECT_TRUE(coding::EncodeWhole(coding::Coding::kGzip, text, out));
  return std::string(out.view());
}

class BadReplyTest : public MisbehaviourTest {
 protected:
  void Check(const std::vector<Misdeed>& misdeeds) {
    for (const Misdeed& misdeed : misdeeds) ExpectOnlyTheCallIsHurt(misdeed);
  }
};

TEST_F(BadReplyTest, StatusesThatAreMissingOrNonsense) {
  const std::string none = "backend \"shop\" ended the call without a grpc-status";
  const std::string twice = "backend \"shop\" sent more than one grpc-status";
  const auto no_number = [](const std::string& quoted) {
    return "backend \"shop\" sent grpc-status " + quoted + ", which is no number";
  };
  const auto says = [](const char* status) { return EndsWith({{"grpc-status", status}, {"grpc-message", "said"}}); };
  Check({
      {"END_STREAM on DATA", EndsWith({}), Code::kUnknown, Reason::kNone, none},
      {"END_STREAM on the headers", Only(kHead), Code::kUnknown, Reason::kNone, none},
      {"trailers without it", EndsWith({{"x", "y"}}), Code::kUnknown, Reason::kNone, none},
      {"in the headers, then no trailers", Sends(With(kHead, kOk), Framed("hello"), {}), Code::kUnknown, Reason::kNone,
       none},
      {"an error in the headers, then no trailers",
       Sends(With(kHead, {{"grpc-status", "5"}, {"grpc-message", "early"}}), "", {}), Code::kUnknown, Reason::kNone,
       none},
      {"in 103, then no trailers",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Informational(request.id, {{":status", "103"}, {"grpc-status", "0"}});
         connection.Head(request.id);
         connection.Data(request.id, Framed("hello"));
         connection.End(request.id);
       },
       Code::kUnknown, Reason::kNone, none},
      {"a word", says("OK"), Code::kUnknown, Reason::kNone, no_number("\"OK\"")},
      {"empty", says(""), Code::kUnknown, Reason::kNone, no_number("\"\"")},
      {"negative", says("-1"), Code::kUnknown, Reason::kNone, no_number("\"-1\"")},
      {"a fraction", says("0.0"), Code::kUnknown, Reason::kNone, no_number("\"0.0\"")},
      {"a list", says("0, 0"), Code::kUnknown, Reason::kNone, no_number("\"0, 0\"")},
      {"past every integer", says("99999999999999999999"), Code::kUnknown, Reason::kNone,
       no_number("\"99999999999999999999\"")},
      {"very long", says(std::string(500, '9').c_str()), Code::kUnknown, Reason::kNone,
       no_number("\"" + std::string(64, '9') + "…\"")},
      {"no UTF-8", says("\xff"), Code::kUnknown, Reason::kNone, no_number("\"\uFFFD\"")},
      {"a code that gRPC does not have", says("17"), Code::kUnknown, Reason::kNone, "said"},
      {"a large one", says("2147483647"), Code::kUnknown, Reason::kNone, "said"},
      {"twice, OK last", EndsWith({{"grpc-status", "5"}, {"grpc-status", "0"}}), Code::kUnknown, Reason::kNone, twice},
      {"twice, OK first", EndsWith({{"grpc-status", "0"}, {"grpc-status", "5"}}), Code::kUnknown, Reason::kNone, twice},
      {"twice the same", EndsWith({{"grpc-status", "0"}, {"grpc-status", "0"}}), Code::kUnknown, Reason::kNone, twice},
  });
}

TEST_F(BadReplyTest, MessagesAndDetailsOfTheStatusThatCannotBeRead) {
  const auto says = [](const char* message) { return EndsWith({{"grpc-status", "5"}, {"grpc-message", message}}); };
  const auto details = [](const char* bytes) {
    return EndsWith({{"grpc-status", "5"}, {"grpc-message", "said"}, {"grpc-status-details-bin", bytes}});
  };
  Check({
      {"half an escape", says("100% of %4"), Code::kNotFound, Reason::kNone, "100% of %4"},
      {"no hexadecimal", says("%zz%41"), Code::kNotFound, Reason::kNone, "%zzA"},
      {"escapes that are no UTF-8", says("%FF%C0%80!"), Code::kNotFound, Reason::kNone, "\uFFFD\uFFFD\uFFFD!"},
      {"bytes that are no UTF-8", says("caf\xe9"), Code::kNotFound, Reason::kNone, "caf\uFFFD"},
      {"an escaped NUL", says("a%00b"), Code::kNotFound, Reason::kNone, std::string("a\0b", 3)},
      {"none", EndsWith({{"grpc-status", "5"}}), Code::kNotFound, Reason::kNone, ""},
      {"trailers only", Only(With(kHead, {{"grpc-status", "5"}, {"grpc-message", "said"}})), Code::kNotFound,
       Reason::kNone, "said"},
      {"a control character", says("a\x01\xff"), Code::kInternal, kProtocol,
       "backend \"shop\" broke HTTP/2: Invalid HTTP header field was received: frame type: 1, stream: {stream}, name: "
       "[grpc-message], value: [a??]"},
      {"details that are no base64", details("!!!"), Code::kNotFound, Reason::kNone, "said"},
      {"details of an impossible length", details("A"), Code::kNotFound, Reason::kNone, "said"},
  });
}

TEST_F(BadReplyTest, AnswersThatAreNotGrpc) {
  const auto told = [](const std::string& status, const std::string& type = " and content-type \"text/html\"") {
    return "backend \"shop\" answered with HTTP status " + status + type + " instead of gRPC";
  };
  Check({
      {"400", Page("400"), Code::kInternal, kProtocol, told("400")},
      {"401", Page("401"), Code::kUnauthenticated, Reason::kNone, told("401")},
      {"403", Page("403"), Code::kPermissionDenied, Reason::kNone, told("403")},
      {"404", Page("404"), Code::kUnimplemented, Reason::kNone, told("404")},
      {"429", Page("429"), Code::kUnavailable, Reason::kBackendUnavailable, told("429")},
      {"500", Page("500"), Code::kUnknown, Reason::kNone, told("500")},
      {"502", Page("502"), Code::kUnavailable, Reason::kBackendUnavailable, told("502")},
      {"503", Page("503"), Code::kUnavailable, Reason::kBackendUnavailable, told("503")},
      {"504", Page("504"), Code::kUnavailable, Reason::kBackendUnavailable, told("504")},
      {"301", Page("301"), Code::kUnknown, Reason::kNone, told("301")},
      {"204", Only({{":status", "204"}}), Code::kUnknown, Reason::kNone, told("204", "")},
      {"999", Only({{":status", "999"}}), Code::kUnknown, Reason::kNone, told("999", "")},
      {"502 as headers only", Only({{":status", "502"}}), Code::kUnavailable, Reason::kBackendUnavailable, told("502", "")},
      {"502 that says gRPC", Sends({{":status", "502"}, {"content-type", "application/grpc"}}, "", {}),
       Code::kUnavailable, Reason::kBackendUnavailable, told("502", "")},
      {"503 with a grpc-status and a page",
       Sends({{":status", "503"}, {"content-type", "text/html"}, {"grpc-status", "0"}}, "<html>", {}),
       Code::kUnavailable, Reason::kBackendUnavailable, told("503")},
      {"a content-type of which not all is shown", Page("502", std::string(200, 'x').c_str()), Code::kUnavailable,
       Reason::kBackendUnavailable, told("502", " and content-type \"" + std::string(64, 'x') + "…\"")},
      {"200 with a page", Page("200"), Code::kUnknown, Reason::kNone,
       "backend \"shop\" answered with content-type \"text/html\" instead of application/grpc"},
      {"gRPC-Web", Page("200", "application/grpc-web+proto"), Code::kUnknown, Reason::kNone,
       "backend \"shop\" answered with content-type \"application/grpc-web+proto\" instead of application/grpc"},
      {"200 without a content-type", Sends({{":status", "200"}}, Framed("hello"), kOk), Code::kUnknown, Reason::kNone,
       "backend \"shop\" answered with no content-type instead of application/grpc"},
  });
}

TEST_F(BadReplyTest, BytesThatAreNoMessages) {
  const auto sends = [](std::string bytes) { return Sends(kHead, std::move(bytes), kOk); };
  const auto coded = [](const char* encoding) {
    return Sends(With(kHead, {{"grpc-encoding", encoding}}), Framed("hello", 1), kOk);
  };
  const auto gzipped = [](const std::string& message) { return Sends(kGzipHead, Framed(message, 1), kOk); };
  const std::string no_gzip = "backend \"shop\" sent a message as gzip that is none";
  const std::string bytes = "backend \"shop\" sent bytes that are no gRPC message";
  const std::string half = "backend \"shop\" ended the call in the middle of a message";
  const std::string undeclared = "backend \"shop\" sent a compressed message without a grpc-encoding";
  const std::string large = "backend \"shop\" sent a message over 1000 bytes";
  Check({
      {"half a message, then OK", sends(Framed("hello").substr(0, 7)), Code::kInternal, kProtocol, half},
      {"half a prefix, then OK", sends(Framed("hello").substr(0, 3)), Code::kInternal, kProtocol, half},
      {"a message and half a one, then OK", sends(Framed("hello") + Framed("hello").substr(0, 6)), Code::kInternal,
       kProtocol, half},
      {"half a message, then an error",
       Sends(kHead, Framed("hello").substr(0, 7), {{"grpc-status", "8"}, {"grpc-message", "oops"}}),
       Code::kResourceExhausted, Reason::kNone, "oops"},
      {"half a message, then no trailers", Sends(kHead, Framed("hello").substr(0, 7), {}), Code::kUnknown,
       Reason::kNone, "backend \"shop\" ended the call without a grpc-status"},
      {"text", sends("hello"), Code::kInternal, kProtocol, bytes},
      {"flag 2", sends(Framed("hello", 2)), Code::kInternal, kProtocol, bytes},
      {"flag 128, as gRPC-Web's trailers", sends(Framed("grpc-status: 0", '\x80')), Code::kInternal, kProtocol, bytes},
      {"a bad flag alone, and then nothing",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Data(request.id, "\xff");
       },
       Code::kInternal, kProtocol, bytes},
      {"a message and a bad flag", sends(Framed("hello") + "\x03"), Code::kInternal, kProtocol, bytes},
      {"compressed, no encoding", sends(Framed("hello", 1)), Code::kInternal, kProtocol, undeclared},
      {"compressed, identity", coded("identity"), Code::kInternal, kProtocol, undeclared},
      {"compressed, not offered", coded("deflate"), Code::kInternal, kProtocol,
       "backend \"shop\" sent a message compressed with \"deflate\", which it was not offered"},
      {"gzip that is none", coded("gzip"), Code::kInternal, kProtocol, no_gzip},
      {"gzip of no bytes", gzipped(""), Code::kInternal, kProtocol, no_gzip},
      {"gzip cut off", gzipped(Gzip("hello").substr(0, 20)), Code::kInternal, kProtocol, no_gzip},
      {"gzip and a byte", gzipped(Gzip("hello") + "x"), Code::kInternal, kProtocol, no_gzip},
      {"gzip of a byte too much", gzipped(Gzip(std::string(kMaxReply + 1, 'x'))), Code::kInternal, Reason::kResponseTooLarge, large},
      {"a gzip bomb", gzipped(Gzip(std::string(200 * kMaxReply, 'x'))), Code::kInternal, Reason::kResponseTooLarge, large},
      {"gzip of too many bytes", gzipped(std::string(kMaxReply + 1, 'x')), Code::kInternal, Reason::kResponseTooLarge, large},
      {"good gzip, then a bomb", Sends(kGzipHead, Framed(Gzip("hello"), 1) + Framed(Gzip(std::string(200 * kMaxReply, 'x')), 1), kOk),
       Code::kInternal, Reason::kResponseTooLarge, large},
      {"another flag beside gzip", Sends(kGzipHead, Framed(Gzip("hello"), 3), kOk), Code::kInternal, kProtocol, bytes},
      {"compressed, nobody knows how", coded("snap\xffpy"), Code::kInternal, kProtocol,
       "backend \"shop\" sent a message compressed with \"snap\uFFFDpy\", which it was not offered"},
      {"a byte too large", sends(Framed(std::string(kMaxReply + 1, 'x'))), Code::kInternal, Reason::kResponseTooLarge,
       large},
      {"4 GiB promised, and then nothing",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Data(request.id, std::string("\0\xff\xff\xff\xff", 5));
       },
       Code::kInternal, Reason::kResponseTooLarge, large},
      {"a good one, then a large one", sends(Framed("hello") + Framed(std::string(kMaxReply + 1, 'x'))),
       Code::kInternal, Reason::kResponseTooLarge, large},
  });
}

TEST_F(BadReplyTest, MetadataOverBounds) {
  const std::string over = "backend \"shop\" sent metadata over 4096 bytes";
  Headers many;  // 33 bytes each as HTTP/2 counts
  for (size_t i = 0; i < kMaxMetadata / 33; ++i) many.push_back({"a", ""});
  const Headers large = {{"x", std::string(kMaxMetadata, 'x')}};
  Check({
      {"one large header", Sends(With(kHead, large), "", kOk), Code::kInternal, kProtocol, over},
      {"many small headers", Sends(With(kHead, many), "", kOk), Code::kInternal, kProtocol, over},
      {"one large trailer", EndsWith(With(kOk, large)), Code::kInternal, kProtocol, over},
      {"many small trailers", EndsWith(With(kOk, many)), Code::kInternal, kProtocol, over},
      {"headers and trailers together",
       Sends(With(kHead, {{"x", std::string(2000, 'x')}}), Framed("hello"), With(kOk, {{"x", std::string(2000, 'y')}})),
       Code::kInternal, kProtocol, over},
      {"a large grpc-message", EndsWith({{"grpc-status", "5"}, {"grpc-message", std::string(5000, 'x')}}),
       Code::kInternal, kProtocol, over},
      {"103 without an end",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         for (int i = 0; i < 200; ++i) connection.RawHeaders(request.id, {{":status", "103"}});
       },
       Code::kInternal, kProtocol, over},
  });
}

TEST_F(BadReplyTest, InformationalHeadersAreNoPartOfTheReply) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Informational(request.id, {{":status", "103"}, {"x", "early"}, {"grpc-status", "5"}});
                       connection.Informational(request.id, {{":status", "100"}, {"grpc-encoding", "gzip"}});
                       connection.Reply(request.id, "m");
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, testing::ElementsAre("m"));
  EXPECT_THAT(outcome.metadata, testing::IsEmpty());
}

TEST_F(BadReplyTest, AStatusInTheHeadersGivesWayToTheTrailers) {
  FrameServer server(loop_, Does(Sends(With(kHead, {{"grpc-status", "5"}, {"grpc-message", "early"}}), Framed("m"),
                                       {{"grpc-status", "0"}})));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, testing::ElementsAre("m"));
}

}  // namespace
}  // namespace dragoman::upstream
