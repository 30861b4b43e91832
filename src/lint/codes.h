#pragma once

#include "lint/lint.h"

// Every code; README.md says what each means and how to mend it.
namespace dragoman::lint {

inline constexpr Code kAdminExposed = {"admin-exposed"};
inline constexpr Code kAnyAudience = {"any-audience", Severity::kNote};
inline constexpr Code kBackendCredentialsInTheClear = {"backend-credentials-in-the-clear"};
inline constexpr Code kBodyOnGet = {"body-on-get"};
inline constexpr Code kCapWithoutEffect = {"cap-without-effect"};
inline constexpr Code kConsumerWithoutCredential = {"consumer-without-credential"};
inline constexpr Code kCorsDropsCookies = {"cors-drops-cookies"};
inline constexpr Code kCorsPlainOrigin = {"cors-plain-origin"};
inline constexpr Code kCostOverLimit = {"cost-over-limit"};
inline constexpr Code kCredentialInQuery = {"credential-in-query", Severity::kNote};
inline constexpr Code kCredentialsInTheClear = {"credentials-in-the-clear"};
inline constexpr Code kDeprecatedExposed = {"deprecated-exposed", Severity::kNote};
inline constexpr Code kDiffersFromEnvoy = {"differs-from-envoy", Severity::kNote};
inline constexpr Code kDrainCutsCalls = {"drain-cuts-calls", Severity::kNote};
inline constexpr Code kFieldsParameterHidesField = {"fields-parameter-hides-field"};
inline constexpr Code kInsecureUrl = {"insecure-url"};
inline constexpr Code kLimitWithoutEffect = {"limit-without-effect"};
inline constexpr Code kMalformedComment = {"malformed-comment"};
inline constexpr Code kNetworkOfEverybody = {"network-of-everybody"};
inline constexpr Code kNoAuthentication = {"no-authentication", Severity::kNote};
inline constexpr Code kNobodyMayCall = {"nobody-may-call"};
inline constexpr Code kOverriddenService = {"overridden-service"};
inline constexpr Code kPlaintextSecret = {"plaintext-secret"};
inline constexpr Code kPolicyWithoutEffect = {"policy-without-effect"};
inline constexpr Code kQueueLongerThanTimeout = {"queue-longer-than-timeout"};
inline constexpr Code kServiceWithoutRoute = {"service-without-route"};
inline constexpr Code kShadowedValue = {"shadowed-value", Severity::kNote};
inline constexpr Code kTimeoutNeverReached = {"timeout-never-reached"};
inline constexpr Code kUnknownCode = {"unknown-code"};
inline constexpr Code kUnknownTier = {"unknown-tier"};
inline constexpr Code kUnreachableRule = {"unreachable-rule"};
inline constexpr Code kUnusableScheme = {"unusable-scheme"};
inline constexpr Code kUnusedBackend = {"unused-backend"};
inline constexpr Code kUnusedIgnore = {"unused-ignore", Severity::kNote};
inline constexpr Code kUnusedRateLimit = {"unused-rate-limit"};
inline constexpr Code kUselessSelector = {"useless-selector"};

}  // namespace dragoman::lint
