#include "etcd_fixture.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <iterator>

namespace dragoman::integration {
namespace {

constexpr const char* kAnyPort = "http://127.0.0.1:0";

// etcd takes a socket's name as host:port, in its working directory.
std::vector<std::string> EtcdCommand(const TempDir& folder) {
  return {"env",
          "-C",
          folder.path(),
          "etcd",
          "--name",
          "default",
          "--data-dir",
          "data",
          "--logger",
          "zap",
          "--log-outputs",
          "stderr",
          "--listen-client-urls",
          "unix://localhost:0",
          "--advertise-client-urls",
          kAnyPort,
          "--listen-peer-urls",
          kAnyPort,
          "--initial-advertise-peer-urls",
          kAnyPort,
          "--initial-cluster",
          std::string("default=") + kAnyPort};
}

void Replace(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from << " is not in examples/etcd/dragoman.yaml";
  text.replace(at, from.size(), to);
}

std::string ConfigText(const Etcd& etcd) {
  std::ifstream file(DRAGOMAN_SOURCE_DIR "/examples/etcd/dragoman.yaml");
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Replace(text, "127.0.0.1:2379", etcd.address());
  Replace(text, "127.0.0.1:8080", "127.0.0.1:0");
  return text;
}

}  // namespace

bool EtcdIsInstalled() { return RunToEnd({"sh", "-c", "command -v etcd"}).exit_code == 0; }

Etcd::Etcd() : address_("unix:" + folder_.path("localhost:0")), process_(EtcdCommand(folder_)) {
  process_.WaitForOutput("serving client traffic");
}

EtcdGateway::EtcdGateway(const Etcd& etcd)
    : process_({DragomanProgram(), "serve", "--config", folder_.Write("dragoman.yaml", ConfigText(etcd))}),
      address_(process_.WaitForLine("listening on http://")) {}

EtcdGateway::~EtcdGateway() {
  process_.Signal(SIGTERM);
  EXPECT_EQ(process_.Wait(), 0) << process_.err();
}

}  // namespace dragoman::integration
