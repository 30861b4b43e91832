#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "transcoding/schema.h"
#include "transcoding/status.h"

namespace dragoman::routing {

// Which names that the configuration has, and the descriptors have not, may yet come: those that `services` gives to a
// backend whose descriptors are missing, by an entry below whose name nothing is known so far. Any other is misspelt,
// or at least not to be told from a misspelt one, which would leave unguarded what it was meant to guard.
//
//   services: [{name: "shop.v1.*", backend: shop}, {name: "users.v1.*", backend: users}]      users is missing
//     users.v1.Users, users.v1.*, users.*   may come          shop.v1.Admn, shpo.v1.Admin   may not
//
// While nothing is known at all, nothing is served, and everything may come.
//
// Lifetime: the entries outlive it.
class NamesToCome {
 public:
  // `missing`: backends that have not said what they serve.
  NamesToCome(const std::vector<config::Service>& entries, const transcoding::Schema& schema,
              const std::vector<std::string>& missing);

  // Nothing may come: nobody is missing.
  bool empty() const { return !everything_ && entries_.empty(); }
  // `name`: of a service, or "users.v1.*".
  bool Has(std::string_view name) const;
  // Whether `name` may come; then `dangles`, that it is not there, is put off.
  bool PutOff(std::string_view name, Problem dangles);
  // All that was.
  Problems& put_off() { return put_off_; }

 private:
  bool everything_ = false;
  std::vector<std::string_view> entries_;
  Problems put_off_;
};

}  // namespace dragoman::routing
