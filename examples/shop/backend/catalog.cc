#include "catalog.h"

#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <chrono>
#include <tuple>

#include "seed.h"

namespace shop {
namespace {

using grpc::ServerContext;
using grpc::Status;

constexpr int kMaxPageSize = 100;
constexpr int kDefaultPageSize = 50;

// "espresso-machine" of "shelves/equipment/items/espresso-machine".
std::string LastSegment(const std::string& name) { return name.substr(name.rfind('/') + 1); }

bool Cheaper(const v1::Money& price, const v1::Money& limit) {
  return std::tuple(price.units(), price.nanos()) <= std::tuple(limit.units(), limit.nanos());
}

bool Wanted(const v1::Item& item, const v1::ListItemsRequest& request) {
  if (!request.parent().empty() && !item.name().starts_with(request.parent() + "/")) return false;
  if (request.categories_size() > 0 && std::find(request.categories().begin(), request.categories().end(),
                                                 item.category()) == request.categories().end()) {
    return false;
  }
  for (const std::string& tag : request.tags()) {
    if (std::find(item.tags().begin(), item.tags().end(), tag) == item.tags().end()) return false;
  }
  if (request.has_max_price() && !Cheaper(item.price(), request.max_price())) return false;
  if (request.has_in_stock() && (item.stock() > 0) != request.in_stock()) return false;
  if (request.has_added_after() && item.added_at().seconds() <= request.added_after().seconds()) return false;
  return !request.has_min_rating() || item.rating().value() >= request.min_rating().value();
}

uint32_t Checksum(const std::string& bytes) {
  uint32_t hash = 2166136261u;
  for (unsigned char byte : bytes) hash = (hash ^ byte) * 16777619u;
  return hash;
}

}  // namespace

Catalog::Catalog(Calls& calls) : calls_(calls) {
  for (v1::Item& item : SeedItems()) items_[item.id()] = std::move(item);
}

template <typename Change>
Status Catalog::WithItem(const std::string& id, Change change) {
  std::lock_guard lock(mutex_);
  auto found = items_.find(id);
  if (found == items_.end()) return NotFound("item", id);
  change(found->second);
  return Status::OK;
}

Status Catalog::GetItem(ServerContext* context, const v1::GetItemRequest* request, v1::Item* reply) {
  return Serve(calls_, context, "Catalog/GetItem", [&] {
    std::string id = request->id().empty() ? LastSegment(request->name()) : request->id();
    context->AddInitialMetadata("cache-control", "max-age=60");
    return WithItem(id, [&](const v1::Item& item) { *reply = item; });
  });
}

Status Catalog::ListItems(ServerContext* context, const v1::ListItemsRequest* request, v1::ListItemsResponse* reply) {
  return Serve(calls_, context, "Catalog/ListItems", [&]() -> Status {
    if (request->page_size() < 0 || request->page_size() > kMaxPageSize) {
      return Invalid("page_size", "must be between 0 and " + std::to_string(kMaxPageSize));
    }
    int room = request->page_size() == 0 ? kDefaultPageSize : request->page_size();
    std::lock_guard lock(mutex_);
    for (const auto& [id, item] : items_) {
      if (!Wanted(item, *request)) continue;
      reply->set_total_size(reply->total_size() + 1);
      if (id <= request->page_token() && !request->page_token().empty()) continue;
      if (reply->items_size() < room) {
        *reply->add_items() = item;
      } else if (reply->next_page_token().empty()) {
        reply->set_next_page_token(reply->items(room - 1).id());
      }
    }
    return Status::OK;
  });
}

Status Catalog::CreateItem(ServerContext* context, const v1::CreateItemRequest* request, v1::Item* reply) {
  return Serve(calls_, context, "Catalog/CreateItem", [&]() -> Status {
    const v1::Item& item = request->item();
    if (item.id().empty()) return Invalid("item.id", "must not be empty");
    if (item.title().empty()) return Invalid("item.title", "must not be empty");
    if (item.price().units() < 0) return Invalid("item.price.units", "must not be negative");
    std::lock_guard lock(mutex_);
    if (items_.count(item.id())) return Status(grpc::StatusCode::ALREADY_EXISTS, "item \"" + item.id() + "\" exists");
    v1::Item& made = items_[item.id()] = item;
    made.set_name(request->parent() + "/items/" + item.id());
    if (!made.has_added_at()) made.mutable_added_at()->set_seconds(NextSecond());
    *reply = made;
    context->AddInitialMetadata("x-http-code", "201");
    context->AddInitialMetadata("location", "/v1/items/" + item.id());
    return Status::OK;
  });
}

Status Catalog::UpdateItem(ServerContext* context, const v1::UpdateItemRequest* request, v1::Item* reply) {
  return Serve(calls_, context, "Catalog/UpdateItem", [&]() -> Status {
    using google::protobuf::util::FieldMaskUtil;
    for (const std::string& path : request->update_mask().paths()) {
      if (!FieldMaskUtil::IsValidPath<v1::Item>(path))
        return Invalid("update_mask", "names \"" + path + "\", which no item has");
    }
    return WithItem(request->item().id(), [&](v1::Item& item) {
      if (request->update_mask().paths_size() == 0) {
        item.MergeFrom(request->item());
      } else {
        FieldMaskUtil::MergeMessageTo(request->item(), request->update_mask(), FieldMaskUtil::MergeOptions(), &item);
      }
      *reply = item;
    });
  });
}

Status Catalog::DeleteItem(ServerContext* context, const v1::DeleteItemRequest* request, google::protobuf::Empty*) {
  return Serve(calls_, context, "Catalog/DeleteItem", [&]() -> Status {
    std::lock_guard lock(mutex_);
    return items_.erase(request->id()) > 0 ? Status::OK : NotFound("item", request->id());
  });
}

Status Catalog::PurgeItem(ServerContext* context, const v1::PurgeItemRequest* request, v1::PurgeItemResponse* reply) {
  return Serve(calls_, context, "Catalog/PurgeItem",
               [&] { return WithItem(request->id(), [&](const v1::Item&) { reply->set_purged(true); }); });
}

Status Catalog::SetTags(ServerContext* context, const v1::SetTagsRequest* request, v1::Item* reply) {
  return Serve(calls_, context, "Catalog/SetTags", [&] {
    return WithItem(request->id(), [&](v1::Item& item) {
      *item.mutable_tags() = request->tags();
      *reply = item;
    });
  });
}

Status Catalog::ListTags(ServerContext* context, const v1::ListTagsRequest* request, v1::ListTagsResponse* reply) {
  return Serve(calls_, context, "Catalog/ListTags", [&] {
    return WithItem(request->id(), [&](const v1::Item& item) { *reply->mutable_tags() = item.tags(); });
  });
}

Status Catalog::SetAttributes(ServerContext* context, const v1::SetAttributesRequest* request,
                              v1::SetAttributesResponse* reply) {
  return Serve(calls_, context, "Catalog/SetAttributes", [&] {
    return WithItem(request->id(), [&](v1::Item& item) {
      *item.mutable_attributes() = request->attributes();
      *reply->mutable_attributes() = item.attributes();
    });
  });
}

Status Catalog::SetStock(ServerContext* context, const v1::SetStockRequest* request, v1::Item* reply) {
  return Serve(calls_, context, "Catalog/SetStock", [&]() -> Status {
    if (request->stock() < 0) return Invalid("stock", "must not be negative");
    return WithItem(request->id(), [&](v1::Item& item) {
      item.set_stock(request->stock());
      *reply = item;
    });
  });
}

Status Catalog::GetPrice(ServerContext* context, const v1::GetPriceRequest* request, v1::GetPriceResponse* reply) {
  return Serve(calls_, context, "Catalog/GetPrice", [&] {
    return WithItem(request->id(), [&](const v1::Item& item) {
      *reply->mutable_price() = item.price();
      int best = 0;
      for (const auto& [pieces, price] : item.volume_prices()) {
        if (pieces < best || static_cast<int64_t>(request->quantity()) < pieces) continue;
        best = pieces;
        *reply->mutable_price() = price;
      }
    });
  });
}

Status Catalog::UploadImage(ServerContext* context, const v1::UploadImageRequest* request, v1::Image* reply) {
  return Serve(calls_, context, "Catalog/UploadImage", [&] {
    return WithItem(request->id(), [&](const v1::Item& item) {
      images_[item.id()] = request->content();
      reply->set_content_type(request->content().content_type());
      reply->set_size_bytes(request->content().data().size());
      reply->set_alt_text(request->alt_text());
      reply->set_checksum(Checksum(request->content().data()));
    });
  });
}

Status Catalog::GetImage(ServerContext* context, const v1::GetImageRequest* request, google::api::HttpBody* reply) {
  return Serve(calls_, context, "Catalog/GetImage", [&]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = images_.find(request->id());
    if (found == images_.end()) return NotFound("image", request->id());
    *reply = found->second;
    return Status::OK;
  });
}

Status Catalog::GetManual(ServerContext* context, const v1::GetManualRequest* request, v1::Manual* reply) {
  return Serve(calls_, context, "Catalog/GetManual", [&] {
    reply->set_path(request->path());
    reply->set_shelf(request->shelf());
    reply->set_text("How to use it: " + request->path());
    return Status::OK;
  });
}

Status Catalog::WatchItem(ServerContext* context, const v1::WatchItemRequest* request,
                          grpc::ServerWriter<v1::Item>* writer) {
  return Serve(calls_, context, "Catalog/WatchItem", [&]() -> Status {
    v1::Item current;
    Status found = WithItem(request->id(), [&](const v1::Item& item) { current = item; });
    if (!found.ok()) return found;
    for (int sent = 0; (request->count() == 0 || sent < request->count()) && writer->Write(current); ++sent) {
    }
    return Status::OK;
  });
}

}  // namespace shop
