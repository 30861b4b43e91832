#pragma once

#include <rapidjson/document.h>

#include <bitset>
#include <cstdint>
#include <string_view>

#include "transcoding/message_plan.h"

namespace dragoman::fuzz {

// What may stand in a text that two readers of ProtoJSON take differently.
enum class Construct : uint8_t {
  kHugeNumber,
  kDeep,
  kNegativeZero,
  kDuplicateName,
  kEmptyName,
  kExtension,
  kUnknownName,
  kMissingRequired,
  kListOfOne,
  kNullInside,
  kNestedList,
  kNullList,
  kNullAtTop,
  kEnumText,
  kClosedEnumNumber,
  kGroup,
  kQuotedNumber,
  kQuotedNumberForm,
  kNumberThroughDouble,
  kFloatMidpoint,
  kQuotedBool,
  kBase64Form,
  kKeyText,
  kSpecialAsObject,
  kTimestampText,
  kYearZero,
  kDurationText,
  kMaskText,
  kMaskCapitals,
  kAnyPrefix,
  kAnyMembers,
  kAnyEmptyValue,
  kCount,
};

using Constructs = std::bitset<static_cast<size_t>(Construct::kCount)>;

// A text, and what RFC 8259 and UTF-8 make of it, by RapidJSON.
struct StrictText {
  explicit StrictText(std::string_view text);

  std::string_view text;
  rapidjson::Document document;
  bool json = false;         // else there is no `document`
  bool huge_number = false;  // no `document`, because no double holds a number of it: RapidJSON did not go on
};

// The constructs in a text that is read as a `plan` message.
Constructs FindConstructs(const transcoding::PlanSet& plans, const transcoding::MessagePlan& plan,
                          const StrictText& text);

}  // namespace dragoman::fuzz
