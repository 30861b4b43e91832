#pragma once

#include <string>
#include <vector>

// What is asked of etcd through Dragoman and through etcd's own JSON gateway, one after the other.
namespace dragoman::integration {

// In what the two may differ. Each stands in the test with its reason, and a request that is said to differ must.
enum class Difference {
  kNone,
  kPreconditionFailed,
  kRefusedInOwnWords,
  kUnknownFieldPassedOver,
  kFieldTwiceTaken,
  kTwoOfOneofTaken,
  kTrailingTextPassedOver,
  kNullTaken,
  kBase64Refused,
  kNoPathInPlainText,
  kTrailingSlashRefused,
  kHashKvNotReached,
};

struct EtcdRequest {
  std::string name;
  std::string path;
  std::string body;
  int status = 200;  // Dragoman's
  Difference difference = Difference::kNone;
  std::string says = {};                 // part of Dragoman's message, where it refuses by itself
  std::vector<std::string> varies = {};  // members of the reply whose values belong to the one etcd
  std::string keep = {};                 // the path of a value of the reply that later requests use, each side its own:
  std::string as = {};                   //   `as`: under which name; "$name" in a body stands for it
  std::string token = {};                // the name of a value that is sent as the authorization
  std::string http_method = "POST";
};

// In the order in which they are sent: each finds what those before it have left.
std::vector<EtcdRequest> EtcdRequests();

}  // namespace dragoman::integration
