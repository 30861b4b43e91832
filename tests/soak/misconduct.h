#pragma once

#include "visitor.h"

// What clients do that they should not, and what the gateway owes them all the same.
namespace dragoman::soak {

// Closes the connection while the backend is at work.
Complaint GoneWhileWaiting(Visitor& visitor);
// Closes it in the middle of the head or the body.
Complaint GoneWithinTheRequest(Visitor& visitor);
// Closes it while a large answer is on its way.
Complaint GoneWithinTheAnswer(Visitor& visitor);
// Sends what is no HTTP, or ambiguous, with a good request behind it: one refusal must come, and the connection's end.
Complaint HostileHead(Visitor& visitor);

}  // namespace dragoman::soak
