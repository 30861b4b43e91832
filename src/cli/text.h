#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "transcoding/status.h"

namespace dragoman::cli {

// "1 route", "2 routes".
std::string Counted(size_t count, std::string_view noun);

// By their places: what stands in the configuration, then what stands in .proto files, then what has no column, as it came.
Problems InOrder(Problems problems);

// Each problem in a line of its own, `dragoman.yaml:14:3: unknown key "endpoint"`, in order, and how many they are. Of those that differ in names and
// numbers alone ten, and how many more; `all_shown` says where all are to be seen.
inline constexpr std::string_view kCheckShowsAll = "; check --format json shows all";  // of a configuration file
void PrintProblems(const Problems& problems, std::ostream& to, std::string_view all_shown = {});

// Rows as columns, two blanks between them; the last column is not padded. Widths count code points.
void PrintTable(const std::vector<std::vector<std::string>>& rows, std::ostream& to);

}  // namespace dragoman::cli
