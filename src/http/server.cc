#include "http/server.h"

#include <unistd.h>

#include <utility>

namespace dragoman::http {

Server::Server(Loop& loop, ExchangeHandler& handler, const config::Limits& limits, ConnectionQuota& quota, ConnectionGate* gate)
    : host_{.loop = loop, .handler = handler, .limits = limits, .workspaces = {}, .date = {}, .gate = gate}, quota_(quota) {}

Server::~Server() {
  LeaveToOthers({});
  host_.loop.ForgetTurnEnd(this);
}

void Server::Listen(int listener, std::shared_ptr<const tls::ServerContext> tls, ProxyProtocol proxy_protocol) {
  Listener& added = *listeners_.emplace_back(new Listener{*this, listeners_.size(), std::move(tls), std::move(proxy_protocol), nullptr});
  added.acceptor = std::make_unique<Acceptor>(host_.loop, listener, quota_, &OnAccepted, &added);
}

void Server::StopAccepting() {
  listeners_.clear();
  host_.handed_over = false;
  DrainConnections();
}

void Server::HandOver(const std::vector<bool>& ended) {
  LeaveToOthers(ended);
  listeners_.clear();
  host_.handed_over = true;
  DrainConnections();
}

void Server::LeaveToOthers(const std::vector<bool>& ended) {
  for (const std::unique_ptr<Listener>& listener : listeners_) {
    if (listener->index >= ended.size() || !ended[listener->index]) listener->acceptor->LeaveToOthers();
  }
}

void Server::DrainConnections() {
  host_.draining = true;
  // From the back: one that ends at once leaves its place to the last, which has been seen.
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->Drain();
  }
}

void Server::Abort() {
  listeners_.clear();
  host_.draining = true;
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->Abort();
  }
}

Task<void> Server::Drained() {
  while (!connections_.empty() || !ended_.empty()) co_await connection_ended_.Wait();
}

void Server::OnAccepted(void* listener, int descriptor, Peer peer) {
  auto& [server, index, context, proxy_protocol, acceptor] = *static_cast<Listener*>(listener);
  peer.listener = index;
  ConnectionHost& host = server.host_;
  host.counters.accepted.Add(1);
  std::optional<GatePass> pass = GatePass();
  auto opening = Connection::Opening::kRequest;
  if (proxy_protocol.expected) {
    opening = Connection::Opening::kProxyHeader;
    if (const auto& trusted = proxy_protocol.trusted; trusted && !trusted->empty() && !trusted->trusts(peer)) {
      host.RefuseProxyHeader(peer, "the peer is not among trusted_proxies");
      return server.Reject(descriptor);
    }
  } else {
    pass = host.Admit(peer.ip);
    if (!pass) return server.Reject(descriptor);
  }
  std::unique_ptr<tls::Transport> tls;
  if (context) {
    tls = tls::Transport::Accept(context, descriptor);
    if (!tls) return server.Reject(descriptor);
  }
  auto connection = std::make_unique<Connection>(host, descriptor, opening, std::move(tls), std::move(peer),
                                                      *std::move(pass), &OnEnded, &server);
  connection->index = server.connections_.size();
  server.connections_.push_back(std::move(connection));
  server.connections_.back()->Start();
}

void Server::Reject(int descriptor) {
  SetResetOnClose(descriptor);
  ::close(descriptor);
  quota_.GiveBack();
}

void Server::OnEnded(void* self, Connection& connection) {
  auto& server = *static_cast<Server*>(self);
  std::unique_ptr<Connection>& place = server.connections_[connection.index];
  if (server.ended_.empty()) server.host_.loop.AtTurnEnd(&OnTurnEnd, self);
  server.ended_.push_back(std::move(place));
  if (&place != &server.connections_.back()) {
    place = std::move(server.connections_.back());
    place->index = connection.index;
  }
  server.connections_.pop_back();
}

void Server::OnTurnEnd(void* self) {
  auto& server = *static_cast<Server*>(self);
  for (size_t i = 0; i < server.ended_.size(); ++i) server.quota_.GiveBack();
  server.ended_.clear();
  if (server.connection_ended_.waiting()) server.connection_ended_.Notify();
}

}  // namespace dragoman::http
