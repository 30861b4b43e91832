#include "auth/verified_tokens.h"

#include <cstring>
#include <utility>

namespace dragoman::auth {

// The end of a token is the end of a signature: as good as random.
size_t VerifiedTokens::TailHash::operator()(std::string_view token) const {
  uint64_t tail[2] = {0, token.size()};
  const size_t size = token.size() < sizeof tail ? token.size() : sizeof tail;
  std::memcpy(tail, token.data() + token.size() - size, size);
  const uint64_t mixed = (tail[0] ^ (tail[1] * 0x9E3779B97F4A7C15)) * 0xC2B2AE3D27D4EB4F;
  return mixed ^ (mixed >> 32);
}

VerifiedTokens::Entry* VerifiedTokens::Find(std::string_view token) {
  const auto found = entries_.find(token);
  if (found == entries_.end()) return nullptr;
  Entry& entry = *found->second;
  if (&entry != &used_.front()) {
    used_.erase(used_.iterator_to(entry));
    used_.push_front(entry);
  }
  return &entry;
}

void VerifiedTokens::Add(std::string_view token, const JwtProvider& provider, const jose::Verified& verified,
                         uint64_t keys_version) {
  auto entry = std::make_unique<Entry>();
  entry->bytes = sizeof(Entry) + token.size() + verified.claims->memory();
  if (max_entries_ == 0 || entry->bytes > max_bytes_) return;
  if (Entry* old = Find(token)) Remove(*old);
  while (entries_.size() >= max_entries_ || bytes_ + entry->bytes > max_bytes_) Remove(used_.back());
  entry->token = token;
  entry->provider = &provider;
  entry->claims = verified.claims;
  entry->key = verified.key;
  entry->keys_version = keys_version;
  entry->validity = jose::ValidityOf(*verified.claims, provider.rules.leeway);
  bytes_ += entry->bytes;
  used_.push_front(*entry);
  const std::string_view name = entry->token;
  entries_.emplace(name, std::move(entry));
}

void VerifiedTokens::Remove(Entry& entry) {
  bytes_ -= entry.bytes;
  used_.erase(used_.iterator_to(entry));
  entries_.erase(entries_.find(entry.token));
}

const std::string& VerifiedTokens::UnverifiedIssuerOf(std::string_view token) {
  if (looked_at_ != token) {
    looked_at_ = token.substr(0, jose::Token::kMaxBytes + 1);
    issuer_of_it_ = jose::UnverifiedIssuer(token);
  }
  return issuer_of_it_;
}

}  // namespace dragoman::auth
