#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "explain/explanation.h"

namespace dragoman {
struct Generation;
}

// The door of this folder: what would become of a request, and why, without sending it.
namespace dragoman::explain {

// Asks the stages that serve requests, one after the other, without a backend and without leaving a trace: nothing is
// counted, charged or banned, and nobody else is asked. Where a stage refuses, those behind it are told as if it had
// not, as far as they make sense.
//
// Errors, for whoever asks: what no HTTP request can be, a line break in a header; an address that is none.
// Threads: any, each call by itself.   Cost: milliseconds; with a password, that of its hash. It blocks.
tl::expected<Explanation, std::string> Explain(const Generation& generation, const Question& question);

enum class Color { kNone, kTerminal };

// For people, in sections; ends with a line's end.
std::string RenderText(const Explanation& explanation, Color color = Color::kNone);

// For machines: README.md has the shape. These end with a line's end.
std::string RenderJson(const Explanation& explanation);
std::string RenderJson(const Question& question);
// Errors: "line 2, column 7: …" for what is no JSON, else which member is not what was expected.
tl::expected<Explanation, std::string> ReadExplanation(std::string_view json);
tl::expected<Question, std::string> ReadQuestion(std::string_view json);

}  // namespace dragoman::explain
