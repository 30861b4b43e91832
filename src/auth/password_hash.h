#pragma once

#include <string>
#include <string_view>

namespace dragoman::auth {

inline constexpr size_t kMaxPassword = 512;  // bytes; what crypt(3) takes

// Why a text cannot stand for a password, for the operator: "expected a hash of crypt(3): …"; empty: it can. Taken are
// bcrypt ($2b$, $2y$), yescrypt ($y$) and SHA-512 ($6$), whole, and none that would take a processor for seconds.
std::string WhyNoHash(std::string_view hash);

// Whether `password` is what `hash` was made of. Takes as long as the hash's cost says: for the side thread. Of a hash
// that WhyNoHash refuses: false.
// Threads: any.
bool PasswordMatches(const std::string& password, const std::string& hash);

}  // namespace dragoman::auth
