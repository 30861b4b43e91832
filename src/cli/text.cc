#include "cli/text.h"

#include <algorithm>

namespace dragoman::cli {
namespace {

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string Counted(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

void PrintProblems(const Problems& problems, std::ostream& to) {
  for (const Problem& problem : problems) to << problem.where << ": " << problem.what << "\n";
  to << Counted(problems.size(), "problem") << "\n";
}

void PrintTable(const std::vector<std::vector<std::string>>& rows, std::ostream& to) {
  std::vector<size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      to << row[i];
      if (i + 1 < row.size()) to << std::string(widths[i] - WidthOf(row[i]) + 2, ' ');
    }
    to << "\n";
  }
}

}  // namespace dragoman::cli
