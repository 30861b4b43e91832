#include "composition/response_template.h"

#include "composition/answer_builder.h"
#include "composition/answer_selection.h"
#include "composition/answer_writer.h"

namespace dragoman::composition {

void ResponseTemplate::DropSelection::operator()(Selection* selection) const { delete selection; }

std::optional<ResponseTemplate> ResponseTemplate::Compile(const config::Composition& composition, Scope& scope,
                                                          const transcoding::JsonWriteOptions& options,
                                                          const Report& report) {
  ResponseTemplate compiled;
  compiled.answer_ = AnswerBuilder(scope, options, report).Build(composition);
  if (compiled.answer_ == nullptr) return std::nullopt;
  return compiled;
}

CallSet ResponseTemplate::uses(const Selection* selection) const {
  return selection == nullptr ? answer_->root.uses : selection->uses(answer_->root);
}

Result<ResponseTemplate::SelectionPtr> ResponseTemplate::Select(std::string_view fields) const {
  Result<AnswerSelection> selection = AnswerSelection::Select(*answer_, fields);
  if (!selection) return Refuse(std::move(selection.error()));
  return SelectionPtr(new AnswerSelection(*std::move(selection)));
}

Status ResponseTemplate::Render(Bindings& bindings, const Selection* selection, transcoding::JsonCodec& codec,
                                const transcoding::JsonWriteOptions& options, Buffer& out, size_t max_bytes) const {
  return AnswerWriter(bindings, codec, options, max_bytes, out).Write(*answer_, selection);
}

std::vector<ResponseTemplate::Piece> ResponseTemplate::pieces(const Selection* selection) const {
  std::vector<Piece> pieces;
  const auto uses = [selection](const AnswerPart& part) { return selection == nullptr ? part.uses : selection->uses(part); };
  const Selection* const chosen = AnswerSelection::Below(selection, answer_->root);
  for (const AnswerPart& part : answer_->root.parts) {
    if (!AnswerSelection::Has(chosen, part)) continue;
    if (part.form != AnswerPart::Form::kObject) {
      pieces.push_back({.part = &part, .uses = uses(part)});
      continue;
    }
    const Selection* const below = AnswerSelection::Below(chosen, part);
    for (size_t i = 0; i < part.parts.size(); ++i) {
      if (!AnswerSelection::Has(below, part.parts[i])) continue;
      pieces.push_back({.part = &part, .member = i, .uses = below == nullptr ? part.parts[i].uses : below->uses(part.parts[i])});
    }
  }
  return pieces;
}

Status ResponseTemplate::RenderPiece(const Piece& piece, Bindings& bindings, const Selection* selection,
                                     transcoding::JsonCodec& codec, const transcoding::JsonWriteOptions& options,
                                     Buffer& out, size_t max_bytes) const {
  return AnswerWriter(bindings, codec, options, max_bytes, out)
      .WritePiece(*piece.part, piece.member, AnswerSelection::Below(selection, answer_->root));
}

std::vector<std::pair<std::string, std::string>> ResponseTemplate::Describe() const {
  std::vector<std::pair<std::string, std::string>> members;
  for (const AnswerPart& part : answer_->root.parts) DescribeMembers(part, answer_->options, members);
  return members;
}

}  // namespace dragoman::composition
