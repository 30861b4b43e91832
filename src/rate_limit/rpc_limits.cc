#include "rate_limit/rpc_limits.h"

#include <algorithm>
#include <charconv>

#include "rate_limit/limit_text.h"
#include "transcoding/quote.h"

namespace dragoman::rate_limit {
namespace {

using google::protobuf::FieldDescriptor;

bool WholeNumber(FieldDescriptor::Type type) {
  switch (type) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_SFIXED64:
      return true;
    default:
      return false;
  }
}

// "10/s by consumer [per-client, shared, costs page_size]; gold: 100/s"
std::string Describe(const config::RateLimit& limit, const config::LimitUse& use) {
  std::string text = DescribeWindows(limit.windows) + " " + DescribeKey(limit.key) + " [" + limit.name;
  if (limit.shared) text += ", shared";
  if (!use.field.empty()) {
    text += ", costs " + use.field;
  } else if (use.cost != 1) {
    text += ", costs " + std::to_string(use.cost);
  }
  text += "]";
  for (const auto& [tier, windows] : limit.tiers) text += "; " + tier + ": " + DescribeWindows(windows);
  return text;
}

}  // namespace

tl::expected<FieldCost, std::string> FieldCost::Build(const transcoding::MessagePlan& request,
                                                      const config::LimitUse& use) {
  auto reader = transcoding::FieldReader::Build(request, use.field);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  const transcoding::MessagePlan* at = &request;
  for (std::string_view rest = use.field; at != nullptr;) {
    const size_t dot = rest.find('.');
    const transcoding::FieldPlan& field = *at->Find(rest.substr(0, dot));
    const std::string who = "field " + transcoding::Quote(field.name) + " of " + at->full_name();
    if (field.repeated) return tl::unexpected(who + " is a list, which is not one cost");
    if (dot == std::string_view::npos) {
      if (!WholeNumber(field.type)) return tl::unexpected(who + " is no whole number, which a cost has to be");
      break;
    }
    at = field.message;
    rest.remove_prefix(dot + 1);
  }
  return FieldCost(*std::move(reader), use);
}

uint64_t FieldCost::Read(std::string_view wire) const {
  uint64_t cost = 0;  // where it stands there several times, the last is what counts in protobuf
  const bool read = reader_.All(wire, [&cost](std::string_view text) {
    cost = 0;
    std::from_chars(text.data(), text.data() + text.size(), cost);  // a negative one is none
    return true;
  });
  return read && cost > 0 ? std::min(cost, use_->max_cost) : use_->cost;
}

RpcLimits::RpcLimits(const std::vector<config::LimitUse>* uses, const Limits& limits, std::string_view rpc,
                     const transcoding::MessagePlan* request, Problems& problems) {
  if (uses == nullptr || uses->empty()) return;
  std::vector<const FieldCost*> fields;  // of each use; null: none
  std::vector<std::string_view> names = {{}};
  for (const config::LimitUse& use : *uses) {
    const config::RateLimit& limit = *limits.limit(use.limit).config;
    description_ += (description_.empty() ? "" : " + ") + Describe(limit, use);
    for (const auto& [tier, windows] : limit.tiers) {
      if (std::find(names.begin(), names.end(), tier) == names.end()) names.push_back(tier);
    }
    fields.push_back(nullptr);
    if (use.field.empty()) continue;
    if (request == nullptr) {
      problems.push_back({use.at.ToString(), std::string(rpc) + " has no request message that could say what it costs"});
      continue;
    }
    auto field = FieldCost::Build(*request, use);
    if (field) {
      fields.back() = fields_.emplace_back(std::make_unique<const FieldCost>(*std::move(field))).get();
    } else {
      problems.push_back({use.at.ToString(), std::string(rpc) + ": " + field.error()});
    }
  }
  for (const std::string_view name : names) {
    Tier& tier = tiers_.emplace_back(Tier{name, {}, {}, {}});
    size_t windows = 0;
    for (size_t i = 0; i < uses->size(); ++i) {
      const config::LimitUse& use = (*uses)[i];
      const Limit& limit = limits.limit(use.limit);
      const Limit::Tier& own = limit.TierOf(name);
      std::vector<Use>& stage = fields[i] ? tier.message : tier.head;
      stage.push_back({&limit, &own, LimitKey(*limit.config, own.name, rpc, limits.hash_key()), use.cost, fields[i]});
      (fields[i] ? tier.shared_message : tier.shared_head) |= limit.config->shared;
      for (const Window* window : own.windows) tier.policy += (windows++ == 0 ? "" : ", ") + window->policy;
    }
    if (windows > kMaxWindows) {
      problems.push_back({uses->front().at.ToString(), std::string(rpc) + " has " + std::to_string(windows) +
                                                           " windows of limits; at most " +
                                                           std::to_string(kMaxWindows) + " can hold for one request"});
    }
  }
}

}  // namespace dragoman::rate_limit
