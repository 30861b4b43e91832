#include <grpcpp/ext/proto_server_reflection_plugin.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "ads.h"
#include "catalog.h"
#include "diagnostics.h"
#include "flags.h"
#include "orders.h"
#include "payments.h"
#include "shipping.h"
#include "users.h"

namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const shop::Flags& flags) {
  if (flags.tls_certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({ReadFile(flags.tls_key), ReadFile(flags.tls_certificate)});
  if (!flags.tls_client_ca.empty()) {
    options.pem_root_certs = ReadFile(flags.tls_client_ca);
    options.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

}  // namespace

// The shop as a process; `shop_backend --help` says what it takes.
int main(int argc, char** argv) {
  shop::Faults faults;
  shop::Parsed<shop::Flags> flags = shop::ParseFlags(argc, argv, faults);
  if (!flags) {
    std::cerr << "shop_backend: " << flags.error() << "\n";
    return 2;
  }
  if (flags->help) {
    std::cout << shop::kUsage;
    return 0;
  }
  // Blocked before gRPC makes its threads, so that only the one below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  shop::Calls calls(faults);
  shop::Catalog catalog(calls);
  shop::Users users(calls);
  shop::Orders orders(calls, users);
  shop::Payments payments(calls, orders, users);
  shop::Shipping shipping(calls, orders);
  shop::Ads ads(calls);
  shop::Diagnostics diagnostics(calls, flags->name);
  int port = 0;
  const std::string& listen = flags->listen;
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();  // the shop describes itself to whoever asks
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen, CredentialsOf(*flags), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(64 << 20);
  if (flags->compress) builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  for (grpc::Service* service :
       std::initializer_list<grpc::Service*>{&catalog, &users, &orders, &payments, &shipping, &ads, &diagnostics}) {
    builder.RegisterService(service);
  }
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
