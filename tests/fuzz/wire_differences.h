#pragma once

#include <google/protobuf/message.h>

#include <bitset>
#include <cstdint>
#include <span>
#include <string_view>

#include "json_util.h"

namespace dragoman::fuzz {

// What may be in a message whose JSON two writers see differently.
enum class Content : uint8_t {
  kBadUtf8,
  kUnknownAny,
  kEmptyAny,
  kAnyWithoutBytes,
  kAnyInAny,
  kAnyPrefix,
  kTime,
  kMaskPath,
  kNoKind,
  kNotFinite,
  kExtension,
  kGroup,
  kProto2,
  kFloat,
  kDeep,
  kCount,
};

using Contents = std::bitset<static_cast<size_t>(Content::kCount)>;

Contents FindContents(const google::protobuf::Message& message);

enum WriteOutcome : unsigned {
  kTheyWrite = 1,       // protobuf writes what we refuse
  kTheyRefuseWire = 2,  // and the other way round
  kOtherText = 4,       // both write, but not the same JSON
};

struct WriteDifference {
  Content content;  // is in the message
  std::string_view name;
  std::string_view why;
  unsigned outcomes;
};

std::span<const WriteDifference> WriteDifferences();

// True where both writers refused, or wrote the same JSON but for the order of members and the spelling of numbers.
bool Agree(const Writing& writing);
// The difference that explains the disagreement; null where there is none.
const WriteDifference* Explain(const Writing& writing, const Contents& contents);

}  // namespace dragoman::fuzz
