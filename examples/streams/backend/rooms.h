#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "streams/v1/streams.grpc.pb.h"
#include "tally.h"

namespace streams {

class Visit;

// Rooms come to be with their first visitor and go with the last.
class Rooms final : public v1::Rooms::CallbackService {
 public:
  explicit Rooms(Tally& tally) : tally_(tally) {}

  grpc::ServerBidiReactor<v1::Line, v1::Line>* Join(grpc::CallbackServerContext* context) override;
  grpc::ServerBidiReactor<v1::Line, v1::Line>* Echo(grpc::CallbackServerContext* context) override;

  // For visits. Say: to everybody in the room.
  void Enter(const std::string& room, Visit& visit);
  void Leave(const std::string& room, Visit& visit);
  void Say(const std::string& room, const v1::Line& line);

 private:
  Tally& tally_;
  std::mutex mutex_;
  std::map<std::string, std::set<Visit*>> visits_;  // by room
};

}  // namespace streams
