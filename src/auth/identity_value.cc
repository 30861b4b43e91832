#include "auth/identity_value.h"

#include <charconv>

namespace dragoman::auth {
namespace {

using Of = config::IdentityValue::Of;

constexpr std::string_view kHex = "0123456789ABCDEF";

// What a JSON scalar is spelled like; nothing for null, fractions, lists and objects.
class ScalarText {
 public:
  explicit ScalarText(const rapidjson::Value& value) {
    if (value.IsString()) {
      text_ = {value.GetString(), value.GetStringLength()};
      known_ = true;
    } else if (value.IsBool()) {
      text_ = value.GetBool() ? "true" : "false";
      known_ = true;
    } else if (value.IsInt64()) {
      Spell(value.GetInt64());
    } else if (value.IsUint64()) {
      Spell(value.GetUint64());
    }
  }
  ScalarText(const ScalarText&) = delete;
  ScalarText& operator=(const ScalarText&) = delete;

  bool known() const { return known_; }
  std::string_view view() const { return text_; }

 private:
  template <typename Number>
  void Spell(Number number) {
    text_ = {digits_, static_cast<size_t>(std::to_chars(digits_, digits_ + sizeof digits_, number).ptr - digits_)};
    known_ = true;
  }

  char digits_[24];
  std::string_view text_;
  bool known_ = false;
};

// Of what is no claim; empty: there is none.
std::string_view PlainText(const Identity& identity, Of of) {
  if (of == Of::kScheme) return identity.scheme;
  if (identity.consumer == nullptr) return {};
  switch (of) {
    case Of::kConsumerName:
      return identity.consumer->name;
    case Of::kTenant:
      return identity.consumer->tenant;
    case Of::kTier:
      return identity.consumer->tier;
    default:
      return {};
  }
}

void Append(std::string_view text, bool item, TextForm form, Buffer& out) {
  if (form == TextForm::kPlain) return out.Append(text);
  for (const char c : text) {
    if (c >= 0x20 && c <= 0x7e && c != '%' && !(item && c == ',')) {
      out.Append(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      const char escape[] = {'%', kHex[byte >> 4], kHex[byte & 15]};
      out.Append(std::string_view(escape, sizeof escape));
    }
  }
}

}  // namespace

bool IsText(const rapidjson::Value& value, std::string_view text) {
  const ScalarText spelled(value);
  return spelled.known() && spelled.view() == text;
}

bool Holds(const Identity& identity, const config::IdentityValue& value, std::string_view text) {
  if (value.of != Of::kClaim) {
    const std::string_view plain = PlainText(identity, value.of);
    return !plain.empty() && plain == text;
  }
  const rapidjson::Value* claim = identity.claims ? identity.claims->Find(value.claim) : nullptr;
  if (claim == nullptr) return false;
  if (!claim->IsArray()) return IsText(*claim, text);
  for (const rapidjson::Value& item : claim->GetArray()) {
    if (IsText(item, text)) return true;
  }
  return false;
}

bool AppendText(const Identity& identity, const config::IdentityValue& value, Buffer& out, TextForm form) {
  if (value.of != Of::kClaim) {
    const std::string_view plain = PlainText(identity, value.of);
    Append(plain, false, form, out);
    return !plain.empty();
  }
  const rapidjson::Value* claim = identity.claims ? identity.claims->Find(value.claim) : nullptr;
  if (claim == nullptr) return false;
  if (!claim->IsArray()) {
    const ScalarText spelled(*claim);
    Append(spelled.view(), false, form, out);
    return spelled.known();
  }
  bool any = false;
  for (const rapidjson::Value& item : claim->GetArray()) {
    const ScalarText spelled(item);
    if (!spelled.known()) continue;
    if (std::exchange(any, true)) out.Append(',');
    Append(spelled.view(), true, form, out);
  }
  return any;
}

}  // namespace dragoman::auth
