#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "exchange/exchange.h"
#include "transcoding/buffer.h"

namespace dragoman::http {

// The memory that a connection needs while it has a request at hand, and only then.
struct Workspace {
  Buffer input;   // bytes from the socket: the head of the request at hand, and what came behind it
  Buffer chunks;  // raw bytes of a chunked body that did not come with the head
  Buffer body;    // what the handler reads
  Buffer output;  // response heads and chunk frames
  std::vector<Header> headers;
  std::string target;  // a target that had to be rewritten
  RequestId request_id;  // where the client sent none
};

// Keeps workspaces for the connections of one loop.
//
// Threads: one loop.   Bounds: kKept idle workspaces, whose buffers hold at most kKeptBytes each.
class WorkspacePool {
 public:
  static constexpr size_t kKept = 64;
  static constexpr size_t kKeptBytes = 64 << 10;

  std::unique_ptr<Workspace> Borrow() {
    if (free_.empty()) return std::make_unique<Workspace>();
    std::unique_ptr<Workspace> workspace = std::move(free_.back());
    free_.pop_back();
    return workspace;
  }

  void GiveBack(std::unique_ptr<Workspace> workspace) {
    if (!workspace || free_.size() >= kKept) return;
    for (Buffer* buffer : {&workspace->input, &workspace->chunks, &workspace->body, &workspace->output}) {
      if (buffer->capacity() > kKeptBytes) {
        buffer->Release();
      } else {
        buffer->Clear();
      }
    }
    free_.push_back(std::move(workspace));
  }

 private:
  std::vector<std::unique_ptr<Workspace>> free_;
};

}  // namespace dragoman::http
