#include "config/config.h"

#include "config/scalar.h"

namespace dragoman::config {

std::string Position::ToString() const {
  if (line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::optional<Position> ParsePosition(std::string_view text) {
  Position at;
  const size_t second = text.rfind(':');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const size_t first = text.rfind(':', second - 1);
  if (first == std::string_view::npos) return std::nullopt;
  const auto line = ParseInteger(text.substr(first + 1, second - first - 1));
  const auto column = ParseInteger(text.substr(second + 1));
  if (!line || !column) return std::nullopt;
  return Position{std::string(text.substr(0, first)), static_cast<int>(*line), static_cast<int>(*column)};
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
