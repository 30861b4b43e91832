#include "users.h"

#include <algorithm>

#include "clock.h"
#include "requests.h"
#include "seed.h"

namespace shop {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;

}  // namespace

Users::Users(Calls& calls) : calls_(calls) {
  for (v1::User& user : SeedUsers()) users_[user.id()] = std::move(user);
}

bool Users::Exists(const std::string& id) const {
  std::lock_guard lock(mutex_);
  return users_.count(id) > 0;
}

Status Users::Check(const v1::User& user) const {
  if (user.display_name().empty()) return Invalid("user.display_name", "must not be empty");
  if (user.email().find('@') == std::string::npos) return Invalid("user.email", "must be an e-mail address");
  for (const auto& [id, other] : users_) {
    if (other.email() == user.email() && id != user.id()) {
      return Refuse(grpc::StatusCode::ALREADY_EXISTS, "EMAIL_TAKEN", "\"" + user.email() + "\" belongs to another user",
                    {{"email", user.email()}});
    }
  }
  return Status::OK;
}

ServerUnaryReactor* Users::GetUser(CallbackServerContext* context, const v1::GetUserRequest* request, v1::User* reply) {
  return Serve(calls_, context, "Users/GetUser", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = users_.find(request->id());
    if (found == users_.end()) return NotFound("user", request->id());
    *reply = found->second;
    return Status::OK;
  });
}

ServerUnaryReactor* Users::ListUsers(CallbackServerContext* context, const v1::ListUsersRequest* request,
                                     v1::ListUsersResponse* reply) {
  return Serve(calls_, context, "Users/ListUsers", [=, this]() -> Status {
    int room = 0;
    if (Status bad = PageRoom(request->page_size(), room); !bad.ok()) return bad;
    std::lock_guard lock(mutex_);
    for (auto entry = users_.upper_bound(request->page_token()); entry != users_.end(); ++entry) {
      const v1::User& user = entry->second;
      if (!request->email().empty() && user.email() != request->email()) continue;
      if (request->roles_size() > 0 &&
          std::find(request->roles().begin(), request->roles().end(), user.role()) == request->roles().end()) {
        continue;
      }
      if (reply->users_size() == room) {
        reply->set_next_page_token(reply->users(room - 1).id());
        break;
      }
      *reply->add_users() = user;
    }
    return Status::OK;
  });
}

ServerUnaryReactor* Users::CreateUser(CallbackServerContext* context, const v1::CreateUserRequest* request,
                                      v1::User* reply) {
  return Serve(calls_, context, "Users/CreateUser", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    v1::User user = request->user();
    user.set_id("user-" + std::to_string(made_ + 1));
    if (Status bad = Check(user); !bad.ok()) return bad;
    if (user.role() == v1::USER_ROLE_UNSPECIFIED) user.set_role(v1::USER_ROLE_CUSTOMER);
    user.mutable_created_at()->Clear();
    user.mutable_created_at()->set_seconds(NextSecond());
    ++made_;
    *reply = users_[user.id()] = user;
    context->AddInitialMetadata("x-http-code", "201");
    context->AddInitialMetadata("location", "/v1/users/" + user.id());
    return Status::OK;
  });
}

ServerUnaryReactor* Users::UpdateUser(CallbackServerContext* context, const v1::UpdateUserRequest* request,
                                      v1::User* reply) {
  return Serve(calls_, context, "Users/UpdateUser", [=, this]() -> Status {
    if (Status bad = CheckMask<v1::User>(request->update_mask(), "user"); !bad.ok()) return bad;
    std::lock_guard lock(mutex_);
    auto found = users_.find(request->user().id());
    if (found == users_.end()) return NotFound("user", request->user().id());
    v1::User user = found->second;
    Update(request->user(), request->update_mask(), user);
    user.set_id(found->first);
    *user.mutable_created_at() = found->second.created_at();
    if (Status bad = Check(user); !bad.ok()) return bad;
    *reply = found->second = user;
    return Status::OK;
  });
}

ServerUnaryReactor* Users::DeleteUser(CallbackServerContext* context, const v1::DeleteUserRequest* request,
                                      google::protobuf::Empty*) {
  return Serve(calls_, context, "Users/DeleteUser", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    return users_.erase(request->id()) > 0 ? Status::OK : NotFound("user", request->id());
  });
}

}  // namespace shop
