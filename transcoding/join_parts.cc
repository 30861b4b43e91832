#include "transcoding/join_parts.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <utility>

#include "transcoding/field_forms.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

// A message field that several sources have written a part of, and what each has.
struct Parts {
  const FieldPlan* field;
  boost::container::small_vector<std::string_view, 4> contents;
};

}  // namespace

bool JoinParts(std::string_view wire, const std::vector<FieldSpan>& paths, Buffer& out) {
  std::vector<Parts> parents;  // by number
  for (const FieldSpan path : paths) {
    if (path.size() > 1) parents.push_back({path.front(), {}});
  }
  const auto number = [](const Parts& parts) { return parts.field->number; };
  std::ranges::sort(parents, {}, number);
  parents.erase(std::unique(parents.begin(), parents.end(), [](const Parts& a, const Parts& b) { return a.field == b.field; }), parents.end());
  const auto find = [&](uint32_t tag) -> Parts* {
    const auto found = std::ranges::lower_bound(parents, NumberOf(tag), {}, number);
    return found != parents.end() && found->field->number == NumberOf(tag) ? &*found : nullptr;
  };
  // The codec has written it, so it is well-formed.
  const auto for_each_field = [&](const auto& take) {
    WireCursor cursor(wire);
    uint32_t tag = 0;
    while (!cursor.done()) {
      const char* const begin = cursor.at();
      std::string_view content;
      if (!cursor.ReadTag(tag)) return;
      Parts* const parent = find(tag);
      if (parent == nullptr ? !cursor.Skip(tag) : IsGroup(*parent->field) ? !cursor.ReadGroup(NumberOf(tag), content) : !cursor.ReadLengthDelimited(content)) return;
      take(parent, std::string_view(begin, static_cast<size_t>(cursor.at() - begin)), content);
    }
  };
  for_each_field([](Parts* parent, std::string_view, std::string_view content) {
    if (parent != nullptr) parent->contents.push_back(content);
  });
  if (std::ranges::all_of(parents, [](const Parts& parts) { return parts.contents.size() < 2; })) return false;
  for_each_field([&](const Parts* parent, std::string_view record, std::string_view content) {
    if (parent == nullptr || parent->contents.size() < 2) return out.Append(record);
    if (content.data() != parent->contents.front().data()) return;
    Buffer all;
    for (const std::string_view part : parent->contents) all.Append(part);
    std::vector<FieldSpan> below;
    for (const FieldSpan path : paths) {
      if (path.size() > 1 && path.front() == parent->field) below.push_back(path.subspan(1));
    }
    Buffer joined;
    if (!JoinParts(all.view(), below, joined)) joined = std::move(all);
    const bool group = IsGroup(*parent->field);
    AppendVarint(out, MakeTag(parent->field->number, group ? WireType::kStartGroup : WireType::kLength));
    if (group) {
      out.Append(joined.view());
      AppendVarint(out, MakeTag(parent->field->number, WireType::kEndGroup));
    } else {
      AppendLengthDelimited(out, joined.view());
    }
  });
  return true;
}

}  // namespace dragoman::transcoding
