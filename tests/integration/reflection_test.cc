#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "frame_server.h"
#include "played_reflection.h"
#include "shop_fixture.h"
#include "test_ca.h"

// Servers that are asked for their descriptors: gRPC's own in C++, which knows v1alpha, and played ones with v1.
namespace dragoman::integration {
namespace {

using frames::FrameConnection;
using frames::FrameServer;
using frames::Framed;
using testing::HasSubstr;

FrameServer::Script Saying(std::vector<std::string> answers) {
  return {.on_headers = [answers = std::move(answers)](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Head(request.id);
    for (const std::string& answer : answers) connection.Data(request.id, Framed(answer));
    connection.Trailers(request.id);
  }};
}

FrameServer::Script Describing(std::map<std::string, std::string> files) {
  return Saying(PlayedReflection(std::move(files)).Script());
}

// A configuration of these descriptors and backends, everything served by the first.
class Configuration {
 public:
  Configuration(const std::string& descriptors, const std::string& backends)
      : path_(folder_.Write("dragoman.yaml", "listeners: [{address: \"127.0.0.1:0\"}]\ndescriptors: " + descriptors + "\nbackends: {" + backends +
                                                 "}\nservices: [{name: \"*\", backend: shop}]\n")) {}

  // Without the folder's name.
  Outcome Run(const std::string& command) const {
    Outcome outcome = RunToEnd({DragomanProgram(), command, "--config", path_});
    for (std::string* text : {&outcome.out, &outcome.err}) {
      for (size_t at = text->find(path_); at != std::string::npos; at = text->find(path_)) text->replace(at, path_.size(), "dragoman.yaml");
    }
    return outcome;
  }

 private:
  TempDir folder_;
  std::string path_;
};

std::string Backend(const std::string& name, const std::string& address, const std::string& more = {}) {
  return name + ": {endpoints: [\"" + address + "\"]" + more + "}";
}

TEST(Reflection, AnAddressIsEnoughToServe) {
  Shop shop;
  Process gateway({DragomanProgram(), "serve", "--backend", shop.address(), "--listen", "127.0.0.1:0"});
  const std::string address = gateway.WaitForLine("listening on http://");
  EXPECT_EQ(Fetch(address, "GET", "/v1/items/grinder").status, 200) << gateway.err();
  EXPECT_EQ(gateway.out().find("reflection"), std::string::npos) << gateway.out();
}

TEST(Reflection, ComesToWhatProtocMakes) {
  Shop shop;
  const std::string backends = Backend("shop", shop.address());
  const Outcome of_file = Configuration("[{file: \"" SHOP_DESCRIPTORS "\"}]", backends).Run("routes");
  const Outcome of_server = Configuration("[{reflection: {backend: shop}}]", backends).Run("routes");
  EXPECT_EQ(of_server.exit_code, 0) << of_server.err;
  EXPECT_EQ(of_server.out, of_file.out);
  // What both describe is no conflict.
  const Outcome of_both = Configuration("[{file: \"" SHOP_DESCRIPTORS "\"}, {reflection: {backend: shop}}]", backends).Run("routes");
  EXPECT_EQ(of_both.err, "");
  EXPECT_EQ(of_both.out, of_file.out);
}

TEST(Reflection, SaysWhatToDoWithoutIt) {
  Process backend({COMPOSITION_BACKEND});  // of gRPC's library, without it
  const Outcome outcome = RunToEnd({DragomanProgram(), "serve", "--backend", backend.WaitForLine("listening on ")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err,
            "--backend: backend \"default\" implements no server reflection, neither grpc.reflection.v1 nor v1alpha; switch it on in the "
            "server, or give its descriptors as a file (descriptors: [{file: api.pb}], or --descriptors api.pb), which this makes: protoc "
            "-I protos --include_imports --include_source_info --descriptor_set_out=api.pb protos/shop/v1/*.proto\n1 problem\n");
}

TEST(Reflection, SaysThatNobodyIsThere) {
  DeadPort port;
  const Outcome outcome = Configuration("[{reflection: {backend: shop}}]", Backend("shop", port.address())).Run("check");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "dragoman.yaml:2:15: backend \"shop\": cannot connect to " + port.address() + ": Connection refused\n1 problem\n");
}

TEST(Reflection, UsesTheTlsOfTheBackend) {
  const TestCa ca;
  TempDir folder;
  const PemPair pair = ca.Issue({.addresses = {"127.0.0.1"}});
  Shop shop("127.0.0.1:0", "shop", {"--tls-cert", folder.Write("s.crt", pair.certificate), "--tls-key", folder.Write("s.key", pair.private_key)});
  const std::string authority = folder.Write("ca.crt", ca.pem());
  const Configuration with("[{reflection: {backend: shop}}]", Backend("shop", shop.address(), ", tls: {ca: {file: \"" + authority + "\"}}"));
  EXPECT_EQ(with.Run("check").exit_code, 0) << with.Run("check").err;
  const Configuration without("[{reflection: {backend: shop}}]", Backend("shop", shop.address(), ", tls: {}"));
  EXPECT_THAT(without.Run("check").err, HasSubstr("dragoman.yaml:2:15: backend \"shop\": cannot connect to " + shop.address() + ": "));
  // What cannot be loaded is told once, and nobody is asked.
  const Configuration broken("[{reflection: {backend: shop}}]", Backend("shop", shop.address(), ", tls: {ca: {file: \"nowhere.crt\"}}"));
  EXPECT_THAT(broken.Run("check").err,
              testing::AllOf(HasSubstr("nowhere.crt"), HasSubstr("backend \"shop\" cannot be asked for its descriptors: what its tls or "
                                                                 "credentials name is wrong\n"),
                             HasSubstr("\n2 problems\n")));
}

TEST(Reflection, ShowsTheCredentialsOfTheBackend) {
  FrameServer server({.on_headers = [](FrameConnection& connection, FrameConnection::Request& request) {
    if (request.headers["x-key"] != "open sesame") {
      return connection.HeadOnly(request.id, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "16"}, {"grpc-message", "who?"}});
    }
    connection.Head(request.id);
    for (const std::string& answer : PlayedReflection({{"a.proto", PlayedFile("a.proto", "a", {"A"})}}).Script()) {
      connection.Data(request.id, Framed(answer));
    }
    connection.Trailers(request.id);
  }});
  const std::string descriptors = "[{reflection: {backend: shop}}]";
  const Configuration with(descriptors, Backend("shop", server.address(), ", credentials: {metadata: {x-key: open sesame}}"));
  EXPECT_EQ(with.Run("check").exit_code, 0) << with.Run("check").err;
  const Configuration without(descriptors, Backend("shop", server.address()));
  EXPECT_EQ(without.Run("check").err, "dragoman.yaml:2:15: backend \"shop\" answers reflection with UNAUTHENTICATED \"who?\"\n1 problem\n");
}

