#include "json_differences.h"

#include <algorithm>
#include <iterator>

namespace dragoman::fuzz {
namespace {

constexpr Difference kDifferences[] = {
    {Construct::kHugeNumber, "a number beyond a double",
     "protobuf refuses it where it is dropped as unknown; we do not look. RapidJSON, our judge, stops there",
     kTheyRefuse | kTheyTake},
    {Construct::kDeep, "levels", "protobuf does not count every level of a Struct or of what it drops",
     kTheyTake | kTheyRefuse},
    {Construct::kNegativeZero, "-0", "protobuf reads it as the integer 0, and loses the sign that a double has",
     kOtherValue},
    {Construct::kDuplicateName, "a name that stands twice",
     "protobuf takes the last value, merges messages and adds to lists; we refuse, except in what is dropped",
     kTheyTake | kTheyRefuse | kOtherValue},
    {Construct::kEmptyName, "the empty name", "protobuf cannot drop it as unknown", kTheyRefuse},
    {Construct::kExtension, "extensions", "protobuf's JSON has none and takes \"[pkg.ext]\" for an unknown name",
     kTheyTake | kTheyRefuse | kOtherValue},
    {Construct::kMissingRequired, "required fields", "we leave them to the backend to judge", kTheyRefuse},
    {Construct::kListOfOne, "a single value for a list", "protobuf takes it for a list of one", kTheyTake},
    {Construct::kNullInside, "null in a list or map", "protobuf drops it or takes the default",
     kTheyTake | kOtherValue},
    {Construct::kNestedList, "a list in a list", "protobuf flattens it", kTheyTake},
    {Construct::kNullList, "null for a list of Value or NullValue",
     "protobuf takes it for a list of one null; ProtoJSON says that null is absent", kOtherValue},
    {Construct::kNullAtTop, "null as a whole message", "protobuf takes it for an empty one", kTheyTake},
    {Construct::kEnumText, "an enum's unknown name",
     "protobuf takes a quoted number; an unknown name that is ignored becomes 0, and is dropped by us",
     kTheyTake | kOtherValue},
    {Construct::kClosedEnumNumber, "unknown numbers of a closed enum",
     "protobuf writes them, and its parser drops them", kTheyTake},
    {Construct::kGroup, "groups", "protobuf's JSON writes them as messages, which its parser does not read",
     kTheyTake | kTheyRefuse | kOtherValue},
    {Construct::kQuotedNumber, "quoted numbers as C reads them", "protobuf takes \"01\", \"+1\", \"0x1\", \"1.\"",
     kTheyTake},
    {Construct::kQuotedNumberForm, "quoted integers with a fraction or an exponent",
     "protobuf refuses \"1e3\", \"1.0\" and an unsigned \"-0\", which ProtoJSON has", kTheyRefuse},
    {Construct::kNumberThroughDouble, "integers with a fraction or an exponent",
     "protobuf reads them as doubles: 1e-400 is its 0, 9007199254740993.0 another number",
     kTheyTake | kTheyRefuse | kOtherValue},
    {Construct::kFloatMidpoint, "halfway between two floats", "protobuf rounds to double first, and then again",
     kTheyTake | kTheyRefuse | kOtherValue},
    {Construct::kQuotedBool, "quoted bools", "protobuf takes \"true\", \"t\" and \"1\"", kTheyTake},
    {Construct::kBase64Form, "base64 in another form",
     "protobuf refuses last bits that are not zero, and the two alphabets in one text", kTheyRefuse},
    {Construct::kKeyText, "map keys in another spelling", "protobuf takes \"01\" and \"TRUE\", and refuses \"1e3\"",
     kTheyTake | kTheyRefuse},
    {Construct::kSpecialAsObject, "a well-known type as an object",
     "protobuf reads {\"seconds\": 1} and {\"value\": 1} by their fields", kTheyTake},
    {Construct::kTimestampText, "Timestamps in another spelling",
     "protobuf takes 2006-1-2, ten digits of a second, and years that an offset moves out of 1 to 9999", kTheyTake},
    {Construct::kYearZero, "Timestamps of the year 0",
     "protobuf refuses the year; an offset may lead from it into year 1, which is in range", kTheyRefuse},
    {Construct::kDurationText, "Durations in another spelling", "protobuf takes \"+1s\", \"- 1s\", \"1 s\" and \"1.s\"",
     kTheyTake},
    {Construct::kMaskText, "FieldMasks in another spelling",
     "protobuf takes \"a_b\", which is not what it writes, and empty paths; it knows map keys in [brackets]",
     kTheyTake | kTheyRefuse | kOtherValue},
    {Construct::kMaskCapitals, "capitals in a row in a FieldMask",
     "protobuf reads \"aBC\" as a_bc, which it writes as \"aBc\"", kOtherValue},
    {Construct::kAnyPrefix, "the prefix of an Any's type", "protobuf resolves type.googleapis.com alone", kTheyRefuse},
    {Construct::kAnyMembers, "members beside an Any's value",
     "ignored ones end protobuf by a failed CHECK; an Any without @type is taken for any object",
     kTheyTake | kTheyRefuse},
    {Construct::kAnyEmptyValue, "Empty in an Any", "protobuf has no \"value\": {}, which Go writes", kTheyRefuse},
};

}  // namespace

std::span<const Difference> Differences() { return kDifferences; }

bool Agree(const Reading& reading) {
  return reading.our_error.empty() == reading.their_error.empty() && reading.our_wire == reading.their_wire;
}

const Difference* Explain(const Reading& reading, const Constructs& constructs) {
  unsigned outcome = kOtherValue;
  if (!reading.our_error.empty()) outcome = kTheyTake;
  if (!reading.their_error.empty()) outcome = kTheyRefuse;
  const auto* found = std::ranges::find_if(kDifferences, [&](const Difference& difference) {
    return constructs.test(static_cast<size_t>(difference.construct)) && (difference.outcomes & outcome) != 0;
  });
  return found == std::end(kDifferences) ? nullptr : found;
}

}  // namespace dragoman::fuzz
