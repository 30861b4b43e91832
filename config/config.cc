#include "config/config.h"

namespace dragoman::config {

std::string Position::ToString() const {
  if (line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string IdentityValue::ToString() const {
  switch (of) {
    case Of::kClaim:
      return "claims." + claim;
    case Of::kConsumerName:
      return "consumer.name";
    case Of::kTenant:
      return "consumer.tenant";
    case Of::kTier:
      return "consumer.tier";
    case Of::kScheme:
      return "credential.scheme";
  }
  return {};
}

}  // namespace dragoman::config
