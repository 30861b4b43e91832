#pragma once

#include "composition/plan.h"

namespace dragoman::composition {

// The calls that an answer needs, with all that they wait for. `selection`: what of the answer a client has asked for; null: everything, which
// every call is for. A composition that writes makes all of its calls, whatever is asked for.
CallSet WantedCalls(const Plan& plan, const ResponseTemplate::Selection* selection);

}  // namespace dragoman::composition
