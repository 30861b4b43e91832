#include "exchange/secret_name.h"

#include <algorithm>
#include <iterator>

namespace dragoman {

bool SoundsSecret(std::string_view name) {
  constexpr std::string_view kWords[] = {"authorization", "cookie", "token", "secret", "password", "api-key", "apikey", "credential"};
  return std::any_of(std::begin(kWords), std::end(kWords), [name](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

}  // namespace dragoman
