#pragma once

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/util/field_mask_util.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <string>

#include "errors.h"

// What requests of several services have in common: page sizes and update masks.
namespace shop {

inline constexpr int32_t kMaxPageSize = 100;
inline constexpr int32_t kDefaultPageSize = 50;

// How many entries a page of that size may have.
inline grpc::Status PageRoom(int32_t page_size, int32_t& room) {
  if (page_size < 0 || page_size > kMaxPageSize) {
    return Invalid("page_size", "must be between 0 and " + std::to_string(kMaxPageSize));
  }
  room = page_size == 0 ? kDefaultPageSize : page_size;
  return grpc::Status::OK;
}

// INVALID_ARGUMENT if the mask names what no Message has. `what` is its word for people: "item".
template <typename Message>
grpc::Status CheckMask(const google::protobuf::FieldMask& mask, const std::string& what) {
  for (const std::string& path : mask.paths()) {
    if (!google::protobuf::util::FieldMaskUtil::IsValidPath<Message>(path)) {
      return Invalid("update_mask", "names \"" + path + "\", which no " + what + " has");
    }
  }
  return grpc::Status::OK;
}

// Replaces what the mask names, lists and messages whole; without a mask every field that `from` has.
template <typename Message>
void Update(const Message& from, const google::protobuf::FieldMask& mask, Message& to) {
  using google::protobuf::util::FieldMaskUtil;
  if (mask.paths_size() == 0) {
    to.MergeFrom(from);
  } else {
    FieldMaskUtil::MergeOptions options;
    options.set_replace_message_fields(true);
    options.set_replace_repeated_fields(true);
    FieldMaskUtil::MergeMessageTo(from, mask, options, &to);
  }
}

}  // namespace shop
