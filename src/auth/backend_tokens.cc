#include "auth/backend_tokens.h"

#include <utility>

namespace dragoman::auth {
namespace {

bool IsSame(const BackendCredentials::Grant& one, const BackendCredentials::Grant& other) {
  return one.client.token.url == other.client.token.url && one.client.client_id == other.client.client_id &&
         one.client.scopes == other.client.scopes && one.client.audience == other.client.audience &&
         one.client_secret == other.client_secret;
}

}  // namespace

tl::expected<std::unique_ptr<BackendTokens>, Problem> BackendTokens::Start(
    Loop& loop, SideThread& side_thread, std::span<const BackendCredentials> credentials, const BackendTokens* before) {
  auto tokens = std::make_unique<BackendTokens>();
  tokens->credentials_ = credentials;
  for (const BackendCredentials& one : credentials) {
    const auto& cell = tokens->cells_.emplace_back(one.has_token() ? std::make_shared<TokenCell>() : nullptr);
    if (before != nullptr && one.grant) before->Pass(one, *cell);
    if (one.grant) {
      auto fetcher = TokenFetcher::Make(loop, one, cell);
      if (!fetcher) return tl::unexpected(std::move(fetcher.error()));
      tokens->fetchers_.push_back(*std::move(fetcher));
      tokens->fetchers_.back()->Start();
    } else if (one.bearer_file) {
      tokens->files_.push_back(std::make_unique<TokenFile>(loop, side_thread, one, cell));
    }
  }
  return tokens;
}

void BackendTokens::Pass(const BackendCredentials& to, TokenCell& cell) const {
  for (size_t i = 0; i < credentials_.size(); ++i) {
    const BackendCredentials& one = credentials_[i];
    if (one.backend == to.backend && one.grant && IsSame(*one.grant, *to.grant)) cell.Publish(*cells_[i]->Get());
  }
}

}  // namespace dragoman::auth
