#pragma once

#include <span>

#include "visitor.h"

namespace dragoman::soak {

// One kind of thing that clients do.
struct Kind {
  const char* name;
  int weight;  // how often, relative to the others
  Complaint (*act)(Visitor& visitor);
};

// What the visitors do: most of it well-behaved, some of it not. Each act carries something that no other request has,
// and is content only with an answer that has it too.
std::span<const Kind> Kinds();

}  // namespace dragoman::soak
