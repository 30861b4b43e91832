#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harness.h"

namespace dragoman::integration {

// A real OpenID Connect issuer (npm's oauth2-mock-server) as a process of its own; issuer/server.js tells what it can.
class IssuerProcess {
 public:
  IssuerProcess();

  const std::string& url() const { return url_; }  // "http://127.0.0.1:41234": what its tokens say, too

  void AddKey(std::string_view kid, std::string_view algorithm);  // published from now on
  void WithdrawKey(std::string_view kid);                         // published no more, and still signs
  // A token for audience shop-api and subject joe. `more`: further parameters: "&client_id=mobile", "&expires_in=-60".
  std::string Token(std::string_view kid, std::string_view more = {});
  // "good", "down", "error", "html", "empty", "cut", "huge", "slow".
  void Behave(std::string_view manners);
  int served();  // requests so far

 private:
  std::string Control(std::string_view http_method, const std::string& target);

  std::unique_ptr<Process> process_;
  std::string url_;
  std::string control_;
};

}  // namespace dragoman::integration
