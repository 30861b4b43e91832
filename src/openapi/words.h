#pragma once

#include <string>
#include <string_view>

namespace dragoman::openapi {

// A comment as people read it: without the blank that each line begins with, blank ends, control characters, what is written for linters
// (`(-- … --)` of AIP-192, `buf:lint:ignore …`). CommonMark, as the authors have it. Empty: nothing is left.
std::string Readable(std::string_view comment);

// The first sentence, on one line, at most 200 bytes of it: "By id, or by the full resource name."
std::string FirstSentence(std::string_view readable);

// `more` as a paragraph of its own behind `text`; either may be empty.
void AddParagraph(std::string& text, std::string_view more);

// "get item" for "GetItem": what stands where an author has said nothing.
std::string WordsOf(std::string_view camel_case);

}  // namespace dragoman::openapi
