#include "cli/text.h"

#include <algorithm>
#include <map>

#include "config/scalar.h"
#include "lint/lint.h"

namespace dragoman::cli {
namespace {

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// What problems of one sort share: the words in small letters, without names, numbers and what is quoted.
//
//   shop.v1.Catalog.Get: path template "/v1/{id", column 8: expected '}', got the end → "path template column expected got the end "
std::string SortOf(std::string_view what) {
  std::string sort;
  std::string word;
  bool quoted = false;
  bool plain = true;
  for (const char c : std::string(what.substr(0, what.find('\n'))) + " ") {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ' ') {
      if (plain && !word.empty()) sort.append(word).append(" ");
      word.clear();
      plain = true;
    } else if (c >= 'a' && c <= 'z') {
      word += c;
    } else {
      plain = plain && (c == ',' || c == ':' || c == ';');
    }
  }
  return sort;
}

}  // namespace

std::string Counted(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

Problems InOrder(Problems problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    const auto a_at = config::ParsePosition(a.where);
    const auto b_at = config::ParsePosition(b.where);
    if (!a_at || !b_at) return a_at && !b_at;
    return lint::StandsBefore(*a_at, *b_at);
  });
  return problems;
}

void PrintProblems(const Problems& problems, std::ostream& to, std::string_view all_shown) {
  constexpr size_t kMostOfOneSort = 10;
  struct Group {
    std::string first;  // where
    size_t count = 0;
  };
  std::map<std::string, Group> groups;
  for (const Problem& problem : InOrder(problems)) {
    Group& group = groups[SortOf(problem.what)];
    if (group.count == 0) group.first = problem.where;
    if (++group.count <= kMostOfOneSort) to << problem.where << ": " << problem.what << "\n";
  }
  for (const auto& [sort, group] : groups) {
    if (group.count > kMostOfOneSort) to << "… and " << group.count - kMostOfOneSort << " more like that of " << group.first << all_shown << "\n";
  }
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
