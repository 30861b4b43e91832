#include "rate_limit/limit_key.h"

#include <openssl/evp.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "transcoding/quote.h"

namespace dragoman::rate_limit {
namespace {

using Part = config::LimitKey::Part;
using Digest256 = std::array<unsigned char, 32>;

// What a part of a key is, so that no text of one sort is ever equal to one of another.
enum class Sort : unsigned char {
  kNone,
  kLimit,
  kTier,
  kRpc,
  kLiteral,
  kConsumer,
  kSubject,
  kIpv4,
  kIpv6,
  kText,
  kInteger,
  kUnsigned,
  kBool,
  kHeader,
};

// The bytes of a number, for hashing.
template <typename Number>
std::string_view BytesOf(const Number& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// Each of these calls `add(Sort, std::string_view)` once.
template <typename Add>
void AddAddress(const config::IpAddress& address, Add add) {
  if (address.none()) {
    add(Sort::kNone, {});
  } else if (address.v4()) {
    add(Sort::kIpv4, BytesOf(address.low()));
  } else {
    add(Sort::kIpv6, BytesOf(address.high()));
  }
}

template <typename Add>
void AddConsumer(const Caller& caller, Add add) {
  if (!caller.consumer.empty()) return add(Sort::kConsumer, caller.consumer);
  if (caller.claims != nullptr) {
    if (const std::string_view subject = caller.claims->Text("sub"); !subject.empty())
      return add(Sort::kSubject, subject);
  }
  AddAddress(caller.address, add);
}

template <typename Add>
void AddClaim(const Caller& caller, std::string_view path, Add add) {
  const rapidjson::Value* value = caller.claims != nullptr ? caller.claims->Find(path) : nullptr;
  if (value == nullptr) return add(Sort::kNone, {});
  if (value->IsString()) return add(Sort::kText, {value->GetString(), value->GetStringLength()});
  if (value->IsInt64()) return add(Sort::kInteger, BytesOf(value->GetInt64()));
  if (value->IsUint64()) return add(Sort::kUnsigned, BytesOf(value->GetUint64()));
  if (value->IsBool()) return add(Sort::kBool, value->GetBool() ? "1" : "0");
  add(Sort::kNone, {});
}

template <typename Add>
void AddPart(const config::LimitKey& part, const Caller& caller, Add add) {
  switch (part.part) {
    case Part::kConsumer:
      return AddConsumer(caller, add);
    case Part::kAddress:
      return AddAddress(caller.address, add);
    case Part::kClaim:
      return AddClaim(caller, part.name, add);
    case Part::kHeader: {
      const std::string_view value = caller.head.Find(part.name);
      return add(value.empty() ? Sort::kNone : Sort::kHeader, value);
    }
    case Part::kRpc:
    case Part::kLiteral:
      return;  // hashed at load
  }
}

// What was hashed so far is the key of what follows, so that the parts of a key cannot run into each other.
Hash128 Append(const Hash128& before, Sort sort, std::string_view text) {
  return SipHash({before.high, before.low ^ static_cast<uint64_t>(sort)}, text);
}

Digest256 Append(const Digest256& before, Sort sort, std::string_view text) {
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Digest256 digest;
  if (EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), before.data(), before.size()) != 1 ||
      EVP_DigestUpdate(context.get(), &sort, sizeof sort) != 1 ||
      EVP_DigestUpdate(context.get(), text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    std::abort();  // only without memory
  }
  return digest;
}

}  // namespace

LimitKey::LimitKey(const config::RateLimit& limit, std::string_view tier, std::string_view rpc, const Hash128& secret)
    : seed_(secret), shared_seed_{} {
  const auto add = [this](Sort sort, std::string_view text) {
    seed_ = Append(seed_, sort, text);
    shared_seed_ = Append(shared_seed_, sort, text);
  };
  add(Sort::kLimit, limit.name);
  add(Sort::kTier, tier);
  for (const config::LimitKey& part : limit.key) {
    if (part.part == Part::kRpc) {
      add(Sort::kRpc, rpc);
    } else if (part.part == Part::kLiteral) {
      add(Sort::kLiteral, part.name);
    } else {
      parts_.push_back(&part);
    }
  }
}

Hash128 LimitKey::Hash(const Caller& caller) const {
  Hash128 hash = seed_;
  for (const config::LimitKey* part : parts_) {
    AddPart(*part, caller, [&hash](Sort sort, std::string_view text) { hash = Append(hash, sort, text); });
  }
  return hash;
}

std::string LimitKey::Describe(const Caller& caller, bool (*show)(std::string_view header)) const {
  std::string text;
  for (const config::LimitKey* part : parts_) {
    const std::string name = part->part == Part::kClaim ? "claim " + part->name
                             : part->part == Part::kHeader ? "header " + part->name
                                                           : "";
    const bool shown = part->part != Part::kHeader || show(part->name);
    AddPart(*part, caller, [&](Sort sort, std::string_view value) {
      text += text.empty() ? "" : " and ";
      switch (sort) {
        case Sort::kNone:
          text += name.empty() ? "no address" : "no " + name;
          break;
        case Sort::kConsumer:
          text += "consumer " + transcoding::Quote(value);
          break;
        case Sort::kSubject:
          text += "token subject " + transcoding::Quote(value);
          break;
        case Sort::kIpv4:
        case Sort::kIpv6:
          text += "address " + std::string(caller.address.ToText().view()) + (sort == Sort::kIpv6 ? " by its /64" : "");
          break;
        case Sort::kText:
        case Sort::kHeader:
          text += name + (shown ? " " + transcoding::Quote(value) : "");
          break;
        default:  // of a claim that is no text
          text += name;
      }
    });
  }
  return text;
}

LimitKey::SharedText LimitKey::Digest(const Caller& caller) const {
  Digest256 digest = shared_seed_;
  for (const config::LimitKey* part : parts_) {
    AddPart(*part, caller, [&digest](Sort sort, std::string_view text) { digest = Append(digest, sort, text); });
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  SharedText text;
  for (size_t i = 0; i < text.text_.size(); ++i)
    text.text_[i] = kDigits[i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15];
  return text;
}

}  // namespace dragoman::rate_limit
