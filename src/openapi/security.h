#pragma once

#include "config/config.h"
#include "generation/generation.h"
#include "openapi/json_out.h"

namespace dragoman::openapi {

// Writes the members of `components.securitySchemes`: one for each place where a scheme's credential may stand.
//
//   api_key    apiKey, in header x-api-key       api_key-2   its second place
//   jwt.main   http bearer, or openIdConnect where the issuer is found by discovery
//   basic      http basic      mtls   mutualTLS      introspection   http bearer
void WriteSecuritySchemes(const Generation& generation, JsonOut& out);

// Writes `security` of an RPC or composition, as its policy has it: a list of alternatives, in each of which all must be shown. `{}`: nothing
// need be. Nothing is written where there is no `authentication`.
void WriteSecurity(const Generation& generation, const routing::Rpc& rpc, JsonOut& out);

// What a caller must be allowed to, for people: "Needs the scope `orders.read` and one of the roles `buyer`, `staff`." Empty: nothing. Who may call by
// name, and fields that are compared with claims, are the operator's business.
std::string AuthorizationText(const routing::Rpc& rpc);

}  // namespace dragoman::openapi
