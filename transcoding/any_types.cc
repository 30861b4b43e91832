#include "transcoding/any_types.h"

#include <algorithm>

namespace dragoman::transcoding {
namespace {

constexpr uint32_t kArray = UINT32_MAX;

}  // namespace

const char* AnyTypes::Find(JsonScanner& text, const char* open) {
  const auto offset = static_cast<uint32_t>(open - text.begin());
  if (offset >= scanned_) {
    found_.clear();
    text.MoveTo(open);
    malformed_ = !Scan(text);
    scanned_ = text.offset();
    text.MoveTo(open);
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.open < b.open; });
  }
  const auto found = std::lower_bound(found_.begin(), found_.end(), offset,
                                      [](const Found& entry, uint32_t wanted) { return entry.open < wanted; });
  return found == found_.end() || found->open != offset ? nullptr : text.begin() + found->value;
}

// Follows brackets and strings only: whether everything between them is JSON, the reader will see.
bool AnyTypes::Scan(JsonScanner& text) {
  stack_.clear();
  bool name_expected = false;
  do {
    std::string_view string;
    switch (text.Peek()) {
      case '{':
        stack_.push_back(text.offset());
        name_expected = true;
        text.Advance(1);
        break;
      case '[':
        stack_.push_back(kArray);
        name_expected = false;
        text.Advance(1);
        break;
      case '}':
      case ']':
        if ((stack_.back() == kArray) != (text.Peek() == ']')) return false;
        stack_.pop_back();
        text.Advance(1);
        break;
      case ',':
        name_expected = stack_.back() != kArray;
        text.Advance(1);
        break;
      case '"': {
        if (!text.String(string)) return false;
        const bool names_type = name_expected && string == "@type";
        name_expected = false;
        if (!names_type) break;
        if (!text.Colon()) return false;
        found_.push_back({stack_.back(), text.offset()});
        break;
      }
      default:
        if (text.AtEnd()) return false;
        text.Advance(1);
    }
  } while (!stack_.empty());
  return true;
}

}  // namespace dragoman::transcoding
