#include "reflection/settled.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/listed.h"

namespace dragoman::reflection {
namespace {

constexpr size_t kShownAddresses = 3;
constexpr size_t kShownDigits = 8;  // of a fingerprint

// Those who gave one answer.
struct Party {
  std::shared_ptr<const Descriptors> descriptors;
  std::vector<std::string> addresses;
};

// By fingerprint.
std::map<std::string_view, Party> PartiesOf(const Round& round) {
  std::map<std::string_view, Party> parties;
  for (const Round::Voice& voice : round.voices) {
    if (!voice.descriptors) continue;
    Party& party = parties[voice.descriptors->fingerprint];
    if (!party.descriptors) party.descriptors = voice.descriptors;
    party.addresses.push_back(voice.address);
  }
  return parties;
}

const Party& LargestOf(const std::map<std::string_view, Party>& parties) {
  const auto smaller = [](const auto& a, const auto& b) { return a.second.addresses.size() < b.second.addresses.size(); };
  return std::max_element(parties.begin(), parties.end(), smaller)->second;  // of equals the first
}

// "its addresses describe 2 different schemas: 10.0.0.7:50051 one (12ab34cd); 10.0.0.8:50051 another (56ef78ab)"
std::string Difference(const std::map<std::string_view, Party>& parties) {
  std::string text = "its addresses describe " + std::to_string(parties.size()) + " different schemas: ";
  bool first = true;
  for (const auto& [fingerprint, party] : parties) {
    text += (first ? "" : "; ") + Listed(party.addresses, kShownAddresses) + (first ? " one (" : " another (");
    text += std::string(fingerprint.substr(0, kShownDigits)) + ")";
    first = false;
  }
  return text;
}

}  // namespace

Settled::Verdict Settled::Judge(const Round& round) {
  Verdict verdict = Decide(round);
  verdict.news = verdict.what == Verdict::What::kTaken || before_ != verdict.what;
  before_ = verdict.what;
  return verdict;
}

Settled::Verdict Settled::Decide(const Round& round) {
  using What = Verdict::What;
  const std::map<std::string_view, Party> parties = PartiesOf(round);
  const int rounds = std::exchange(rounds_, 0);
  if (parties.empty()) {
    rounds_ = rounds;  // says nothing against what was awaited
    return {What::kNobody, round.voices.empty() ? "it has no address" : round.voices.front().why};
  }
  if (!latest_ || (parties.size() > 1 && !parties.contains(latest_->fingerprint))) {
    latest_ = LargestOf(parties).descriptors;
    return {What::kTaken, parties.size() > 1 ? Difference(parties) + "; that of most counts" : ""};
  }
  if (parties.size() > 1) return {What::kDiffers, Difference(parties) + "; what was known stays until they agree"};
  const Party& party = parties.begin()->second;
  if (party.descriptors->fingerprint == latest_->fingerprint) return {What::kSame, ""};

  const bool complete = round.everybody && party.addresses.size() == round.voices.size();
  rounds_ = awaited_ == party.descriptors->fingerprint ? rounds + 1 : 1;
  awaited_ = party.descriptors->fingerprint;
  if (!complete && rounds_ < kRounds) {
    return {What::kAwaited, Listed(party.addresses, kShownAddresses) + " has changed, while others did not answer; it counts when " +
                                std::to_string(kRounds) + " rounds in a row have said so"};
  }
  rounds_ = 0;
  latest_ = party.descriptors;
  return {What::kTaken, ""};
}

}  // namespace dragoman::reflection
