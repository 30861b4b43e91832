#include "rooms.h"

#include <cstdlib>
#include <deque>
#include <string_view>
#include <utility>

namespace streams {

// One who has joined a room, or, without `rooms`, one whose lines come back to themselves: then the next line is read
// only when the last has been written.
class Visit final : public grpc::ServerBidiReactor<v1::Line, v1::Line> {
 public:
  Visit(Tally& tally, grpc::CallbackServerContext* context, Rooms* rooms)
      : call_(tally), context_(context), rooms_(rooms) {
    StartRead(&heard_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(context_->IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK);
    call_.Received();
    constexpr std::string_view kFail = "/fail ";
    const std::string& text = heard_.text();
    if (text == "/end") return End(grpc::Status::OK);
    if (text.rfind(kFail, 0) == 0) {
      return End({static_cast<grpc::StatusCode>(std::atoi(text.c_str() + kFail.size())), "failed as asked"});
    }
    if (rooms_ == nullptr) return Tell(heard_);
    if (room_.empty()) {
      room_ = heard_.room();
      rooms_->Enter(room_, *this);
    }
    heard_.set_room(room_);
    rooms_->Say(room_, heard_);
    heard_.Clear();
    StartRead(&heard_);
  }

  void OnWriteDone(bool ok) override {
    if (ok) call_.Sent();
    if (ok && rooms_ == nullptr) {
      heard_.Clear();
      StartRead(&heard_);
    }
    const std::lock_guard lock(mutex_);
    if (ok) {
      waiting_.pop_front();
      return WriteNext();
    }
    waiting_.clear();
    if (!std::exchange(ending_, true)) {
      end_ = grpc::Status::CANCELLED;
      call_.End(true);  // nobody listens any more, whether gRPC says so already or not
    }
    Finish(end_);
  }

  void OnDone() override {
    LeaveRoom();
    call_.End(true);
    delete this;
  }

  // Threads: any. Who does not listen misses what is over kMaxWaiting lines.
  void Tell(const v1::Line& line) {
    const std::lock_guard lock(mutex_);
    if (ending_ || waiting_.size() >= kMaxWaiting) return;
    waiting_.push_back(line);
    if (waiting_.size() == 1) WriteNext();
  }

 private:
  static constexpr size_t kMaxWaiting = 1000;

  void WriteNext() {
    if (!waiting_.empty()) {
      StartWrite(&waiting_.front());
    } else if (ending_) {
      Finish(end_);
    }
  }
  // What was said before still goes.
  void End(const grpc::Status& status) {
    LeaveRoom();
    const std::lock_guard lock(mutex_);
    if (std::exchange(ending_, true)) return;
    end_ = status;
    call_.End(context_->IsCancelled());
    if (waiting_.empty()) Finish(end_);  // else behind what is being written
  }
  void LeaveRoom() {
    if (rooms_ != nullptr && !room_.empty()) rooms_->Leave(room_, *this);
  }

  Counted call_;
  grpc::CallbackServerContext* context_;
  Rooms* rooms_;
  std::string room_;
  v1::Line heard_;
  std::mutex mutex_;
  std::deque<v1::Line> waiting_;  // the first is being written
  bool ending_ = false;
  grpc::Status end_;
};

void Rooms::Enter(const std::string& room, Visit& visit) {
  const std::lock_guard lock(mutex_);
  visits_[room].insert(&visit);
}

void Rooms::Leave(const std::string& room, Visit& visit) {
  const std::lock_guard lock(mutex_);
  const auto found = visits_.find(room);
  if (found == visits_.end()) return;
  found->second.erase(&visit);
  if (found->second.empty()) visits_.erase(found);
}

void Rooms::Say(const std::string& room, const v1::Line& line) {
  const std::lock_guard lock(mutex_);
  for (Visit* visit : visits_[room]) visit->Tell(line);
}

grpc::ServerBidiReactor<v1::Line, v1::Line>* Rooms::Join(grpc::CallbackServerContext* context) {
  return new Visit(tally_, context, this);
}

grpc::ServerBidiReactor<v1::Line, v1::Line>* Rooms::Echo(grpc::CallbackServerContext* context) {
  return new Visit(tally_, context, nullptr);
}

}  // namespace streams
