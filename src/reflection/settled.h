#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reflection/canonical.h"

namespace dragoman::reflection {

// What the addresses of one backend said in one round.
struct Round {
  struct Voice {
    std::string address;                             // "10.0.0.7:50051"
    std::shared_ptr<const Descriptors> descriptors;  // null: it did not answer
    std::string why;                                 // it did not: `backend "shop": cannot connect to …`
  };
  std::vector<Voice> voices;
  bool everybody = true;  // was asked; else a sample of them
};

// Decides which of several answers counts, so that old and new replicas behind one name do not take turns. Knows no
// network.
//
//   the first round                       the answer that most addresses gave; of equals the one with the smallest fingerprint
//   all gave the one that counts          nothing changes
//   all who answered agree on another     it is taken: at once if everybody was asked and answered, else in the third such
//                                         round in a row
//   they differ                           the one that counts stays, as long as any address still gives it; else as in the
//                                         first round
//   nobody answered                       nothing changes
class Settled {
 public:
  static constexpr int kRounds = 3;  // in a row, where somebody is silent or was not asked

  struct Verdict {
    enum class What {
      kSame,      // nothing changed
      kTaken,     // latest() is another one
      kDiffers,   // the addresses contradict each other, and nothing changed
      kAwaited,   // those that answered agree on another one; whether the others do will show
      kNobody,    // nobody answered
    };
    What what = What::kSame;
    std::string why;    // of kDiffers, kAwaited, kNobody, and of kTaken where not all agree: a sentence for the log
    bool news = false;  // to be told: `what` is not that of the round before, or kTaken
  };

  Verdict Judge(const Round& round);
  // Null before anybody has answered.
  const std::shared_ptr<const Descriptors>& latest() const { return latest_; }

 private:
  Verdict Decide(const Round& round);

  std::shared_ptr<const Descriptors> latest_;
  std::string awaited_;  // the fingerprint on which those who answered agree
  int rounds_ = 0;       // in a row
  std::optional<Verdict::What> before_;
};

}  // namespace dragoman::reflection
