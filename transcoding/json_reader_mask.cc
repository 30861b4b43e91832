#include "transcoding/json_reader.h"
#include "transcoding/well_known.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
// A member is a path of the mask, unless it is an object whose own members say more.
bool JsonReader::NoteMember(const FieldPlan& field, Step step) {
  if (step == Step::kFailed) return false;
  if (step == Step::kDropped) return true;
  if (step == Step::kDone) return NotePath(frames_.size(), &field);
  Frame& opened = frames_.back();
  if (opened.kind != FrameKind::kMessage || opened.any) return NotePath(frames_.size() - 1, &field);
  opened.kind = FrameKind::kMaskedMessage;
  opened.field = &field;
  return true;
}

// The path of the object that the first `frames` frames lead to, or of its member `leaf`. That of the outermost object
// is none.
bool JsonReader::NotePath(size_t frames, const FieldPlan* leaf) {
  const auto each_name = [&](auto visit) {
    for (size_t i = 1; i < frames; ++i) visit(std::string_view(frames_[i].field->name));
    if (leaf != nullptr) visit(std::string_view(leaf->name));
  };
  size_t size = 0;
  each_name([&](std::string_view name) { size += name.size() + (size > 0 ? 1 : 0); });
  if (size == 0) return true;
  const size_t begin = mask_->size();
  AppendVarint(*mask_, kMaskPathsTag);
  AppendVarint(*mask_, size);
  const size_t path = mask_->size();
  if (path + size > kLongestMask) {
    mask_->Truncate(begin);
    FailAt(text_.at(), Reason::kInvalidField,
           "the fields up to here make an update mask of more than " + std::to_string(kLongestMask) + " bytes");
    return false;
  }
  each_name([&](std::string_view name) {
    if (mask_->size() > path) mask_->Append('.');
    mask_->Append(name);
  });
  return true;
}

}  // namespace dragoman::transcoding
