#include "sensors.h"

#include "pause.h"

namespace streams {
namespace {

class Recording final : public grpc::ServerReadReactor<v1::Reading> {
 public:
  Recording(Tally& tally, grpc::CallbackServerContext* context, v1::Summary& summary)
      : call_(tally), context_(context), summary_(summary) {
    StartRead(&reading_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return End(context_->IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK);
    call_.Received();
    if (reading_.fail_code() != 0) {
      return End({static_cast<grpc::StatusCode>(reading_.fail_code()), "failed as asked"});
    }
    if (summary_.count() == 0) summary_.set_sensor(reading_.sensor());
    summary_.set_count(summary_.count() + 1);
    summary_.set_sum(summary_.sum() + reading_.value());
    summary_.set_note_bytes(summary_.note_bytes() + static_cast<int64_t>(reading_.note().size()));
    pause_.For(TimeOf(reading_.pause()), [this](bool passed) {
      reading_.Clear();
      passed ? StartRead(&reading_) : End(grpc::Status::CANCELLED);
    });
  }
  void OnCancel() override { pause_.Cancel(); }
  void OnDone() override {
    call_.End(true);
    delete this;
  }

 private:
  void End(const grpc::Status& status) {
    if (status.ok()) call_.Sent();
    call_.End(context_->IsCancelled());
    Finish(status);
  }

  Counted call_;
  grpc::CallbackServerContext* context_;
  v1::Summary& summary_;
  v1::Reading reading_;
  Pause pause_;
};

}  // namespace

grpc::ServerReadReactor<v1::Reading>* Sensors::Record(grpc::CallbackServerContext* context, v1::Summary* reply) {
  return new Recording(tally_, context, *reply);
}

}  // namespace streams
