#pragma once

#include <hiredis/read.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/reply.h"

namespace dragoman::store {

// Cuts what comes from Redis into replies: hiredis's parser, which builds into storage that is used again and again, so
// that a reply costs no allocation once the storage has grown.
//
// Nothing that is read is trusted. A reply has at most `max_bytes` on the wire and `max_elements` values, and arrays
// hold no arrays; who breaks that, or RESP2, is not read any further.
//
// Spec: Redis serialization protocol, version 2.
class ReplyReader {
 public:
  struct Bounds {
    size_t max_bytes = 1 << 20;
    size_t max_elements = 8192;
  };
  enum class Outcome {
    kReply,
    kMore,    // the reply is not complete: feed on
    kBroken,  // error() says why; only Reset goes on from here
  };

  explicit ReplyReader(const Bounds& bounds);
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Feed(std::string_view bytes);
  // The next reply of what was fed, which holds until the next call of anything here.
  Outcome Read();
  const Reply& reply() const { return root_; }
  std::string_view error() const { return error_; }
  // As new: for the next connection.
  void Reset();

 private:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  // Where a text lies in texts_, which may move until the reply is complete.
  struct TextAt {
    bool root;
    size_t value;  // index in values_
    size_t offset;
    size_t size;
  };

  static redisReplyObjectFunctions& Functions();
  static ReplyReader& Of(const redisReadTask* task) { return *static_cast<ReplyReader*>(task->privdata); }
  Reply& Place(const redisReadTask* task);
  void* TakeText(const redisReadTask* task, std::string_view text);
  void* TakeArray(const redisReadTask* task, long long elements);
  void Begin();
  Outcome Break(std::string_view why);

  const Bounds bounds_;
  std::unique_ptr<redisReader, Free> reader_;
  size_t unread_ = 0;     // bytes fed since the last complete reply began
  bool complete_ = true;  // what is stored is a reply that was handed out
  Reply root_;
  std::vector<Reply> values_;
  std::string texts_;
  std::vector<TextAt> texts_at_;
  std::string error_;
};

}  // namespace dragoman::store
