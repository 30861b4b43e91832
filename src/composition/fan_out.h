#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/task.h"
#include "composition/run.h"

namespace dragoman::composition {

// The calls of a for_each: one for each item, for each different request, or for a chunk of items together. Their
// replies become one value that has the shape of the lists gone through.
//
// Lifetime: the run's coroutine holds it while Make runs.
class FanOut {
 public:
  FanOut(Run& run, size_t index, const Run::Prepared& prepared);

  // Errors: of the list; of a required call that of the first item that failed; kInvalidRequest (a list of the
  // client's) or kResponseTooLarge for more than max_items.
  Task<Status> Make();

 private:
  // An element of the innermost lists.
  struct Item {
    static constexpr uint32_t kNone = UINT32_MAX;
    uint32_t unit = kNone;  // whose reply it gets; kNone: none, and nothing has failed
  };
  // Something that is asked once.
  struct Unit {
    uint32_t first = 0;  // item
    std::string_view
        asked;  // what it puts into the request, where that is written first: all of it, of a batch a field
    Run::Piece reply;
    Status status;
  };

  Status CountItems(const Value& list, size_t level);
  // Lets the scope stand at an item.
  void StandAt(size_t item);
  // The element of that many levels where the scope stands; absent where there is none.
  Value ElementAt(Value list, size_t depth) const;
  // What is asked: fills units_. Errors: of a required call that of the first item which cannot be asked; too much is
  // asked.
  Status Collect();
  Status CollectItem(uint32_t item);
  // What an item puts into the request; nothing where it is not asked.
  Result<std::optional<BufferPool::Lease>> AskedOf();
  bool encodes_first() const { return plan_.for_each->distinct || plan_.batch.has_value(); }

  // Takes one unit, or chunk of them, after the other until none is left.
  Task<void> Work();
  Task<Status> AskOne(Unit& unit);
  Task<Status> AskChunk(std::span<Unit> units);
  Status TakeChunk(std::span<Unit> units, const Run::Piece& reply);
  std::string NumberOf(std::string_view message);
  std::string_view Keep(std::string_view text) const;  // in the arena

  // None was left out, or given up, because the composition has ended.
  bool AllAsked() const;
  // The value, and what failed.
  Status Finish();
  Value Assemble(const Value& list, size_t level, size_t& item);
  Value ReplyOf(size_t item);

  Run& run_;
  const size_t index_;
  const Run::Prepared& prepared_;
  const PlannedCall& plan_;
  Value list_;
  std::vector<Value> element_lists_;  // of ForEach::elements
  std::vector<Item> items_;
  std::vector<uint32_t> places_;  // of the items, an index a level
  std::vector<uint32_t> path_;    // while they are counted
  std::vector<Unit> units_;
  std::unordered_map<std::string_view, uint32_t> known_;  // units, by what they ask
  std::vector<std::pair<uint32_t, Status>> unasked_;      // items that cannot be asked
  size_t asked_bytes_ = 0;
  std::unordered_map<std::string, uint32_t>
      sent_;         // how often each request was, by digest, where calls have idempotency keys
  size_t next_ = 0;  // unit
  size_t working_ = 0;
  Signal idle_;
};

}  // namespace dragoman::composition
