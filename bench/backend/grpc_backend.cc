// The same service on the gRPC C++ library: what a gateway meets in life.
//
//   grpc_backend PORT     (on 127.0.0.1)

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <string>

#include "bench/v1/store.grpc.pb.h"
#include "payload.h"

namespace {

class Store final : public bench::v1::Store::CallbackService {
  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext* context, const bench::v1::GetItemRequest*, bench::v1::Item* reply) override {
    *reply = item_;
    return Done(context);
  }
  grpc::ServerUnaryReactor* ListItems(grpc::CallbackServerContext* context, const bench::v1::ListItemsRequest*, bench::v1::Catalogue* reply) override {
    *reply = catalogue_;
    return Done(context);
  }
  grpc::ServerUnaryReactor* PutItems(grpc::CallbackServerContext* context, const bench::v1::Catalogue* request,
                                     bench::v1::PutItemsResponse* reply) override {
    reply->set_count(request->items_size());
    return Done(context);
  }

  grpc::ServerWriteReactor<bench::v1::Item>* WatchItems(grpc::CallbackServerContext*, const bench::v1::WatchItemsRequest* request) override {
    class Watch final : public grpc::ServerWriteReactor<bench::v1::Item> {
     public:
      Watch(const bench::v1::Item& item, int count) : item_(item), left_(count) { Next(); }
      void OnWriteDone(bool ok) override { ok ? Next() : Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }

     private:
      void Next() { left_-- > 0 ? StartWrite(&item_) : Finish(grpc::Status::OK); }

      const bench::v1::Item& item_;
      int left_;
    };
    return new Watch(item_, request->count());
  }

  static grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const bench::v1::Item item_ = bench::SmallItem(7);
  const bench::v1::Catalogue catalogue_ = bench::HundredItems();
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: grpc_backend PORT\n", stderr);
    return 2;
  }
  Store store;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(std::string("127.0.0.1:") + argv[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&store);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  std::puts("ready");
  std::fflush(stdout);
  server->Wait();
}
