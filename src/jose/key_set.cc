#include "jose/key_set.h"

#include <algorithm>
#include <utility>

#include "jose/strict_json.h"
#include "transcoding/quote.h"

namespace dragoman::jose {
namespace {

// `key 2`, `key 2 ("2026-11")`; counted from 1.
std::string NameOf(const rapidjson::Value& key, size_t number) {
  std::string name = "key " + std::to_string(number);
  const rapidjson::Value* kid = FindMember(key, "kid");
  if (kid != nullptr && kid->IsString()) name += " (" + transcoding::Quote(TextOf(*kid)) + ")";
  return name;
}

}  // namespace

tl::expected<KeySet, std::string> KeySet::Parse(std::string_view json) {
  if (json.size() > kMaxBytes) {
    return tl::unexpected("the key set has more than " + std::to_string(kMaxBytes >> 10) + " KiB");
  }
  StrictJson document;
  if (const JsonFault fault = document.Parse(json, kMaxDepth); fault != JsonFault::kNone) {
    return tl::unexpected("the key set " + std::string(TextOf(fault)));
  }
  const rapidjson::Value* keys = nullptr;
  for (auto member = document.root().MemberBegin(); member != document.root().MemberEnd(); ++member) {
    if (TextOf(member->name) != "keys") continue;
    if (keys != nullptr) return tl::unexpected(std::string("the key set has \"keys\" twice"));
    keys = &member->value;
  }
  if (keys == nullptr || !keys->IsArray()) return tl::unexpected(std::string("the key set has no list \"keys\""));
  if (keys->Size() > kMaxKeys) {
    return tl::unexpected("the key set has more than " + std::to_string(kMaxKeys) + " keys");
  }
  KeySet set;
  for (rapidjson::SizeType i = 0; i < keys->Size(); ++i) {
    auto key = Key::FromJwk((*keys)[i]);
    if (key) {
      set.keys_.push_back(*std::move(key));
    } else if (key.error().foreign) {
      ++set.foreign_;
    } else {
      set.problems_.push_back(NameOf((*keys)[i], i + 1) + ": " + key.error().what);
    }
  }
  return set;
}

KeySet KeySet::Serving(AlgorithmSet algorithms) const {
  KeySet set = *this;
  std::erase_if(set.keys_, [&](const auto& key) { return (key->algorithms() & algorithms).empty(); });
  set.foreign_ += keys_.size() - set.keys_.size();
  return set;
}

bool KeySet::Has(const Key& key) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const auto& mine) { return mine->fingerprint() == key.fingerprint(); });
}

}  // namespace dragoman::jose
