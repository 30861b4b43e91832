#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server_fixture.h"

namespace dragoman::http {
namespace {

constexpr std::string_view kRequest = "GET /a HTTP/1.1\r\nHost: s\r\n\r\n";

using ServerOfOneWorker = ServerTest;

TEST_F(ServerOfOneWorker, ClosesIdleConnectionsWhenItDrains) {
  Start();
  Client fresh(address());
  Client used(address());
  used.Send(kRequest);
  EXPECT_EQ(StatusOf(used.ReadResponse()), 200);
  StopAccepting();
  EXPECT_EQ(fresh.ReadAll(), "");
  EXPECT_EQ(used.ReadAll(), "");
  WaitDrained();
  EXPECT_EQ(Active(), 0u);
}

TEST_F(ServerOfOneWorker, LetsARequestEndWhenItDrainsAndSaysClose) {
  Start();
  Client client(address());
  client.Send("POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(log_.WaitFor("serve POST /a"));
  StopAccepting();
  EXPECT_EQ(Active(), 1u);
  client.Send("hi");
  const std::string response = client.ReadAll();
  EXPECT_EQ(BodyOf(response), "POST /a s [hi]");
  EXPECT_EQ(HeaderOf(response, "connection"), "close");
  WaitDrained();
}

TEST_F(ServerOfOneWorker, AnswersWhatHadConnectedBeforeItDrains) {
  Start();
  std::unique_ptr<Client> client;
  OnLoop([&] {  // the server cannot have accepted it when it is told to stop
    client = std::make_unique<Client>(address());
    client->Send(kRequest);
  });
  StopAccepting();
  EXPECT_EQ(StatusOf(client->ReadAll()), 200);
}

// Others accept on the same socket.
TEST_F(ServerOfOneWorker, ServesTheFirstRequestOfWhomItHasAcceptedWhenItHandsOver) {
  Start();
  Client fresh(address());
  Client begun(address());
  begun.Send("GET /a HT");
  Client used(address());
  used.Send(kRequest);
  EXPECT_EQ(StatusOf(used.ReadResponse()), 200);
  HandOver();
  EXPECT_EQ(used.ReadAll(), "");
  fresh.Send(kRequest);
  const std::string response = fresh.ReadAll();
  EXPECT_EQ(StatusOf(response), 200);
  EXPECT_EQ(HeaderOf(response, "connection"), "close");
  begun.Send("TP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(StatusOf(begun.ReadAll()), 200);
  WaitDrained();
}

TEST_F(ServerOfOneWorker, LeavesWhatItHasNotAcceptedToOthersWhenItHandsOver) {
  Start();
  std::unique_ptr<Client> client;
  OnLoop([&] {  // the server cannot have accepted it when it hands over
    client = std::make_unique<Client>(address());
    client->Send(kRequest);
    server().HandOver();
  });
  EXPECT_EQ(counters().accepted.Get(), 0u);
  EXPECT_EQ(Active(), 0u);
}

TEST_F(ServerOfOneWorker, DoesNotWaitForEverForAFirstRequestWhenItHandsOver) {
  config::Limits limits;
  limits.header_timeout = std::chrono::milliseconds(20);
  Start(limits);
  Client fresh(address());
  Client used(address());
  used.Send(kRequest);
  EXPECT_EQ(StatusOf(used.ReadResponse()), 200);
  HandOver();
  EXPECT_EQ(fresh.ReadAll(), "");
  WaitDrained();
}

TEST_F(ServerOfOneWorker, AcceptsWhatNobodyElseDoesWhenItHandsOver) {
  Start();
  std::unique_ptr<Client> client;
  OnLoop([&] {  // the server cannot have accepted it when it hands over
    client = std::make_unique<Client>(address());
    client->Send(kRequest);
    server().HandOver({true});
  });
  EXPECT_EQ(StatusOf(client->ReadAll()), 200);
  WaitDrained();
}

TEST_F(ServerOfOneWorker, ADrainBehindAHandOverEndsWhoHasSaidNothing) {
  Start();
  Client fresh(address());
  Client used(address());
  used.Send(kRequest);
  EXPECT_EQ(StatusOf(used.ReadResponse()), 200);
  HandOver();
  EXPECT_EQ(used.ReadAll(), "");
  EXPECT_EQ(Active(), 1u);
  StopAccepting();
  EXPECT_EQ(fresh.ReadAll(), "");
  WaitDrained();
}

TEST_F(ServerOfOneWorker, CancelsAndClosesWhenItAborts) {
  Start();
  Client hanging(address());
  hanging.Send("GET /hang HTTP/1.1\r\nHost: s\r\n\r\n");
  Client sending(address());
  sending.Send("POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\n");
  Client starting(address());
  starting.Send("GET /a HT");
  EXPECT_TRUE(log_.WaitFor("hanging"));
  EXPECT_TRUE(log_.WaitFor("serve POST /a"));
  StopAccepting();
  Abort();
  EXPECT_TRUE(log_.WaitFor("cancelled"));
  EXPECT_TRUE(log_.WaitFor("read failed: the client went away"));
  WaitDrained();
}

TEST_F(ServerOfOneWorker, LeavesConnectionsOverTheLimitInTheQueueUntilOneEnds) {
  config::Limits limits;
  limits.max_connections = 2;
  Start(limits);
  Client first(address());
  Client second(address());
  Client third(address());
  for (Client* client : {&first, &second}) {
    client->Send(kRequest);
    EXPECT_EQ(StatusOf(client->ReadResponse()), 200);
  }
  third.Send(kRequest);
  EXPECT_EQ(Active(), 2u);
  first.Close();
  EXPECT_EQ(StatusOf(third.ReadResponse()), 200);
}

}  // namespace
}  // namespace dragoman::http
