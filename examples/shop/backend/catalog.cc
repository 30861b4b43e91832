#include "catalog.h"

#include <algorithm>
#include <tuple>

#include "clock.h"
#include "requests.h"
#include "seed.h"

namespace shop {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::ServerWriteReactor;
using grpc::Status;

constexpr int kMaxBatch = 100;

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

ServerUnaryReactor* Catalog::GetItem(CallbackServerContext* context, const v1::GetItemRequest* request,
                                     v1::Item* reply) {
  return Serve(calls_, context, "Catalog/GetItem", [=, this] {
    std::string id = request->id().empty() ? LastSegment(request->name()) : request->id();
    context->AddInitialMetadata("cache-control", "max-age=60");
    return WithItem(id, [&](const v1::Item& item) { *reply = item; });
  });
}

ServerUnaryReactor* Catalog::BatchGetItems(CallbackServerContext* context, const v1::BatchGetItemsRequest* request,
                                           v1::BatchGetItemsResponse* reply) {
  return Serve(calls_, context, "Catalog/BatchGetItems", [=, this]() -> Status {
    if (request->ids_size() < 1 || request->ids_size() > kMaxBatch) {
      return Invalid("ids",
                     "must be 1 to " + std::to_string(kMaxBatch) + " ids, not " + std::to_string(request->ids_size()));
    }
    std::lock_guard lock(mutex_);
    for (const std::string& id : request->ids()) {
      auto found = items_.find(id);
      if (found != items_.end()) {
        *reply->add_items() = found->second;
      } else if (!request->allow_missing()) {
        return NotFound("item", id);
      }
    }
    return Status::OK;
  });
}

ServerUnaryReactor* Catalog::ListItems(CallbackServerContext* context, const v1::ListItemsRequest* request,
                                       v1::ListItemsResponse* reply) {
  return Serve(calls_, context, "Catalog/ListItems", [=, this]() -> Status {
    int room = 0;
    if (Status bad = PageRoom(request->page_size(), room); !bad.ok()) return bad;
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

ServerUnaryReactor* Catalog::CreateItem(CallbackServerContext* context, const v1::CreateItemRequest* request,
                                        v1::Item* reply) {
  return Serve(calls_, context, "Catalog/CreateItem", [=, this]() -> Status {
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

ServerUnaryReactor* Catalog::UpdateItem(CallbackServerContext* context, const v1::UpdateItemRequest* request,
                                        v1::Item* reply) {
  return Serve(calls_, context, "Catalog/UpdateItem", [=, this]() -> Status {
    if (Status bad = CheckMask<v1::Item>(request->update_mask(), "item"); !bad.ok()) return bad;
    return WithItem(request->item().id(), [&](v1::Item& item) {
      Update(request->item(), request->update_mask(), item);
      *reply = item;
    });
  });
}

ServerUnaryReactor* Catalog::DeleteItem(CallbackServerContext* context, const v1::DeleteItemRequest* request,
                                        google::protobuf::Empty*) {
  return Serve(calls_, context, "Catalog/DeleteItem", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    return items_.erase(request->id()) > 0 ? Status::OK : NotFound("item", request->id());
  });
}

ServerUnaryReactor* Catalog::PurgeItem(CallbackServerContext* context, const v1::PurgeItemRequest* request,
                                       v1::PurgeItemResponse* reply) {
  return Serve(calls_, context, "Catalog/PurgeItem",
               [=, this] { return WithItem(request->id(), [&](const v1::Item&) { reply->set_purged(true); }); });
}

ServerUnaryReactor* Catalog::SetTags(CallbackServerContext* context, const v1::SetTagsRequest* request,
                                     v1::Item* reply) {
  return Serve(calls_, context, "Catalog/SetTags", [=, this] {
    return WithItem(request->id(), [&](v1::Item& item) {
      *item.mutable_tags() = request->tags();
      *reply = item;
    });
  });
}

ServerUnaryReactor* Catalog::ListTags(CallbackServerContext* context, const v1::ListTagsRequest* request,
                                      v1::ListTagsResponse* reply) {
  return Serve(calls_, context, "Catalog/ListTags", [=, this] {
    return WithItem(request->id(), [&](const v1::Item& item) { *reply->mutable_tags() = item.tags(); });
  });
}

ServerUnaryReactor* Catalog::SetAttributes(CallbackServerContext* context, const v1::SetAttributesRequest* request,
                                           v1::SetAttributesResponse* reply) {
  return Serve(calls_, context, "Catalog/SetAttributes", [=, this] {
    return WithItem(request->id(), [&](v1::Item& item) {
      *item.mutable_attributes() = request->attributes();
      *reply->mutable_attributes() = item.attributes();
    });
  });
}

ServerUnaryReactor* Catalog::SetStock(CallbackServerContext* context, const v1::SetStockRequest* request,
                                      v1::Item* reply) {
  return Serve(calls_, context, "Catalog/SetStock", [=, this]() -> Status {
    if (request->stock() < 0) return Invalid("stock", "must not be negative");
    return WithItem(request->id(), [&](v1::Item& item) {
      item.set_stock(request->stock());
      *reply = item;
    });
  });
}

ServerUnaryReactor* Catalog::GetPrice(CallbackServerContext* context, const v1::GetPriceRequest* request,
                                      v1::GetPriceResponse* reply) {
  return Serve(calls_, context, "Catalog/GetPrice", [=, this] {
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

ServerUnaryReactor* Catalog::UploadImage(CallbackServerContext* context, const v1::UploadImageRequest* request,
                                         v1::Image* reply) {
  return Serve(calls_, context, "Catalog/UploadImage", [=, this] {
    return WithItem(request->id(), [&](const v1::Item& item) {
      images_[item.id()] = request->content();
      reply->set_content_type(request->content().content_type());
      reply->set_size_bytes(request->content().data().size());
      reply->set_alt_text(request->alt_text());
      reply->set_checksum(Checksum(request->content().data()));
    });
  });
}

ServerUnaryReactor* Catalog::GetImage(CallbackServerContext* context, const v1::GetImageRequest* request,
                                      google::api::HttpBody* reply) {
  return Serve(calls_, context, "Catalog/GetImage", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = images_.find(request->id());
    if (found == images_.end()) return NotFound("image", request->id());
    *reply = found->second;
    return Status::OK;
  });
}

ServerUnaryReactor* Catalog::GetManual(CallbackServerContext* context, const v1::GetManualRequest* request,
                                       v1::Manual* reply) {
  return Serve(calls_, context, "Catalog/GetManual", [=, this] {
    reply->set_path(request->path());
    reply->set_shelf(request->shelf());
    reply->set_text("How to use it: " + request->path());
    return Status::OK;
  });
}

ServerWriteReactor<v1::Item>* Catalog::WatchItem(CallbackServerContext* context, const v1::WatchItemRequest* request) {
  return ServeStream<v1::Item>(calls_, context, "Catalog/WatchItem", [=, this](Source<v1::Item>& source) {
    return WithItem(request->id(), [&](const v1::Item& current) {
      source = [current, request, sent = 0](v1::Item& item) mutable {
        item = current;
        return request->count() == 0 || sent++ < request->count();
      };
    });
  });
}

}  // namespace shop
