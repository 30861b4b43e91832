#include "cli/findings_text.h"

#include <algorithm>
#include <map>
#include <string>

#include "cli/text.h"
#include "config/scalar.h"
#include "transcoding/buffer.h"
#include "transcoding/json_escape.h"

namespace dragoman::cli {
namespace {

using lint::Finding;
using lint::Severity;

constexpr size_t kMostOfOneCode = 10;

// What depends on problems is looked for once there are none.
void PrintAsText(bool problems, const std::vector<Finding>& findings, std::ostream& out) {
  if (findings.empty()) {
    if (problems) out << "more problems, and findings, may be told once these are mended\n";
    return;
  }
  out << (problems ? "findings:\n" : "\nfindings:\n");
  std::map<std::string_view, size_t> counts;
  size_t warnings = 0;
  for (const Finding& finding : findings) {
    warnings += finding.code->severity == Severity::kWarning ? 1 : 0;
    if (++counts[finding.code->name] > kMostOfOneCode) continue;
    out << finding.where() << ": " << lint::NameOf(finding.code->severity) << ": " << finding.message << " [" << finding.code->name << "]\n";
  }
  for (const auto& [code, count] : counts) {
    if (count > kMostOfOneCode) out << "… and " << count - kMostOfOneCode << " more of " << code << "; --format json shows all\n";
  }
  out << Counted(warnings, "warning") << ", " << Counted(findings.size() - warnings, "note")
      << (problems ? "; more may be told once the problems are mended\n" : "\n");
}

void Append(std::string_view name, std::string_view value, Buffer& json) {
  transcoding::AppendEscaped(name, json);
  json.Append(": ");
  if (!transcoding::AppendEscaped(value, json)) json.Append("\"\"");
}

void AppendPlace(const config::Position& at, Buffer& json) {
  Append("file", at.file, json);
  if (at.line > 0) json.Append(", \"line\": " + std::to_string(at.line) + ", \"column\": " + std::to_string(at.column));
}

// What is not known of a problem's place is left out.
void PrintAsJson(const Problems& problems, const std::vector<Finding>& findings, std::ostream& out) {
  Buffer json;
  std::string_view separator = "\n";
  json.Append("{\"problems\": [");
  for (const Problem& problem : problems) {
    json.Append(separator);
    separator = ",\n";
    json.Append("  {");
    Append("where", problem.where, json);
    if (const auto at = config::ParsePosition(problem.where)) {
      json.Append(", ");
      AppendPlace(*at, json);
    }
    json.Append(", ");
    Append("message", problem.what, json);
    json.Append("}");
  }
  json.Append(problems.empty() ? "],\n \"findings\": [" : "\n ],\n \"findings\": [");
  separator = "\n";
  for (const Finding& finding : findings) {
    json.Append(separator);
    separator = ",\n";
    json.Append("  {");
    Append("code", finding.code->name, json);
    json.Append(", ");
    Append("severity", lint::NameOf(finding.code->severity), json);
    json.Append(", ");
    AppendPlace(finding.at, json);
    json.Append(", ");
    Append("message", finding.message, json);
    json.Append("}");
  }
  json.Append(findings.empty() ? "]}\n" : "\n ]}\n");
  out << json.view();
}

// Workflow commands: in their data `%` and the ends of lines are escaped, in their properties `:` and `,` too.
std::string Escaped(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '\r') {
      escaped += "%0D";
    } else if (c == '\n') {
      escaped += "%0A";
    } else if (property && c == ':') {
      escaped += "%3A";
    } else if (property && c == ',') {
      escaped += "%2C";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

void PrintCommand(std::string_view command, const std::optional<config::Position>& at, std::string_view title, std::string_view message,
                  std::ostream& out) {
  out << "::" << command << " ";
  if (at) {
    out << "file=" << Escaped(at->file, true) << ",";
    if (at->line > 0) out << "line=" << at->line << ",col=" << at->column << ",";
  }
  out << "title=" << Escaped(title, true) << "::" << Escaped(message, false) << "\n";
}

void PrintForGithub(const Problems& problems, const std::vector<Finding>& findings, std::ostream& out) {
  for (const Problem& problem : problems) {
    const auto at = config::ParsePosition(problem.where);
    PrintCommand("error", at, "dragoman", at ? problem.what : problem.where + ": " + problem.what, out);
  }
  for (const Finding& finding : findings) {
    PrintCommand(finding.code->severity == Severity::kWarning ? "warning" : "notice", finding.at, "dragoman " + std::string(finding.code->name),
                 finding.message, out);
  }
}

}  // namespace

std::optional<FindingsForm> FindingsFormOf(std::string_view name) {
  if (name == "text") return FindingsForm::kText;
  if (name == "json") return FindingsForm::kJson;
  if (name == "github") return FindingsForm::kGithub;
  return std::nullopt;
}

void PrintFindings(const Problems& problems, const std::vector<Finding>& findings, FindingsForm form, std::ostream& out) {
  switch (form) {
    case FindingsForm::kText:
      return PrintAsText(!problems.empty(), findings, out);
    case FindingsForm::kJson:
      return PrintAsJson(InOrder(problems), findings, out);
    case FindingsForm::kGithub:
      return PrintForGithub(InOrder(problems), findings, out);
  }
}

}  // namespace dragoman::cli
