#pragma once

#include <optional>
#include <ostream>
#include <string_view>
#include <vector>

#include "lint/lint.h"
#include "transcoding/status.h"

namespace dragoman::cli {

// How `check` says what it found.
enum class FindingsForm {
  kText,    // dragoman.yaml:14:3: warning: … [unused-backend]; of one code ten, and how many more
  kJson,    // {"problems": [{where, file, line, column, message}], "findings": [{code, severity, file, line, column, message}]}
  kGithub,  // ::warning file=dragoman.yaml,line=14,col=3,title=dragoman unused-backend::…
};

// "text", "json", "github".
std::optional<FindingsForm> FindingsFormOf(std::string_view name);

// Both lists, each in order. As text only the findings, under a heading, and what is not told while there are problems; nothing where there are
// neither.
void PrintFindings(const Problems& problems, const std::vector<lint::Finding>& findings, FindingsForm form, std::ostream& out);

}  // namespace dragoman::cli
