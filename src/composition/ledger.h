#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "composition/plan.h"
#include "transcoding/buffer.h"
#include "transcoding/json_codec.h"
#include "transcoding/status.h"

namespace dragoman::composition {

// How far a call of a composition has come.
enum class CallOutcome : uint8_t {
  kUntried,    // it was stopped before, or its turn has not come
  kAbandoned,  // given up under way: whether it was done, of a for_each how much of it, is not known
  kUnwanted,   // nobody has asked for it
  kSkipped,    // its `when` is false, or what it needs was skipped
  kDone,
  kFailed,  // of a for_each: some items
};

// An item of a for_each that has failed: where it stands, an index a level.
struct ItemFailure {
  boost::container::small_vector<uint32_t, 3> index;
  Status status;
};

// What became of one call.
struct CallRecord {
  static constexpr size_t kMaxListed = 16;

  CallOutcome outcome = CallOutcome::kUntried;
  Status status;                   // of one that failed as a whole
  std::vector<ItemFailure> items;  // the first kMaxListed of those that failed
  size_t failed_items = 0;
};

// What became of the calls of one request.
class Ledger {
 public:
  explicit Ledger(const Plan& plan) : plan_(plan), records_(plan.calls.size()) {}

  CallRecord& operator[](size_t call) { return records_[call]; }

  // Something is missing, or a default stands in for it.
  bool partial() const;
  // "ads, items": those calls.
  std::string PartialCalls() const;
  // Appends what an answer tells of them, without the key:
  //
  //   [{"part":"ads","code":14,"reason":"BACKEND_UNAVAILABLE","message":"…"},{"part":"items","index":[0,2],"code":5,…},{"part":"items","more":84}]
  void RenderErrors(Buffer& out) const;
  // The status of a call as that of the request: it tells its part, and `steps` says what was done and what was not
  // tried.
  Status Failed(size_t call, Status status, bool steps) const;
  // "order=done charge=failed ship=untried".
  std::string Describe() const;

 private:
  std::string Names(CallOutcome outcome) const;

  const Plan& plan_;
  std::vector<CallRecord> records_;
};

}  // namespace dragoman::composition
