#pragma once

#include <shop/v1/catalog.grpc.pb.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "serving.h"

namespace shop {

// shop.v1.Catalog over a map. It starts with the items espresso-machine, grinder, house-blend and green-tea.
class Catalog final : public v1::Catalog::Service {
 public:
  explicit Catalog(Calls& calls);

  grpc::Status GetItem(grpc::ServerContext*, const v1::GetItemRequest*, v1::Item*) override;
  grpc::Status ListItems(grpc::ServerContext*, const v1::ListItemsRequest*, v1::ListItemsResponse*) override;
  grpc::Status CreateItem(grpc::ServerContext*, const v1::CreateItemRequest*, v1::Item*) override;
  grpc::Status UpdateItem(grpc::ServerContext*, const v1::UpdateItemRequest*, v1::Item*) override;
  grpc::Status DeleteItem(grpc::ServerContext*, const v1::DeleteItemRequest*, google::protobuf::Empty*) override;
  grpc::Status PurgeItem(grpc::ServerContext*, const v1::PurgeItemRequest*, v1::PurgeItemResponse*) override;
  grpc::Status SetTags(grpc::ServerContext*, const v1::SetTagsRequest*, v1::Item*) override;
  grpc::Status ListTags(grpc::ServerContext*, const v1::ListTagsRequest*, v1::ListTagsResponse*) override;
  grpc::Status SetAttributes(grpc::ServerContext*, const v1::SetAttributesRequest*,
                             v1::SetAttributesResponse*) override;
  grpc::Status SetStock(grpc::ServerContext*, const v1::SetStockRequest*, v1::Item*) override;
  grpc::Status GetPrice(grpc::ServerContext*, const v1::GetPriceRequest*, v1::GetPriceResponse*) override;
  grpc::Status UploadImage(grpc::ServerContext*, const v1::UploadImageRequest*, v1::Image*) override;
  grpc::Status GetImage(grpc::ServerContext*, const v1::GetImageRequest*, google::api::HttpBody*) override;
  grpc::Status GetManual(grpc::ServerContext*, const v1::GetManualRequest*, v1::Manual*) override;
  grpc::Status WatchItem(grpc::ServerContext*, const v1::WatchItemRequest*, grpc::ServerWriter<v1::Item>*) override;

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
