#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/alarm.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "calls.h"
#include "replies.h"

namespace {

using compose::Act;
using compose::Calls;
using grpc::Status;
using grpc::StatusCode;

constexpr std::string_view kPackage = "/compose.v1.";
constexpr auto kForEver = std::chrono::hours(1);

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  grpc::Slice slice(bytes);
  return {&slice, 1};
}

Status Played(const Act& act) {
  google::rpc::ErrorInfo info;
  info.set_reason(act.reason);
  info.set_domain("compose.test");
  google::rpc::Status status;
  status.set_code(act.fail);
  status.set_message("failed as asked for");
  status.add_details()->PackFrom(info);
  return {static_cast<StatusCode>(act.fail), status.message(), status.SerializeAsString()};
}

// One call of any method. Owns itself: gRPC calls OnDone last, and exactly once.
class Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(Calls& calls, grpc::GenericCallbackServerContext* context) : calls_(calls), context_(context) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish({StatusCode::INVALID_ARGUMENT, "there is no request"});
    std::string method = context_->method();
    if (!method.starts_with(kPackage)) return Finish({StatusCode::UNIMPLEMENTED, "no such service"});
    method_ = method.substr(kPackage.size());
    if (method_ == "Calls/Get") return Send(calls_.Get());
    const compose::Method* handler = compose::FindMethod(method_);
    if (handler == nullptr) return Finish({StatusCode::UNIMPLEMENTED, "no such method"});
    std::optional<compose::Answer> answer = (*handler)(BytesOf(request_));
    if (!answer) return Finish({StatusCode::INTERNAL, "the request is no message of its type"});
    Count(answer->request);
    if (!answer->act) return End({StatusCode::INVALID_ARGUMENT, "act: no such word"});
    act_ = *std::move(answer->act);
    reply_ = std::move(answer->reply);
    if (!act_.hang && act_.delay.count() == 0) return Play();
    alarm_.Set(std::chrono::system_clock::now() + (act_.hang ? std::chrono::milliseconds(kForEver) : act_.delay),
               [this](bool elapsed) {
                 elapsed ? Play() : End({StatusCode::CANCELLED, "cancelled while waiting"});
               });
    if (context_->IsCancelled()) alarm_.Cancel();  // before there was anything to cancel
  }
  void OnSendInitialMetadataDone(bool) override {
    if (act_.die) _exit(1);
  }
  void OnWriteDone(bool ok) override {
    if (ok && std::exchange(act_.twice, false)) return StartWrite(&buffer_);
    End(ok ? Status::OK : Status(StatusCode::CANCELLED, "cancelled while writing"));
  }
  void OnCancel() override { alarm_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  void Count(std::string request) {
    compose::v1::Received received;
    received.set_method(method_);
    received.set_request(std::move(request));
    for (const auto& [name, value] : context_->client_metadata()) {
      std::string& text = (*received.mutable_metadata())[std::string(name.data(), name.size())];
      text.append(text.empty() ? "" : ", ").append(value.data(), value.size());
    }
    calls_.Started(std::move(received));
    counted_ = true;
  }
  void Play() {
    if (act_.die) return StartSendInitialMetadata();
    if (act_.fail != 0) return End(Played(act_));
    Send(act_.garbage ? "\xff\xff\xff\xff garbage" : reply_);
  }
  void Send(const std::string& bytes) {
    buffer_ = BufferOf(bytes);
    StartWrite(&buffer_);
  }
  // Counted before the answer goes, so that a client that has it finds the call counted.
  void End(const Status& status) {
    if (counted_) calls_.Ended(method_, context_->IsCancelled());
    Finish(status);
  }

  Calls& calls_;
  grpc::GenericCallbackServerContext* context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer buffer_;
  std::string method_;
  std::string reply_;
  Act act_;
  bool counted_ = false;
  grpc::Alarm alarm_;
};

class Service final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Call(calls_, context);
  }

 private:
  Calls calls_;
};

}  // namespace

// composition_backend [ADDRESS]: the services of compose.v1 on ADDRESS, "127.0.0.1:0" unless said, which is any free
// port. Prints "listening on ADDRESS" once it serves; SIGTERM and SIGINT end it.
int main(int argc, char** argv) {
  std::string listen = argc > 1 ? argv[1] : "127.0.0.1:0";
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads

  Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(64 << 20);
  builder.RegisterCallbackGenericService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "composition_backend: cannot listen on " << listen << "\n";
    return 1;
  }
  std::cout << "listening on " << listen.substr(0, listen.rfind(':')) << ":" << port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
