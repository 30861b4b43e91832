#pragma once

#include <memory>
#include <span>
#include <tl/expected.hpp>
#include <vector>

#include "auth/backend_credentials.h"
#include "auth/token_cell.h"
#include "auth/token_fetcher.h"
#include "auth/token_file.h"
#include "base/loop.h"
#include "base/side_thread.h"

namespace dragoman::auth {

// The tokens of all backends, kept fresh once a process.
//
// Threads: its loop's; cell() from any once it is made.   Lifetime: loop and side thread outlive it.
class BackendTokens {
 public:
  // Begins at once. `credentials`: in the order of the backends; they outlive it. `before`: those that they replace,
  // whose access tokens hold until there are new ones where the grant is the same; or null. Errors: as of TokenFetcher.
  static tl::expected<std::unique_ptr<BackendTokens>, Problem> Start(Loop& loop, SideThread& side_thread,
                                                                     std::span<const BackendCredentials> credentials,
                                                                     const BackendTokens* before = nullptr);

  // Of that backend; null if it is shown no token that changes.
  const std::shared_ptr<TokenCell>& cell(size_t backend) const { return cells_[backend]; }

 private:
  // Puts its token of the same backend and grant, if there is one, into `cell`.
  void Pass(const BackendCredentials& to, TokenCell& cell) const;

  std::span<const BackendCredentials> credentials_;
  std::vector<std::shared_ptr<TokenCell>> cells_;
  std::vector<std::unique_ptr<TokenFetcher>> fetchers_;
  std::vector<std::unique_ptr<TokenFile>> files_;
};

}  // namespace dragoman::auth
