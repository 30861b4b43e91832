#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "services.h"
#include "tokens.h"

namespace {

// The first line of a file.
std::string Secret(const std::string& folder, const std::string& name) {
  std::string line;
  std::ifstream file(folder + "/" + name);
  if (!std::getline(file, line)) throw std::runtime_error("cannot read " + folder + "/" + name);
  return line;
}

std::unique_ptr<grpc::Server> Listen(const std::string& name, grpc::Service& service, int port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) throw std::runtime_error("cannot listen for " + name);
  std::cout << name << " on 127.0.0.1:" << port << std::endl;
  return server;
}

int Run(const std::string& folder, int port) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads

  auto next = [&port] { return port == 0 ? 0 : port++; };
  mobile::Tokens tokens;
  mobile::Weather weather(Secret(folder, "weather.key"));
  mobile::Maps maps(tokens);
  mobile::Ads ads(Secret(folder, "ads.token"));
  std::vector<std::unique_ptr<grpc::Server>> servers;
  servers.push_back(Listen("weather", weather, next()));
  servers.push_back(Listen("maps", maps, next()));
  servers.push_back(Listen("ads", ads, next()));
  mobile::TokenEndpoint endpoint(tokens, Secret(folder, "maps.secret"), static_cast<uint16_t>(next()));
  std::cout << "tokens on http://127.0.0.1:" << endpoint.port() << "/token" << std::endl;

  int signal = 0;
  sigwait(&signals, &signal);
  for (auto& server : servers) server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

}  // namespace

// mobile_backend CREDENTIALS [PORT]: the services on PORT and the two above it, 50061 unless said, the token endpoint on
// the next; 0: on any free ones. CREDENTIALS: the folder with weather.key, maps.secret and ads.token.
int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: mobile_backend CREDENTIALS [PORT]\n";
    return 2;
  }
  try {
    return Run(argv[1], argc == 3 ? std::atoi(argv[2]) : 50061);
  } catch (const std::exception& wrong) {
    std::cerr << "mobile_backend: " << wrong.what() << "\n";
    return 1;
  }
}
