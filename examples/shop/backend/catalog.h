#pragma once

#include <shop/v1/catalog.grpc.pb.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "serving.h"

namespace shop {

// shop.v1.Catalog over a map. It starts with the items espresso-machine, grinder, house-blend and green-tea.
class Catalog final : public v1::Catalog::CallbackService {
 public:
  explicit Catalog(Calls& calls);

  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext*, const v1::GetItemRequest*, v1::Item*) override;
  grpc::ServerUnaryReactor* BatchGetItems(grpc::CallbackServerContext*, const v1::BatchGetItemsRequest*,
                                          v1::BatchGetItemsResponse*) override;
  grpc::ServerUnaryReactor* ListItems(grpc::CallbackServerContext*, const v1::ListItemsRequest*,
                                      v1::ListItemsResponse*) override;
  grpc::ServerUnaryReactor* CreateItem(grpc::CallbackServerContext*, const v1::CreateItemRequest*, v1::Item*) override;
  grpc::ServerUnaryReactor* UpdateItem(grpc::CallbackServerContext*, const v1::UpdateItemRequest*, v1::Item*) override;
  grpc::ServerUnaryReactor* DeleteItem(grpc::CallbackServerContext*, const v1::DeleteItemRequest*,
                                       google::protobuf::Empty*) override;
  grpc::ServerUnaryReactor* PurgeItem(grpc::CallbackServerContext*, const v1::PurgeItemRequest*,
                                      v1::PurgeItemResponse*) override;
  grpc::ServerUnaryReactor* SetTags(grpc::CallbackServerContext*, const v1::SetTagsRequest*, v1::Item*) override;
  grpc::ServerUnaryReactor* ListTags(grpc::CallbackServerContext*, const v1::ListTagsRequest*,
                                     v1::ListTagsResponse*) override;
  grpc::ServerUnaryReactor* SetAttributes(grpc::CallbackServerContext*, const v1::SetAttributesRequest*,
                                          v1::SetAttributesResponse*) override;
  grpc::ServerUnaryReactor* SetStock(grpc::CallbackServerContext*, const v1::SetStockRequest*, v1::Item*) override;
  grpc::ServerUnaryReactor* GetPrice(grpc::CallbackServerContext*, const v1::GetPriceRequest*,
                                     v1::GetPriceResponse*) override;
  grpc::ServerUnaryReactor* UploadImage(grpc::CallbackServerContext*, const v1::UploadImageRequest*,
                                        v1::Image*) override;
  grpc::ServerUnaryReactor* GetImage(grpc::CallbackServerContext*, const v1::GetImageRequest*,
                                     google::api::HttpBody*) override;
  grpc::ServerUnaryReactor* GetManual(grpc::CallbackServerContext*, const v1::GetManualRequest*, v1::Manual*) override;
  grpc::ServerWriteReactor<v1::Item>* WatchItem(grpc::CallbackServerContext*, const v1::WatchItemRequest*) override;

 private:
  // Runs `change(item)` under the lock, on the item of that id.
  template <typename Change>
  grpc::Status WithItem(const std::string& id, Change change);

  Calls& calls_;
  std::mutex mutex_;
  std::map<std::string, v1::Item> items_;                // by id
  std::map<std::string, google::api::HttpBody> images_;  // by item id
};

}  // namespace shop
