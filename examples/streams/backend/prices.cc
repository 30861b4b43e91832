#include "prices.h"

#include <string>

#include "pause.h"

namespace streams {
namespace {

constexpr int kMaxPadding = 1 << 20;  // bytes

void Quote(const std::string& symbol, int64_t sequence, v1::Price& price) {
  uint64_t seed = 1469598103934665603u;  // FNV-1a
  for (const char c : symbol) seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211u;
  price.set_symbol(symbol);
  price.set_sequence(sequence);
  price.set_amount(static_cast<double>((seed % 9000 + 1000) + static_cast<uint64_t>(sequence * 7 % 100)) / 100);
}

// Writes one price after the other; the next one only when the last has been taken.
class Watch final : public grpc::ServerWriteReactor<v1::Price> {
 public:
  Watch(Tally& tally, grpc::CallbackServerContext* context, const v1::WatchPricesRequest& request)
      : call_(tally), context_(context), request_(request) {
    if (request_.padding() < 0 || request_.padding() > kMaxPadding || request_.count() < 0) {
      End({grpc::StatusCode::INVALID_ARGUMENT, "count and padding must not be negative, padding at most 1048576"});
    } else if (request_.fail_at_once()) {
      End(Failure());
    } else {
      price_.set_padding(std::string(static_cast<size_t>(request_.padding()), 'x'));
      Next();
    }
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Left();
    call_.Sent();
    if (request_.fail_after() > 0 && sequence_ == request_.fail_after()) return End(Failure());
    if (request_.count() > 0 && sequence_ == request_.count()) return End(grpc::Status::OK);
    pause_.For(TimeOf(request_.interval()), [this](bool passed) { passed ? Next() : End(grpc::Status::CANCELLED); });
  }
  void OnCancel() override { pause_.Cancel(); }
  void OnDone() override {
    call_.End(true);  // unless it has ended before
    delete this;
  }

 private:
  void Next() {
    Quote(request_.symbol(), ++sequence_, price_);
    StartWrite(&price_);
  }
  grpc::Status Failure() const { return {static_cast<grpc::StatusCode>(request_.fail_code()), "failed as asked"}; }
  void End(const grpc::Status& status) {
    call_.End(context_->IsCancelled());
    Finish(status);
  }
  // What cannot be written has nobody who reads it, whether gRPC says so already or not.
  void Left() {
    call_.End(true);
    Finish(grpc::Status::CANCELLED);
  }

  Counted call_;
  grpc::CallbackServerContext* context_;
  const v1::WatchPricesRequest request_;
  v1::Price price_;
  int64_t sequence_ = 0;
  Pause pause_;
};

}  // namespace

grpc::ServerUnaryReactor* Prices::GetPrice(grpc::CallbackServerContext* context, const v1::GetPriceRequest* request,
                                           v1::Price* reply) {
  Counted call(tally_);
  call.Received();
  Quote(request->symbol(), 1, *reply);
  call.Sent();
  call.End(false);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<v1::Price>* Prices::WatchPrices(grpc::CallbackServerContext* context,
                                                         const v1::WatchPricesRequest* request) {
  return new Watch(tally_, context, *request);
}

}  // namespace streams
