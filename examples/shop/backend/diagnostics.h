#pragma once

#include <shop/v1/diagnostics.grpc.pb.h>

#include <string>

#include "serving.h"

namespace shop {

// shop.v1.Diagnostics: shows tests what arrived here.
class Diagnostics final : public v1::Diagnostics::CallbackService {
 public:
  Diagnostics(Calls& calls, std::string name) : calls_(calls), name_(std::move(name)) {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext*, const v1::EchoRequest*, v1::EchoResponse*) override;
  grpc::ServerUnaryReactor* Fail(grpc::CallbackServerContext*, const v1::FailRequest*, v1::EchoResponse*) override;
  grpc::ServerUnaryReactor* GetStats(grpc::CallbackServerContext*, const v1::GetStatsRequest*, v1::Stats*) override;

 private:
  Calls& calls_;
  std::string name_;
};

}  // namespace shop
