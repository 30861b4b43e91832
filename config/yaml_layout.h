#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml.h"

namespace dragoman::config {

// A comment of a YAML text.
struct YamlComment {
  int line = 1;
  int column = 1;
  int subject = 0;   // the line that it speaks of: its own, or the next one with content where it stands alone; 0: there is none
  std::string text;  // with its `#`
};

// What is wrong where one does.
inline constexpr std::string_view kTabIndents = "tabs cannot indent YAML: use spaces";

// One pass over a YAML text that ParseYaml takes: where its lines belong, and which comments there are.
//
//   YamlLayout layout(text);
//   layout.text()       the same lines in canonical indentation and spacing
//   layout.comments()
//
// Of a text that is no YAML the problem may help, and nothing else; it is safe to ask.
//
// Lines stay lines and keep their order; what is set anew is what stands at their begin and between their tokens. What may stand in
// columns stays so: values behind a key in block style, comments behind lines, the lines of a scalar below each other; all of them move with
// their lines. Whether the result means the same is the caller's to check (format.h).
class YamlLayout {
 public:
  explicit YamlLayout(std::string_view text);

  const std::string& text() const { return out_; }
  const std::vector<YamlComment>& comments() const { return comments_; }
  // What this does not lay out: a complex key (`? a`), a tab that indents, content beside `---`, a carriage return that ends no line.
  const std::optional<YamlProblem>& problem() const { return problem_; }

 private:
  // An open mapping or list in block style: the column at which its keys or dashes stood, and at which they stand now.
  struct Level {
    bool list = false;
    int was = 0;
    int is = 0;
  };
  // An open mapping or list in flow style.
  struct Bracket {
    int column = 0;       // where it stands now
    bool hangs = false;   // nothing followed it on its line
    int line_indent = 0;  // of that line
  };
  // A line of its own that waits for the next line with content, which decides where it stands.
  struct Waiting {
    bool blank_before = false;
    int column = 0;
    std::string text;
  };
  // A comment behind a line of out_, or one that goes on below such a comment.
  struct Trailing {
    size_t at = 0;  // in out_: the end of its line
    int was = 0;    // its column
    int shift = 0;  // by how many columns its line moved
    std::string text;
  };
  // A scalar that began with `|` or `>`.
  struct BlockText {
    int parent_was = 0;
    int parent_is = 0;
    std::optional<int> was;  // the column of its text; nothing: its first line says so
    int is = 0;
    bool keeps_end = false;  // `+`: blank lines behind it are part of it
  };
  enum class Last { kNothing, kOpen, kClose, kComma, kColon, kScalar, kQuoted, kAlias };

  void TakeLine(std::string_view line);
  bool TakeBlockText(std::string_view line);
  void TakeComment(std::string_view text, int column);
  void TakeMarker(std::string_view text);
  void TakeContent(std::string_view text, int column);
  void TakeKeyOrValue(std::string_view text, int column, bool first, const std::vector<Level>& before);
  void TakeValue(std::string_view text, int column, int parent_was);
  void TakeBlockHeader(std::string_view text, int column, int parent_was);
  void ContinueFlow(std::string_view text, int column);
  void ContinuePlain(std::string_view text, int column);
  // Reads flow tokens from `text`, whose first byte stood at `column`, until the outermost bracket closes or the line ends.
  void TakeFlow(std::string_view text, int column);
  // Reads on in a quoted scalar; returns how many bytes of `text` belong to it.
  size_t TakeQuoted(std::string_view text);
  // What may follow a value: nothing or a comment.
  void TakeRest(std::string_view text, int column);

  void Put(std::string_view token, Last kind);
  void AppendComment(std::string_view text, int column);
  // Puts them behind their lines: those that stood below each other in one column, else each as far from its line as it was.
  void PlaceTrailing();
  void BeginLine(int indent, int column);  // that stood at `column`
  void ContinueLine(int column);           // of a scalar
  void EndLine();
  // Places the waiting comments and blank lines before a line that stood at `was` and stands at `is`; `was` -1: the end.
  void PlaceWaiting(int was, int is, const std::vector<Level>& levels);
  // The comments that wait for it speak of the line that is read.
  void NameSubjects();
  int FlowIndent(bool closes) const;
  void Stop(int column, std::string what);

  std::string out_;
  std::string line_;
  std::vector<YamlComment> comments_;
  std::optional<YamlProblem> problem_;
  int number_ = 0;  // of the line that is read
  int blanks_ = 0;  // lines just before it
  std::vector<Level> levels_;
  std::vector<Bracket> brackets_;
  size_t new_brackets_ = 0;  // of brackets_: those that were open when the line began
  std::vector<Waiting> waiting_;
  std::optional<BlockText> block_text_;
  static constexpr int kAnywhere = 1 << 20;
  int most_is_ = kAnywhere;  // behind a block text: where a comment may stand at most, or it would be part of it
  int block_blanks_ = 0;
  char quote_ = 0;  // of the quoted scalar that goes on
  bool plain_ = false;  // a plain scalar may go on
  int plain_parent_ = -1;
  int shift_ = 0;          // by how many columns the line moved that was last begun
  std::vector<Trailing> trailing_;
  bool has_trailing_ = false;  // the line that is read: the last of them
  int trailing_was_ = -1;      // the column of the comment that ended the line before
  Last last_ = Last::kNothing;
};

}  // namespace dragoman::config
