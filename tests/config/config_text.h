#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace dragoman::config {

inline constexpr std::string_view kBase =
    "descriptors: [{file: a.pb}]\n"
    "services: [{name: \"*\", backend: a}]\n";  // what is tried begins in line 3

// A configuration "d.yaml" with nothing but what is needed, and `more`, which begins in line 3.
inline std::string With(std::string_view more, std::string_view backends = "{a: {endpoints: [a:1]}}") {
  return std::string(kBase) + std::string(more) + "\nbackends: " + std::string(backends) + "\n";
}

// "d.yaml:3:9: unknown key …", each.
inline std::vector<std::string> ProblemsOf(const std::string& text) {
  std::vector<std::string> lines;
  const auto config = LoadText("d.yaml", text);
  if (config) return lines;
  for (const Problem& problem : config.error()) lines.push_back(problem.where + ": " + problem.what);
  return lines;
}

}  // namespace dragoman::config
