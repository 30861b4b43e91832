#include "auth/backend_tokens.h"

#include <utility>

namespace dragoman::auth {

tl::expected<std::unique_ptr<BackendTokens>, Problem> BackendTokens::Start(
    Loop& loop, SideThread& side_thread, std::span<const BackendCredentials> credentials) {
  auto tokens = std::make_unique<BackendTokens>();
  for (const BackendCredentials& one : credentials) {
    const auto& cell = tokens->cells_.emplace_back(one.has_token() ? std::make_shared<TokenCell>() : nullptr);
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

}  // namespace dragoman::auth
