#pragma once

#include <shop/v1/users.grpc.pb.h>

#include <map>
#include <mutex>
#include <string>

#include "serving.h"

namespace shop {

// shop.v1.Users over a map. It starts with the customers ada, bob and carol, and the administrator grace.
class Users final : public v1::Users::CallbackService {
 public:
  explicit Users(Calls& calls);

  bool Exists(const std::string& id) const;

  grpc::ServerUnaryReactor* GetUser(grpc::CallbackServerContext*, const v1::GetUserRequest*, v1::User*) override;
  grpc::ServerUnaryReactor* ListUsers(grpc::CallbackServerContext*, const v1::ListUsersRequest*,
                                      v1::ListUsersResponse*) override;
  grpc::ServerUnaryReactor* CreateUser(grpc::CallbackServerContext*, const v1::CreateUserRequest*, v1::User*) override;
  grpc::ServerUnaryReactor* UpdateUser(grpc::CallbackServerContext*, const v1::UpdateUserRequest*, v1::User*) override;
  grpc::ServerUnaryReactor* DeleteUser(grpc::CallbackServerContext*, const v1::DeleteUserRequest*,
                                       google::protobuf::Empty*) override;

 private:
  // What is wrong with a user as it would be kept; under the lock.
  grpc::Status Check(const v1::User& user) const;

  Calls& calls_;
  mutable std::mutex mutex_;
  std::map<std::string, v1::User> users_;  // by id
  int made_ = 0;
};

}  // namespace shop
