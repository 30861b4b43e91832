#include "gateway/generation.h"

#include <string>
#include <utility>

#include "dialects/rest/metadata.h"
#include "gateway/descriptors.h"

namespace dragoman::gateway {
namespace {

// What only the stages know to be wrong with a configuration that is right in form.
Problems CheckForwardHeaders(const config::Config& config) {
  Problems problems;
  for (const std::string& name : config.forward_headers) {
    const std::string_view why = dialects::rest::CannotForward(name);
    if (!why.empty()) {
      problems.push_back(
          {config.forward_headers_at.ToString(), "header \"" + name + "\" cannot be forwarded: " + std::string(why)});
    }
  }
  return problems;
}

}  // namespace

tl::expected<std::shared_ptr<const Generation>, Problems> BuildGeneration(config::Config config) {
  Problems problems = CheckForwardHeaders(config);
  tl::expected<transcoding::Schema, Problems> schema = LoadSchema(config);
  if (!schema) {
    problems.insert(problems.end(), schema.error().begin(), schema.error().end());
    return tl::unexpected(std::move(problems));
  }
  auto plans = std::make_unique<const transcoding::PlanSet>(*schema);
  tl::expected<routing::Router, Problems> router = routing::BuildRouter(config, *schema, *plans);
  if (!router) problems.insert(problems.end(), router.error().begin(), router.error().end());
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return std::make_shared<const Generation>(
      Generation{std::move(config), std::move(*schema), std::move(plans), std::move(*router)});
}

}  // namespace dragoman::gateway
