#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/yaml.h"

namespace dragoman::config {

// A YAML (or JSON) text in the one form that `dragoman fmt` writes: two columns a level, one blank behind `,` and none within
// brackets, two before a comment at least, at most one blank line, lines that end in a line feed. Values and comments that stand below each other in a column
// stay so.
//
//   listeners:                            listeners:
//   -   address: 127.0.0.1:8080 # here      - address: 127.0.0.1:8080 # here
//   backends:  { a: {endpoints: ["a:1"] } }  backends: {a: {endpoints: ["a:1"]}}
//
// Lines, their order, quotes, numbers and comments stay. Formatting the result changes nothing.
// Errors: what ParseYaml refuses; what is not laid out (yaml_layout.h); a text whose meaning would not be the same, which is looked at each time, at
// the first value or comment that would be another.
tl::expected<std::string, YamlProblem> FormatYaml(std::string_view text);

}  // namespace dragoman::config
