#include "services.h"

#include <grpcpp/grpcpp.h>

namespace mobile {
namespace {

using grpc::ServerContext;
using grpc::Status;

// The one value that the caller sent under that name; empty if there is none, or more than one.
std::string Shown(const ServerContext& context, const std::string& name) {
  auto [begin, end] = context.client_metadata().equal_range(name);
  if (begin == end || std::next(begin) != end) return {};
  return {begin->second.data(), begin->second.size()};
}

std::string ShownToken(const ServerContext& context) {
  const std::string kBearer = "Bearer ";
  std::string shown = Shown(context, "authorization");
  return shown.starts_with(kBearer) ? shown.substr(kBearer.size()) : std::string();
}

Status Stranger(const std::string& what) { return {grpc::StatusCode::UNAUTHENTICATED, "show " + what}; }

}  // namespace

Status Weather::GetForecast(ServerContext* context, const v1::GetForecastRequest* request, v1::Forecast* reply) {
  if (Shown(*context, "x-weather-key") != key_) return Stranger("the key of the weather service");
  reply->set_city(request->city());
  reply->set_sky("clear");
  reply->set_celsius(21);
  return Status::OK;
}

Status Maps::GetRoute(ServerContext* context, const v1::GetRouteRequest* request, v1::Route* reply) {
  if (!tokens_.IsValid(ShownToken(*context))) return Stranger("an access token that is valid");
  reply->add_places(request->from());
  reply->add_places("Bologna");
  reply->add_places(request->to());
  reply->set_minutes(145);
  return Status::OK;
}

Status Ads::GetBanner(ServerContext* context, const v1::GetBannerRequest* request, v1::Banner* reply) {
  if (ShownToken(*context) != token_) return Stranger("the token of the ad network");
  if (request->slot() != "top") return {grpc::StatusCode::NOT_FOUND, "nothing is booked for " + request->slot()};
  reply->set_slot(request->slot());
  reply->set_text("Fresh figs, two for one");
  return Status::OK;
}

}  // namespace mobile
