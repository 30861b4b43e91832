#pragma once

#include <rapidjson/document.h>

#include <string_view>

#include "auth/identity.h"
#include "config/config.h"
#include "transcoding/buffer.h"

// Texts of an identity: what claims and consumers say, as rules and backends read it.
namespace dragoman::auth {

// True if the JSON value is `text`: a string of these bytes, or a whole number, true or false spelled so.
bool IsText(const rapidjson::Value& value, std::string_view text);

// True if what `value` stands for is `text`, or a list that holds it.
bool Holds(const Identity& identity, const config::IdentityValue& value, std::string_view text);

enum class TextForm {
  kMetadata,  // bytes outside printable ASCII, "%" and, in items, "," as %XX
  kPlain,     // as it is
};

// Appends what `value` stands for; of a list the items, with commas between them. False, with `out` as it was, where the
// identity has no such thing.
bool AppendText(const Identity& identity, const config::IdentityValue& value, Buffer& out,
                TextForm form = TextForm::kMetadata);

}  // namespace dragoman::auth
