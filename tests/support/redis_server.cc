#include "redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace dragoman {
namespace {

constexpr int kTries = 5;  // for a port that nobody else takes meanwhile

uint16_t FreePort() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(listener);
  return ntohs(address.sin_port);
}

std::string Told(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_ERROR:
      return "-" + std::string(reply.str, reply.len);
    case REDIS_REPLY_ARRAY: {
      std::string lines;
      for (size_t i = 0; i < reply.elements; ++i) lines.append(i == 0 ? "" : "\n").append(Told(*reply.element[i]));
      return lines;
    }
    default:
      return std::string(reply.str, reply.len);
  }
}

// Whether the log that comes through `pipe` says that connections are accepted, before it ends.
bool SaysReady(int pipe) {
  std::string log;
  std::array<char, 4096> chunk;
  while (log.find("eady to accept connections") == std::string::npos) {
    const ssize_t count = ::read(pipe, chunk.data(), chunk.size());
    if (count <= 0) return false;
    log.append(chunk.data(), static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
  std::string name = (std::filesystem::temp_directory_path() / "redis-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  for (int i = 0; i < kTries; ++i) {
    port_ = FreePort();
    if (TryStart()) return;
  }
  throw std::runtime_error("redis-server does not start");
}

RedisServer::~RedisServer() {
  Kill();
  std::filesystem::remove_all(folder_);
}

std::string RedisServer::url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

std::string RedisServer::unix_url() const { return "unix:" + folder_ + "/socket"; }

bool RedisServer::TryStart() {
  std::vector<std::string> words = {"redis-server",
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "no",
                                    "--bind",
                                    "127.0.0.1",
                                    "--port",
                                    std::to_string(port_),
                                    "--unixsocket",
                                    folder_ + "/socket",
                                    "--dir",
                                    folder_,
                                    "--logfile",
                                    "",
                                    "--daemonize",
                                    "no"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> log{};
  if (::pipe2(log.data(), O_CLOEXEC) != 0) return false;
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(log[1], STDOUT_FILENO);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(log[1]);
  const bool ready = pid_ > 0 && SaysReady(log[0]);
  ::close(log[0]);
  if (!ready) Kill();
  return ready;
}

void RedisServer::Start() {
  if (!TryStart()) throw std::runtime_error("redis-server does not start again");
}

void RedisServer::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::Freeze() {
  ::kill(pid_, SIGSTOP);
  ::waitpid(pid_, nullptr, WUNTRACED);
}

void RedisServer::Thaw() { ::kill(pid_, SIGCONT); }

std::string RedisServer::Command(const std::vector<std::string>& words) const {
  const std::unique_ptr<redisContext, decltype(&redisFree)> connection(redisConnectUnix((folder_ + "/socket").c_str()),
                                                                       &redisFree);
  if (!connection || connection->err != 0) throw std::runtime_error("cannot connect to redis-server");
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  void* reply = redisCommandArgv(connection.get(), static_cast<int>(words.size()), texts.data(), sizes.data());
  if (reply == nullptr) throw std::runtime_error("redis-server does not answer");
  const std::unique_ptr<redisReply, void (*)(void*)> owned(static_cast<redisReply*>(reply), &freeReplyObject);
  return Told(*owned);
}

}  // namespace dragoman
