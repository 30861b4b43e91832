#pragma once

#include <compose/v1/compose.pb.h>

#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace compose {

// What came, for compose.v1.Calls. Threads: any.
class Calls {
 public:
  void Started(v1::Received received);
  void Ended(const std::string& method, bool cancelled);
  std::string Get() const;  // GetCallsResponse, wire bytes

 private:
  mutable std::mutex mutex_;
  std::map<std::string, v1::Counts> counts_;
  std::deque<v1::Received> received_;
};

}  // namespace compose
