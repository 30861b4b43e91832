#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>

#include "catalog.h"
#include "diagnostics.h"
#include "orders.h"

// shop_backend [--listen 127.0.0.1:0] [--name NAME]
//
// Prints "listening on 127.0.0.1:PORT" (or unix:PATH) once it serves. SIGTERM and SIGINT end it.
int main(int argc, char** argv) {
  std::string listen = "127.0.0.1:50051";
  std::string name = "shop";
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--listen" && i + 1 < argc) {
      listen = argv[++i];
    } else if (argument == "--name" && i + 1 < argc) {
      name = argv[++i];
    } else {
      std::cerr << "usage: shop_backend [--listen HOST:PORT | unix:PATH] [--name NAME]\n";
      return 2;
    }
  }
  // Blocked before gRPC makes its threads, so that only the one below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  shop::Calls calls;
  shop::Catalog catalog(calls);
  shop::Orders orders(calls);
  shop::Diagnostics diagnostics(calls, name);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(64 << 20);
  builder.RegisterService(&catalog);
  builder.RegisterService(&orders);
  builder.RegisterService(&diagnostics);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "shop_backend: cannot listen on " << listen << "\n";
    return 1;
  }
  bool unix_socket = listen.starts_with("unix:");
  std::cout << "listening on "
            << (unix_socket ? listen : listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port)) << std::endl;

  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
