#include "coding/coding.h"

#include <algorithm>
#include <utility>

namespace dragoman::coding {
namespace {

constexpr std::pair<std::string_view, Coding> kNames[] = {{"identity", Coding::kIdentity},
                                                          {"gzip", Coding::kGzip},
                                                          {"deflate", Coding::kDeflate},
                                                          {"br", Coding::kBrotli},
                                                          {"x-gzip", Coding::kGzip}};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view NameOf(Coding coding) {
  for (const auto& [name, named] : kNames) {
    if (named == coding) return name;
  }
  return {};
}

std::optional<Coding> CodingOf(std::string_view name) {
  for (const auto& [known, coding] : kNames) {
    if (std::equal(name.begin(), name.end(), known.begin(), known.end(), [](char a, char b) { return Lower(a) == b; }))
      return coding;
  }
  return std::nullopt;
}

}  // namespace dragoman::coding
