#include "exchange/client_address.h"

#include <algorithm>

#include "exchange/forwarded.h"
#include "exchange/host_and_port.h"

namespace dragoman {
namespace {

constexpr std::string_view kForwarded = "forwarded";
constexpr std::string_view kForwardedFor = "x-forwarded-for";

// X-Forwarded-For elements are nodes, quoted by some.
ForwardedElement Unquoted(std::string_view node) {
  if (node.size() >= 2 && node.starts_with('"') && node.ends_with('"')) node = node.substr(1, node.size() - 2);
  return {.node = node, .proto = {}, .host = {}};
}

// "http" or "https" for it in any case, else nothing.
std::string_view SchemeOf(std::string_view proto) {
  for (const std::string_view scheme : {std::string_view("http"), std::string_view("https")}) {
    const auto same = [](char c, char lower) { return (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) == lower; };
    if (std::equal(proto.begin(), proto.end(), scheme.begin(), scheme.end(), same)) return scheme;
  }
  return {};
}

std::string_view AuthorityOf(std::string_view host) { return IsHostAndPort(host) ? host : std::string_view(); }

// The value of a header that stands there once; else nothing.
std::string_view FindSingle(const RequestHead& head, std::string_view name) {
  std::string_view value;
  for (const Header& header : head.headers) {
    if (header.name != name) continue;
    if (!value.empty()) return {};
    value = header.value;
  }
  return value;
}

// What one of them says, or both alike.
std::string_view Reconcile(std::string_view a, std::string_view b) {
  if (a.empty()) return b;
  return b.empty() || a == b ? a : std::string_view();
}

}  // namespace

TrustedProxies::Walk TrustedProxies::Follow(const RequestHead& head, std::string_view name) const {
  Walk walk;
  int hops = 0;
  for (size_t i = head.headers.size(); i-- > 0;) {
    if (head.headers[i].name != name) continue;
    for (std::string_view list = head.headers[i].value; !list.empty();) {
      if (++hops > kMaxHops) return walk;
      const std::string_view text = CutLastElement(list);
      if (text.empty()) continue;
      const auto element = name == kForwarded ? ParseForwardedElement(text) : Unquoted(text);
      walk.proto = element ? element->proto : std::string_view();
      walk.host = element ? element->host : std::string_view();
      if (element && element->node.empty()) return walk;  // that proxy says nothing of who it was
      const std::optional<config::IpAddress> address = element ? ParseForwardedNode(element->node) : std::nullopt;
      if (!address) {
        walk.end = End::kUnknown;
        return walk;
      }
      walk.last = address;
      if (!trusts(*address)) {
        walk.end = End::kClient;
        return walk;
      }
    }
  }
  return walk;
}

Result<std::optional<Exchange::Client>> TrustedProxies::Resolve(const RequestHead& head, const Peer& peer) const {
  if (!trusts(peer)) return std::nullopt;
  const Walk by_list = Follow(head, kForwardedFor);
  const Walk by_element = Follow(head, kForwarded);
  const bool both = by_list.end != End::kProxies && by_element.end != End::kProxies;
  if (both && (by_list.end != by_element.end || (by_list.end == End::kClient && by_list.last != by_element.last))) {
    return tl::unexpected(
        Status(Reason::kInvalidRequest,
               "headers \"forwarded\" and \"x-forwarded-for\" name different clients; send only one of them"));
  }
  const bool listed = by_list.end != End::kProxies || (by_element.end == End::kProxies && by_list.last);
  const std::optional<config::IpAddress>& last = listed ? by_list.last : by_element.last;
  const bool told = by_element.last == last;  // of the client, by a Forwarded element
  Exchange::Client client{
      .ip = last.value_or(peer.ip),
      .address = {},
      .scheme = Reconcile(SchemeOf(told ? by_element.proto : ""), SchemeOf(FindSingle(head, "x-forwarded-proto"))),
      .authority =
          Reconcile(AuthorityOf(told ? by_element.host : ""), AuthorityOf(FindSingle(head, "x-forwarded-host")))};
  if (!last && client.scheme.empty() && client.authority.empty()) return std::nullopt;
  client.address = client.ip.ToText();
  return client;
}

}  // namespace dragoman
