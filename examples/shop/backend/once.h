#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <string>

#include "errors.h"

// What is done once per idempotency key.
namespace shop {

inline constexpr size_t kLongestKey = 64;

// The key that came beside the message; empty: none.
std::string KeyBeside(const grpc::CallbackServerContext& context);

// What was done, by key. Threads: the caller's lock.
template <typename Reply>
class Once {
 public:
  // Runs `change(reply)`, unless the key was used before: then the same request has the same answer, and another one is
  // refused. What fails is not remembered.
  template <typename Request, typename Change>
  grpc::Status Do(const std::string& key, const Request& request, Reply& reply, Change change) {
    std::string asked = request.GetTypeName() + " " + request.ShortDebugString();
    if (auto before = done_.find(key); before != done_.end()) {
      if (before->second.request != asked) {
        return Refuse(grpc::StatusCode::ALREADY_EXISTS, "IDEMPOTENCY_KEY_REUSED",
                      "the idempotency key \"" + key + "\" was used for another request", {{"key", key}});
      }
      reply = before->second.reply;
      return grpc::Status::OK;
    }
    grpc::Status status = change(reply);
    if (status.ok()) done_[key] = {asked, reply};
    return status;
  }

 private:
  struct Done {
    std::string request;
    Reply reply;
  };
  std::map<std::string, Done> done_;
};

}  // namespace shop
