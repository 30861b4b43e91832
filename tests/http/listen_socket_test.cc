#include "http/listen_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "server_fixture.h"

namespace dragoman::http {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

// A folder that goes with its files.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/dragoman-http-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryFolder() {
    for (const char* file : {"/s", "/plain"}) ::unlink((path_ + file).c_str());
    ::rmdir(path_.c_str());
  }
  std::string operator/(std::string_view file) const { return path_ + "/" + std::string(file); }

 private:
  std::string path_;
};

bool Exists(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0;
}

std::string ErrorOf(const std::string& address) {
  auto socket = ListenSocket::Open(address, 1);
  return socket ? "opened " + socket->address() : socket.error();
}

TEST(ListenSocket, TellsThePortThatItFound) {
  auto socket = ListenSocket::Open("127.0.0.1:0", 3);
  ASSERT_TRUE(socket.has_value()) << socket.error();
  EXPECT_THAT(socket->address(), MatchesRegex("127.0.0.1:[1-9][0-9]*"));
  EXPECT_EQ(socket->url(), "http://" + socket->address());
}

TEST(ListenSocket, ADuplicateAcceptsOnTheSameSocket) {
  int duplicate = -1;
  std::string address;
  {
    auto socket = ListenSocket::Open("127.0.0.1:0", 1);
    ASSERT_TRUE(socket.has_value()) << socket.error();
    address = socket->address();
    duplicate = socket->Duplicate(0).value();
  }
  EXPECT_THAT(ErrorOf(address), testing::HasSubstr("Address already in use")) << "it is open as long as one of them is";
  ::close(duplicate);
  EXPECT_EQ(ErrorOf(address), "opened " + address);
}

// Whoever vanishes without a word is noticed, though nothing is sent and nothing has to come.
TEST(ListenSocket, AcceptedConnectionsAreKeptAlive) {
  auto socket = ListenSocket::Open("127.0.0.1:0", 1);
  ASSERT_TRUE(socket.has_value()) << socket.error();
  const int listener = socket->Take(0);
  const Client client(socket->address());
  pollfd ready{.fd = listener, .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
  const int accepted = ::accept(listener, nullptr, nullptr);
  ASSERT_GE(accepted, 0);
  const auto option = [accepted](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(accepted, level, name, &value, &size), 0);
    return value;
  };
  EXPECT_NE(option(SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 60);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 15);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), 4);
  ::close(accepted);
  ::close(listener);
}

TEST(ListenSocket, RefusesATcpAddressInUseThoughItIsSharedAmongItsOwnWorkers) {
  auto socket = ListenSocket::Open("127.0.0.1:0", 2);
  ASSERT_TRUE(socket.has_value()) << socket.error();
  EXPECT_EQ(ErrorOf(socket->address()), "cannot listen on " + socket->address() + ": Address already in use");
}

TEST(ListenSocket, RefusesWhatIsNoAddressHere) {
  EXPECT_EQ(ErrorOf("192.0.2.1:0"), "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  EXPECT_THAT(ErrorOf("nonsense"), StartsWith("expected host:port"));
  EXPECT_THAT(ErrorOf("unix:/" + std::string(200, 'p')), StartsWith("expected host:port"));
}

TEST(ListenSocket, RemovesAStaleUnixSocketButNoOther) {
  TemporaryFolder folder;
  const std::string path = folder / "s";
  {
    auto socket = ListenSocket::Open("unix:" + path, 2);
    ASSERT_TRUE(socket.has_value()) << socket.error();
    EXPECT_EQ(socket->url(), "unix:" + path);
    EXPECT_EQ(ErrorOf("unix:" + path), "cannot listen on unix:" + path + ": Address already in use");
    EXPECT_TRUE(Exists(path));
  }
  EXPECT_FALSE(Exists(path));

  {  // what a process that was killed leaves behind
    auto socket = ListenSocket::Open("unix:" + path, 1);
    ASSERT_TRUE(socket.has_value()) << socket.error();
    ASSERT_EQ(::link(path.c_str(), (folder / "plain").c_str()), 0);
  }
  ASSERT_EQ(::rename((folder / "plain").c_str(), path.c_str()), 0);
  EXPECT_EQ(ErrorOf("unix:" + path), "opened unix:" + path);

  std::ofstream(folder / "plain") << "precious";
  EXPECT_EQ(ErrorOf("unix:" + (folder / "plain")), "cannot listen on unix:" + (folder / "plain") + ": a file that is no socket is in the way");
  EXPECT_TRUE(Exists(folder / "plain"));
}

using UnixServer = ServerTest;

TEST_F(UnixServer, ServesOverAUnixSocket) {
  TemporaryFolder folder;
  Start({}, "unix:" + (folder / "s"));
  EXPECT_EQ(BodyOf(RoundTrip("GET /u HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")), "GET /u s none");
}

}  // namespace
}  // namespace dragoman::http
