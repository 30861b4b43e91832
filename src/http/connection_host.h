#pragma once

#include "base/loop.h"
#include "config/config.h"
#include "exchange/exchange.h"
#include "http/handshake_log.h"
#include "http/response_writer.h"
#include "http/workspace.h"

namespace dragoman::http {

// What all connections of one worker share.
struct ConnectionHost {
  Loop& loop;
  ExchangeHandler& handler;
  config::Limits limits;
  WorkspacePool workspaces;
  HttpDate date;
  HandshakeLog handshakes = {};
  bool draining = false;  // no further request after the present one
};

}  // namespace dragoman::http
