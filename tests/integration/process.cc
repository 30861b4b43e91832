#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "harness.h"

namespace dragoman::integration {

std::string DragomanProgram() {
  const char* other = std::getenv("DRAGOMAN");
  return other != nullptr ? other : DRAGOMAN_BINARY;
}

bool IsSanitized(pid_t process) {
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("libasan") != std::string::npos || line.find("libtsan") != std::string::npos) return true;
  }
  return false;
}

long MemoryOf(pid_t process, std::string_view what) {
  if (IsSanitized(process)) return 0;
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::atol(line.c_str() + what.size() + 1);
  }
  ADD_FAILURE() << "no " << what << " of process " << process;
  return 0;
}

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "dragoman-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "mkdtemp " << name << ": " << std::strerror(errno);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::Write(std::string_view name, std::string_view text) const {
  std::string file = path(name);
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

Process::Process(std::vector<std::string> command) {
  std::vector<char*> argv;
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "pipe2: " << std::strerror(errno);
    return;
  }
  pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    // Between fork and exec only what a signal handler may call, too.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  out_.fd = out[0];
  err_.fd = err[0];
  out_.reader = std::thread([this] { Collect(out_); });
  err_.reader = std::thread([this] { Collect(err_); });
}

Process::~Process() {
  if (pid_ > 0 && !exit_code_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (Stream* stream : {&out_, &err_}) {
    if (stream->reader.joinable()) stream->reader.join();
    if (stream->fd >= 0) close(stream->fd);
  }
}

void Process::Collect(Stream& stream) {
  char piece[4096];
  for (;;) {
    ssize_t n = read(stream.fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    std::lock_guard lock(mutex_);
    stream.text.append(piece, static_cast<size_t>(n));
    arrived_.notify_all();
  }
}

std::string Process::WaitForLine(std::string_view prefix) {
  std::string rest;
  std::unique_lock lock(mutex_);
  bool found = arrived_.wait_for(lock, kPatience, [&] {
    for (size_t end; (end = out_.text.find('\n', out_.seen)) != std::string::npos;) {
      std::string_view line(out_.text.data() + out_.seen, end - out_.seen);
      out_.seen = end + 1;
      if (!line.starts_with(prefix)) continue;
      rest = line.substr(prefix.size());
      return true;
    }
    return false;
  });
  if (!found)
    ADD_FAILURE() << "no line begins with \"" << prefix << "\"\nstdout:\n" << out_.text << "\nstderr:\n" << err_.text;
  return rest;
}

bool Process::WaitForOutput(std::string_view text) {
  std::unique_lock lock(mutex_);
  bool found = arrived_.wait_for(lock, kPatience, [&] {
    return out_.text.find(text) != std::string::npos || err_.text.find(text) != std::string::npos;
  });
  if (!found) ADD_FAILURE() << "\"" << text << "\" does not come\nstdout:\n" << out_.text << "\nstderr:\n" << err_.text;
  return found;
}

void Process::Signal(int signal) {
  if (pid_ > 0 && !exit_code_) kill(pid_, signal);
}

std::optional<int> Process::Wait() {
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (!exit_code_) {
    int status = 0;
    pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "process " << pid_ << " does not end\nstdout:\n" << out() << "\nstderr:\n" << err();
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  for (Stream* stream : {&out_, &err_}) {
    if (stream->reader.joinable()) stream->reader.join();
  }
  return exit_code_;
}

std::string Process::out() const {
  std::lock_guard lock(mutex_);
  return out_.text;
}

std::string Process::err() const {
  std::lock_guard lock(mutex_);
  return err_.text;
}

Outcome RunToEnd(std::vector<std::string> command) {
  Process process(std::move(command));
  std::optional<int> exit_code = process.Wait();
  return {exit_code, process.out(), process.err()};
}

}  // namespace dragoman::integration
