#pragma once

#include <span>
#include <string_view>

#include "json_constructs.h"
#include "json_util.h"

namespace dragoman::fuzz {

// What comes of a text that only one of the two readers understands our way.
enum Outcome : unsigned {
  kTheyTake = 1,    // protobuf reads what we refuse
  kTheyRefuse = 2,  // and the other way round
  kOtherValue = 4,  // both read it, as different messages
};

// One intended difference between protobuf 3.21's JSON and ours.
struct Difference {
  Construct construct;  // stands in the text
  std::string_view name;
  std::string_view why;
  unsigned outcomes;
};

std::span<const Difference> Differences();

// True where both readers did the same with `text`.
bool Agree(const Reading& reading);
// The difference that explains the disagreement; null where there is none, which is a mistake of ours, or a difference
// that must be understood and named.
const Difference* Explain(const Reading& reading, const Constructs& constructs);

}  // namespace dragoman::fuzz
