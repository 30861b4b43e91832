#include "once.h"

namespace shop {

std::string KeyBeside(const grpc::CallbackServerContext& context) {
  auto found = context.client_metadata().find("idempotency-key");
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

}  // namespace shop
