#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/key_fetcher.h"
#include "base/loop.h"
#include "base/task.h"
#include "http_client/client.h"

namespace dragoman::auth {

// The world's issuers, as an http_client::Client sees them, on one loop.
class FakeIssuer {
 public:
  static constexpr const char* kUrl = "https://issuer.example/keys";

  // From now on `url` answers that.
  void Answer(const std::string& url, std::string body, int status = 200) {
    answers_[url] = http_client::Response{status, "application/json", {}, std::move(body)};
  }
  // From now on it cannot be reached.
  void Fail(const std::string& url, std::string why) {
    answers_[url] = Refuse(Reason::kBackendUnavailable, std::move(why));
  }
  // From now on answers wait for Release, which lets the oldest that waits go.
  void Hold() { holding_ = true; }
  void Release() {
    holding_ = false;
    auto waiting = std::exchange(waiting_, {});
    for (const auto& signal : waiting) signal->Notify();
  }

  const std::vector<std::string>& requests() const { return requests_; }  // URLs

  MakeClient MakeClients() {
    return [this](Loop&, const config::HttpTarget& target) {
      return Made(std::make_unique<FakeClient>(*this, target.url));
    };
  }

 private:
  using Made = tl::expected<std::unique_ptr<http_client::Client>, Problem>;

  class FakeClient final : public http_client::Client {
   public:
    FakeClient(FakeIssuer& issuer, std::string url) : issuer_(issuer), url_(std::move(url)) {}
    Task<Result<http_client::Response>> Fetch(http_client::Request) override { return issuer_.Serve(url_); }

   private:
    FakeIssuer& issuer_;
    std::string url_;
  };

  Task<Result<http_client::Response>> Serve(std::string url) {
    requests_.push_back(url);
    if (holding_) {
      const auto released = std::make_shared<Signal>();
      waiting_.push_back(released);
      co_await released->Wait();
    }
    const auto answer = answers_.find(url);
    if (answer == answers_.end()) co_return Refuse(Reason::kBackendUnavailable, url + ": nobody is there");
    co_return answer->second;
  }

  std::map<std::string, Result<http_client::Response>> answers_;
  std::vector<std::string> requests_;
  std::vector<std::shared_ptr<Signal>> waiting_;
  bool holding_ = false;
};

}  // namespace dragoman::auth