TEST(Reflection, MergesSeveralBackends) {
  const std::string common = PlayedFile("common.proto", "common", {});
  FrameServer shop(Describing({{"shop.proto", PlayedFile("shop.proto", "shop", {"Shop"})}, {"common.proto", common}}));
  FrameServer users(Describing({{"users.proto", PlayedFile("users.proto", "users", {"Users"})}, {"common.proto", common}}));
  FrameServer other(Describing({{"shop.proto", PlayedFile("shop.proto", "shop", {"Shop", "Cart"})}}));
  const std::string descriptors = "[{reflection: {backend: shop}}, {reflection: {backend: users, refresh: 30s}}]";
  const Configuration fits(descriptors, Backend("shop", shop.address()) + ", " + Backend("users", users.address()));
  EXPECT_EQ(fits.Run("check").exit_code, 0) << fits.Run("check").err;
  const Configuration clashes(descriptors, Backend("shop", shop.address()) + ", " + Backend("users", other.address()));
  const Outcome outcome = clashes.Run("check");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err,
            "reflection of backend \"users\": file \"shop.proto\" differs from the one of that name in reflection of backend \"shop\"; make both "
            "from the same sources\n1 problem\n");
}

TEST(Reflection, TellsThatReplicasDiffer) {
  FrameServer one(Describing({{"a.proto", PlayedFile("a.proto", "a", {"A"})}}));
  FrameServer two(Describing({{"a.proto", PlayedFile("a.proto", "a", {"A", "B"})}}));
  const Configuration both("[{reflection: {backend: shop}}]", "shop: {endpoints: [\"" + one.address() + "\", \"" + two.address() + "\"]}");
  const Outcome outcome = both.Run("check");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, testing::AllOf(HasSubstr("warn reflection backend=shop note="), HasSubstr(one.address()), HasSubstr(two.address())));
}

TEST(Reflection, IsNotHarmedByAServerThatDoesIt) {
  struct Case {
    const char* name;
    FrameServer::Script script;
    std::string problem;
  };
  const std::string a = PlayedFile("a.proto", "a", {"A"}, {"b.proto"});
  const std::string list = PlayedReflection::List({"a.A"});
  const Case cases[] = {
      {"garbage", Saying({"\xff\xff"}),
       "dragoman.yaml:2:15: backend \"shop\" answers list_services with bytes that are no ServerReflectionResponse"},
      {"half a schema", Saying({list, PlayedReflection::Files({a}), PlayedReflection::Error(5, "no\nsuch file")}),
       "dragoman.yaml:2:15: backend \"shop\" has no file \"b.proto\", which \"a.proto\" imports: NOT_FOUND \"no\\nsuch file\"; link that file's "
       "descriptors into the server, under that name"},
      {"imports in a circle",
       Saying({list, PlayedReflection::Files({a, PlayedFile("b.proto", "b", {}, {"a.proto"})}), list}),
       "reflection of backend \"shop\": b.proto: imports \"a.proto\", which imports it in turn"},
      {"a schema that protobuf refuses",
       Saying({list, PlayedReflection::Files({a, PlayedFile("b.proto", "a", {"A"})}), list}),
       "reflection of backend \"shop\": a.proto: a.A: "},
      {"a change in the middle", Saying({list, PlayedReflection::Files({PlayedFile("a.proto", "a", {"A"})}), PlayedReflection::List({"a.B"})}),
       "dragoman.yaml:2:15: backend \"shop\" lists other services than a moment ago: it changed while it was asked"},
      {"an early end", Saying({list}), "dragoman.yaml:2:15: backend \"shop\" ends the call before it has answered everything"},
      {"an error", Saying({PlayedReflection::Error(7, "not you")}),
       "dragoman.yaml:2:15: backend \"shop\" answers list_services with PERMISSION_DENIED \"not you\""},
      {"a large file", Saying({list, PlayedReflection::Files({std::string((16 << 20) + 1, 'x')})}),
       "dragoman.yaml:2:15: backend \"shop\" sends a file over 16777216 bytes"},
      {"no HTTP/2", {.on_accept = [](FrameConnection& connection) { connection.Raw("HTTP/1.1 400 Bad Request\r\n\r\n"); }},
       "dragoman.yaml:2:15: backend \"shop\": cannot connect to "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    FrameServer server(c.script);
    const Outcome outcome = Configuration("[{reflection: {backend: shop}}]", Backend("shop", server.address())).Run("check");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr(c.problem));
  }
}

}  // namespace
}  // namespace dragoman::integration
