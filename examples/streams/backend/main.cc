#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "counters.h"
#include "files.h"
#include "prices.h"
#include "rooms.h"
#include "sensors.h"

// streams.v1 as a process:   streams_backend [--listen 127.0.0.1:50061]
int main(int argc, char** argv) {
  std::string listen = "127.0.0.1:50061";
  const bool told = argc == 3 && std::string_view(argv[1]) == "--listen";
  if (told) listen = argv[2];
  if (argc != 1 && !told) {
    std::cerr << "usage: streams_backend [--listen HOST:PORT]\n";
    return 2;
  }
  // Blocked before gRPC makes its threads, so that only the one below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  streams::Tally tally;
  streams::Prices prices(tally);
  streams::Sensors sensors(tally);
  streams::Rooms rooms(tally);
  streams::Files files(tally);
  streams::Counters counters(tally);
  int port = 0;
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(64 << 20);
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{&prices, &sensors, &rooms, &files, &counters}) {
    builder.RegisterService(service);
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "streams_backend: cannot listen on " << listen << "\n";
    return 1;
  }
  std::cout << "listening on " << listen.substr(0, listen.rfind(':')) << ":" << port << std::endl;

  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
