#pragma once

#include <mobile/v1/ads.grpc.pb.h>
#include <mobile/v1/maps.grpc.pb.h>
#include <mobile/v1/weather.grpc.pb.h>

#include <string>

#include "tokens.h"

namespace mobile {

// Each service lets in whoever shows its own kind of credential, and nobody else.

class Weather final : public v1::Weather::Service {
 public:
  explicit Weather(std::string key) : key_(std::move(key)) {}
  grpc::Status GetForecast(grpc::ServerContext*, const v1::GetForecastRequest*, v1::Forecast*) override;

 private:
  const std::string key_;  // in x-weather-key
};

class Maps final : public v1::Maps::Service {
 public:
  explicit Maps(const Tokens& tokens) : tokens_(tokens) {}
  grpc::Status GetRoute(grpc::ServerContext*, const v1::GetRouteRequest*, v1::Route*) override;

 private:
  const Tokens& tokens_;  // behind "Bearer "
};

class Ads final : public v1::Ads::Service {
 public:
  explicit Ads(std::string token) : token_(std::move(token)) {}
  grpc::Status GetBanner(grpc::ServerContext*, const v1::GetBannerRequest*, v1::Banner*) override;

 private:
  const std::string token_;  // behind "Bearer "
};

}  // namespace mobile
