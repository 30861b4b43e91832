#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "explain/explain.h"

namespace dragoman::explain {

// A generation of a small shop (fixture.cc has its services), with `more` keys of a configuration.
std::shared_ptr<const Generation> BuildShop(std::string_view more = {});

// What is told of a question; fails the test where it is none.
Explanation Told(const Generation& generation, const Question& question);

// Compares with tests/explain/golden/NAME; UPDATE_GOLDEN=1 in the environment makes the file what `text` is.
std::string GoldenOf(std::string_view name, const std::string& text);

}  // namespace dragoman::explain
