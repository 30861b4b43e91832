#pragma once

#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "transcoding/buffer.h"

namespace dragoman::jose {

enum class JsonFault : uint8_t { kNone, kNoObject, kTooDeep, kNoUtf8, kRepeatedName };

// "is no JSON object", "nests too deeply", …: what follows the name of the text.
std::string_view TextOf(JsonFault fault);

// A JSON object with the memory that it stands in. Strings lie in a copy of the text, so that it costs little more than
// its bytes.
//
// Refused: what is no object, bytes or escapes that are no UTF-8, nesting over the bound, NULs.
// Cost: one pass; the stack that parsing uses is bounded by the depth.
class StrictJson {
 public:
  StrictJson() = default;
  StrictJson(const StrictJson&) = delete;
  StrictJson& operator=(const StrictJson&) = delete;

  // Once only. `max_depth`: levels of objects and arrays, the outermost included.
  JsonFault Parse(std::string_view text, size_t max_depth);

  const rapidjson::Value& root() const { return document_; }
  size_t memory() const { return text_.capacity() + memory_.Capacity(); }  // bytes

 private:
  static constexpr size_t kChunk = 512;  // bytes by which the tree's memory grows

  Buffer text_;
  rapidjson::MemoryPoolAllocator<> memory_{kChunk};
  rapidjson::Document document_{&memory_};
};

// True where any object in `value` has a name twice.
bool HasRepeatedNames(const rapidjson::Value& value);

inline std::string_view TextOf(const rapidjson::Value& text) { return {text.GetString(), text.GetStringLength()}; }

// The member of that name; null if `object` is no object or has none.
const rapidjson::Value* FindMember(const rapidjson::Value& object, std::string_view name);

}  // namespace dragoman::jose
