#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman::tls {

// The DNS names of a certificate's subjectAltName in lower case, sorted: "*.example.org", "shop.example". What is no
// host name is left out.
std::vector<std::string> DnsNamesOf(const X509* certificate);

// Which certificate is for which host name (RFC 6066 section 3, RFC 6125 section 6.4): a name itself beats a wildcard,
// which stands for one label; of two certificates for one name the first has it.
class ServerNames {
 public:
  void Add(std::string name, size_t certificate) { certificates_.emplace(std::move(name), certificate); }
  // The number that Add was given; nothing if there is none. `host`: as a client says it, in any case.
  std::optional<size_t> Find(std::string_view host) const;

 private:
  std::map<std::string, size_t, std::less<>> certificates_;
};

}  // namespace dragoman::tls
