#include "composition/wanted.h"

namespace dragoman::composition {
namespace {

CallSet All(const Plan& plan) { return plan.calls.size() == kMaxCalls ? ~CallSet{0} : SetOf(plan.calls.size()) - 1; }

CallSet WithInputs(const Plan& plan, CallSet asked) {
  for (CallSet before = 0; before != asked;) {
    before = asked;
    for (size_t i = 0; i < plan.calls.size(); ++i) {
      if ((asked & SetOf(i)) != 0) asked |= plan.calls[i].inputs;
    }
  }
  return asked;
}

}  // namespace

CallSet WantedCalls(const Plan& plan, const ResponseTemplate::Selection* selection) {
  if (selection == nullptr || plan.configured->writes()) return All(plan);
  return WithInputs(plan, plan.response.uses(selection));
}

}  // namespace dragoman::composition
