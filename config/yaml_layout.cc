#include "config/yaml_layout.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dragoman::config {
namespace {

constexpr int kStep = 2;            // columns of a level
constexpr int kBeforeComment = 2;  // blanks, at least
constexpr std::string_view kBlanks = " \t";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view TrimRight(std::string_view text) { return text.substr(0, text.find_last_not_of(kBlanks) + 1); }

size_t SkipBlanks(std::string_view text, size_t at) { return std::min(text.find_first_not_of(kBlanks, at), text.size()); }

// Columns that a text takes: code points.
int WidthOf(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool EndsWord(std::string_view text, size_t at) { return at >= text.size() || IsBlank(text[at]); }

bool IsFlowMark(char c) { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}'; }

bool IsDash(std::string_view text) { return text.starts_with('-') && EndsWord(text, 1); }

// One past the quote that closes the scalar which is open at `at`; npos: it goes on in the next line.
size_t FindQuoteEnd(std::string_view text, size_t at, char quote) {
  for (; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

// Where a comment begins: a `#` at the begin or behind a blank.
size_t FindComment(std::string_view text) {
  for (size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
    if (at == 0 || IsBlank(text[at - 1])) return at;
  }
  return text.size();
}

// Behind anchors and tags.
size_t SkipProperties(std::string_view text) {
  size_t at = 0;
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) at = SkipBlanks(text, std::min(text.find_first_of(kBlanks, at), text.size()));
  return at;
}

// The colon behind the key that a line in block style begins with; npos: it has none.
size_t FindColon(std::string_view text) {
  size_t at = SkipProperties(text);
  if (at >= text.size()) return std::string_view::npos;
  const char first = text[at];
  if (first == '[' || first == '{' || first == '|' || first == '>' || first == '#') return std::string_view::npos;
  if (first == '"' || first == '\'') {
    at = FindQuoteEnd(text, at + 1, first);
    if (at == std::string_view::npos) return at;
    at = SkipBlanks(text, at);
    return at < text.size() && text[at] == ':' && EndsWord(text, at + 1) ? at : std::string_view::npos;
  }
  const size_t end = FindComment(text);
  for (at = text.find(':', at); at < end; at = text.find(':', at + 1)) {
    if (EndsWord(text, at + 1)) return at;
  }
  return std::string_view::npos;
}

}  // namespace

YamlLayout::YamlLayout(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && !problem_) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number_;
    TakeLine(line);
  }
  if (block_text_ && block_text_->keeps_end) out_.append(static_cast<size_t>(block_blanks_), '\n');
  PlaceWaiting(-1, 0, levels_);
  PlaceTrailing();
}

void YamlLayout::TakeLine(std::string_view line) {
  if (const size_t at = line.find('\r'); at != std::string_view::npos) return Stop(static_cast<int>(at), "a carriage return that ends no line");
  if (block_text_ && TakeBlockText(line)) return;
  const size_t begin = SkipBlanks(line, 0);
  const int column = static_cast<int>(begin);
  if (quote_ != 0) {
    if (begin == line.size()) {
      out_.push_back('\n');  // a line's end of the scalar's
      return;
    }
    ContinueLine(column);
    const std::string_view text = line.substr(begin);
    const size_t taken = TakeQuoted(text);
    if (!brackets_.empty()) {
      TakeFlow(text.substr(taken), column + WidthOf(text.substr(0, taken)));
    } else if (quote_ == 0) {
      TakeRest(text.substr(taken), column + WidthOf(text.substr(0, taken)));
    }
    return EndLine();
  }
  if (begin == line.size()) {
    ++blanks_;
    return;
  }
  const std::string_view text = TrimRight(line.substr(begin));
  if (text.front() == '#') return TakeComment(text, column);
  if (!brackets_.empty()) return ContinueFlow(text, column);
  if (const size_t tab = line.substr(0, begin).find('\t'); tab != std::string_view::npos) return Stop(static_cast<int>(tab), std::string(kTabIndents));
  if (column == 0 && (text.starts_with('%') || ((text.starts_with("---") || text.starts_with("...")) && EndsWord(text, 3)))) return TakeMarker(text);
  if (plain_ && column > plain_parent_) return ContinuePlain(text, column);
  plain_ = false;
  TakeContent(text, column);
}

// Spec: YAML 1.2.2, 8.1.
bool YamlLayout::TakeBlockText(std::string_view line) {
  BlockText& scalar = *block_text_;
  const size_t indent = std::min(line.find_first_not_of(' '), line.size());
  const bool blank = SkipBlanks(line, 0) == line.size();
  if (blank && (!scalar.was || line.size() <= static_cast<size_t>(*scalar.was))) {
    ++block_blanks_;
    return true;
  }
  if (!scalar.was && static_cast<int>(indent) > scalar.parent_was) scalar.was = static_cast<int>(indent);
  if (!scalar.was || indent < static_cast<size_t>(*scalar.was)) {
    if (scalar.keeps_end) {
      out_.append(static_cast<size_t>(block_blanks_), '\n');
    } else {
      blanks_ += block_blanks_;
    }
    block_blanks_ = 0;
    most_is_ = scalar.parent_is;
    block_text_.reset();
    return false;
  }
  out_.append(static_cast<size_t>(block_blanks_), '\n');
  block_blanks_ = 0;
  out_.append(static_cast<size_t>(scalar.is), ' ').append(line.substr(static_cast<size_t>(*scalar.was))).push_back('\n');
  return true;
}

void YamlLayout::TakeComment(std::string_view text, int column) {
  plain_ = false;
  comments_.push_back({.line = number_, .column = column + 1, .text = std::string(text)});
  const bool aligned = waiting_.empty() && blanks_ == 0 && trailing_was_ == column;
  if (brackets_.empty() && !aligned) {
    waiting_.push_back({.blank_before = blanks_ > 0, .column = column, .text = std::string(text)});
    blanks_ = 0;
    return;
  }
  if (aligned) {
    trailing_.push_back({.at = out_.size(), .was = column, .shift = shift_, .text = std::string(text)});
    return out_.push_back('\n');
  }
  if (blanks_ > 0) out_.push_back('\n');
  blanks_ = 0;
  out_.append(static_cast<size_t>(FlowIndent(false)), ' ').append(text).push_back('\n');
}

void YamlLayout::TakeMarker(std::string_view text) {
  const size_t rest = SkipBlanks(text, 3);
  if (!text.starts_with('%') && rest < text.size() && text[rest] != '#') return Stop(static_cast<int>(rest), "expected nothing behind " + std::string(text.substr(0, 3)) + " on its line");
  plain_ = false;
  PlaceWaiting(0, 0, levels_);
  levels_.clear();
  if (!text.starts_with('%') && rest < text.size()) comments_.push_back({number_, static_cast<int>(rest) + 1, number_, std::string(text.substr(rest))});
  out_.append(text).push_back('\n');
}

void YamlLayout::TakeContent(std::string_view text, int column) {
  const std::vector<Level> before = waiting_.empty() ? std::vector<Level>() : levels_;
  const std::vector<Level>& seen = waiting_.empty() ? levels_ : before;
  while (!levels_.empty() && levels_.back().was > column) levels_.pop_back();
  bool first = true;
  while (IsDash(text)) {
    if (levels_.empty() || !levels_.back().list || levels_.back().was != column) {
      levels_.push_back({.list = true, .was = column, .is = levels_.empty() ? 0 : levels_.back().is + kStep});
    }
    if (first) {
      PlaceWaiting(column, levels_.back().is, seen);
      BeginLine(levels_.back().is, column);
      line_ += '-';
    } else {
      line_ += " -";
    }
    first = false;
    const size_t next = SkipBlanks(text, 1);
    column += static_cast<int>(next);
    text.remove_prefix(next);
    if (text.empty()) return EndLine();
    if (text.front() == '#') {
      AppendComment(text, column);
      return EndLine();
    }
  }
  TakeKeyOrValue(text, column, first, seen);
  EndLine();
}

void YamlLayout::TakeKeyOrValue(std::string_view text, int column, bool first, const std::vector<Level>& before) {
  if (text.starts_with('?') && EndsWord(text, 1)) return Stop(column, "a complex key (`?`) is not formatted");
  const size_t colon = FindColon(text);
  if (colon != std::string_view::npos) {
    if (first && !levels_.empty() && levels_.back().list && levels_.back().was == column) levels_.pop_back();
    if (levels_.empty() || levels_.back().list || levels_.back().was != column) {
      levels_.push_back({.list = false, .was = column, .is = levels_.empty() ? 0 : levels_.back().is + kStep});
    }
  }
  const int is = colon != std::string_view::npos ? levels_.back().is : (levels_.empty() ? 0 : levels_.back().is + kStep);
  if (first) {
    PlaceWaiting(column, is, before);
    BeginLine(is, column);
  } else {
    line_ += ' ';
  }
  if (colon == std::string_view::npos) return TakeValue(text, column, levels_.empty() ? -1 : levels_.back().was);
  const std::string_view key = TrimRight(text.substr(0, colon));
  line_.append(key).append(key.starts_with('*') ? " :" : ":");
  const size_t value = SkipBlanks(text, colon + 1);
  if (value == text.size()) return;
  if (text[value] != '#') line_.append(std::max<size_t>(value - colon - 1, 1), ' ');
  TakeValue(text.substr(value), column + WidthOf(text.substr(0, value)), levels_.back().was);
}

void YamlLayout::TakeValue(std::string_view text, int column, int parent_was) {
  const size_t begin = SkipProperties(text);
  if (begin > 0) {
    std::string_view properties = TrimRight(text.substr(0, begin));
    for (size_t at = 0; at < properties.size();) {
      const size_t end = std::min(properties.find_first_of(kBlanks, at), properties.size());
      line_.append(at == 0 ? "" : " ").append(properties.substr(at, end - at));
      at = SkipBlanks(properties, end);
    }
    column += WidthOf(text.substr(0, begin));
    text.remove_prefix(begin);
    if (text.empty()) return;
    if (text.front() != '#') line_ += ' ';
  }
  switch (text.front()) {
    case '#':
      return AppendComment(text, column);
    case '|':
    case '>':
      return TakeBlockHeader(text, column, parent_was);
    case '[':
    case '{':
      last_ = Last::kNothing;
      return TakeFlow(text, column);
    case '"':
    case '\'': {
      const size_t taken = TakeQuoted(text);
      if (quote_ == 0) TakeRest(text.substr(taken), column + WidthOf(text.substr(0, taken)));
      return;
    }
    default: {
      const size_t comment = FindComment(text);
      line_ += TrimRight(text.substr(0, comment));
      plain_ = comment == text.size() && text.front() != '*';
      plain_parent_ = parent_was;
      if (comment < text.size()) AppendComment(text.substr(comment), column + WidthOf(text.substr(0, comment)));
    }
  }
}

// `|`, `>-`, `|2+`
void YamlLayout::TakeBlockHeader(std::string_view text, int column, int parent_was) {
  const size_t end = std::min(text.find_first_of(kBlanks), text.size());
  const std::string_view header = text.substr(0, end);
  const int parent_is = levels_.empty() ? 0 : levels_.back().is;
  BlockText scalar{.parent_was = parent_was, .parent_is = parent_is, .was = {}, .is = parent_is + kStep};
  for (const char c : header) {
    if (c == '+') scalar.keeps_end = true;
    const bool indents = c >= '1' && c <= '9';  // its text, which may begin with blanks
    if (indents) scalar.was = std::max(parent_was, 0) + (c - '0');
    line_ += indents ? static_cast<char>('0' + kStep) : c;
  }
  block_text_ = scalar;
  TakeRest(text.substr(end), column + WidthOf(header));
}

void YamlLayout::ContinueFlow(std::string_view text, int column) {
  NameSubjects();
  if (blanks_ > 0) out_.push_back('\n');
  blanks_ = 0;
  BeginLine(FlowIndent(text.front() == ']' || text.front() == '}'), column);
  TakeFlow(text, column);
  EndLine();
}

void YamlLayout::ContinuePlain(std::string_view text, int column) {
  out_.append(static_cast<size_t>(blanks_), '\n');  // line ends of the scalar's
  blanks_ = 0;
  ContinueLine(column);
  const size_t comment = FindComment(text);
  line_ += TrimRight(text.substr(0, comment));
  if (comment < text.size()) {
    plain_ = false;
    AppendComment(text.substr(comment), column + WidthOf(text.substr(0, comment)));
  }
  EndLine();
}

void YamlLayout::TakeFlow(std::string_view text, int column) {
  size_t at = 0;
  while (true) {
    at = SkipBlanks(text, at);
    if (at >= text.size()) return;
    const char c = text[at];
    if (brackets_.empty() && last_ == Last::kClose) return TakeRest(text.substr(at), column + WidthOf(text.substr(0, at)));
    if (c == '#' && (at == 0 || IsBlank(text[at - 1]))) return AppendComment(text.substr(at), column + WidthOf(text.substr(0, at)));
    const bool colon = c == ':' && (at + 1 >= text.size() || IsBlank(text[at + 1]) || IsFlowMark(text[at + 1]) ||
                                    last_ == Last::kQuoted || last_ == Last::kClose);
    if (c == '[' || c == '{') {
      Put(text.substr(at, 1), Last::kOpen);
      brackets_.push_back({.column = WidthOf(line_) - 1});
      ++at;
    } else if (c == ']' || c == '}') {
      Put(text.substr(at, 1), Last::kClose);
      if (!brackets_.empty()) brackets_.pop_back();
      new_brackets_ = std::min(new_brackets_, brackets_.size());
      ++at;
    } else if (c == ',' || colon) {
      Put(text.substr(at, 1), c == ',' ? Last::kComma : Last::kColon);
      ++at;
    } else if (c == '"' || c == '\'') {
      Put({}, Last::kQuoted);
      at += TakeQuoted(text.substr(at));
      if (quote_ != 0) return;
    } else {
      size_t end = at + 1;
      const bool word = c == '*' || c == '&' || c == '!';
      for (; end < text.size() && !IsFlowMark(text[end]); ++end) {
        if (word && IsBlank(text[end])) break;
        if (text[end] == '#' && IsBlank(text[end - 1])) break;
        if (text[end] == ':' && !word && (end + 1 >= text.size() || IsBlank(text[end + 1]) || IsFlowMark(text[end + 1]))) break;
      }
      Put(TrimRight(text.substr(at, end - at)), c == '*' ? Last::kAlias : Last::kScalar);
      at = end;
    }
  }
}

size_t YamlLayout::TakeQuoted(std::string_view text) {
  const bool begins = quote_ == 0;
  const char quote = begins ? text.front() : quote_;
  const size_t end = FindQuoteEnd(text, begins ? 1 : 0, quote);
  quote_ = end == std::string_view::npos ? quote : '\0';
  const size_t taken = std::min(end, text.size());
  line_ += text.substr(0, taken);
  last_ = Last::kQuoted;
  return taken;
}

void YamlLayout::TakeRest(std::string_view text, int column) {
  const size_t at = SkipBlanks(text, 0);
  if (at == text.size()) return;
  column += static_cast<int>(at);
  text.remove_prefix(at);
  if (text.front() == '#') return AppendComment(text, column);
  line_.append(" ").append(TrimRight(text));
}

void YamlLayout::Put(std::string_view token, Last kind) {
  bool blank = last_ != Last::kNothing && last_ != Last::kOpen;
  if (kind == Last::kClose || kind == Last::kComma || (kind == Last::kColon && last_ != Last::kAlias)) blank = false;
  if (blank) line_ += ' ';
  line_ += token;
  last_ = kind;
}

void YamlLayout::AppendComment(std::string_view text, int column) {
  text = TrimRight(text);
  comments_.push_back({number_, column + 1, number_, std::string(text)});
  trailing_.push_back({.at = 0, .was = column, .shift = shift_, .text = std::string(text)});
  has_trailing_ = true;
  trailing_was_ = column;
}

void YamlLayout::PlaceTrailing() {
  const std::string lines = std::move(out_);
  out_.clear();
  size_t from = 0;
  for (auto first = trailing_.begin(); first != trailing_.end();) {
    int column = first->was + first->shift;
    auto last = first;
    for (; last != trailing_.end() && last->was == first->was; ++last) {
      const size_t begin = last->at == 0 ? 0 : lines.rfind('\n', last->at - 1) + 1;
      if (last != first && begin != std::prev(last)->at + 1) break;  // not the next line
      const int width = WidthOf(std::string_view(lines).substr(begin, last->at - begin));
      if (width > 0) column = std::max(column, width + kBeforeComment);
    }
    for (; first != last; ++first) {
      out_.append(lines, from, first->at - from);
      from = first->at;
      const size_t begin = out_.rfind('\n') + 1;  // npos + 1: the first one
      out_.append(static_cast<size_t>(std::max(column - WidthOf(std::string_view(out_).substr(begin)), 0)), ' ').append(first->text);
    }
  }
  out_.append(lines, from);
}

void YamlLayout::BeginLine(int indent, int column) {
  shift_ = indent - column;
  line_.assign(static_cast<size_t>(indent), ' ');
  last_ = Last::kNothing;
  new_brackets_ = brackets_.size();
  trailing_was_ = -1;
}

void YamlLayout::ContinueLine(int column) {
  const int shift = shift_;
  BeginLine(std::max(column + shift, 1), column);
  shift_ = shift;
}

void YamlLayout::EndLine() {
  const int indent = static_cast<int>(std::min(line_.find_first_not_of(' '), line_.size()));
  for (size_t i = new_brackets_; i < brackets_.size(); ++i) {
    brackets_[i].line_indent = indent;
    brackets_[i].hangs = i + 1 == brackets_.size() && last_ == Last::kOpen;
  }
  new_brackets_ = brackets_.size();
  out_.append(quote_ != 0 ? std::string_view(line_) : TrimRight(line_));
  if (std::exchange(has_trailing_, false)) trailing_.back().at = out_.size();
  out_.push_back('\n');
}

void YamlLayout::PlaceWaiting(int was, int is, const std::vector<Level>& levels) {
  const auto place = [&](int column) {
    if (column == was || (levels.empty() && was >= 0)) return is;
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
      if (level->was == column) return level->is;
    }
    if (levels.empty()) return 0;
    if (column > levels.back().was) return was > levels.back().was ? is : levels.back().is + kStep;
    const auto inner = std::find_if(levels.begin(), levels.end(), [&](const Level& level) { return level.was >= column; });
    return inner->is;
  };
  if (was >= 0) NameSubjects();
  for (const Waiting& each : waiting_) {
    if (each.blank_before && !out_.empty()) out_.push_back('\n');
    out_.append(static_cast<size_t>(std::min(place(each.column), most_is_)), ' ').append(each.text).push_back('\n');
  }
  waiting_.clear();
  most_is_ = kAnywhere;
  if (was >= 0 && blanks_ > 0 && !out_.empty()) out_.push_back('\n');
  blanks_ = 0;
}

void YamlLayout::NameSubjects() {
  for (auto comment = comments_.rbegin(); comment != comments_.rend() && comment->subject == 0; ++comment) comment->subject = number_;
}

int YamlLayout::FlowIndent(bool closes) const {
  const Bracket& inner = brackets_.back();
  if (inner.hangs) return inner.line_indent + (closes ? 0 : kStep);
  return inner.column + (closes ? 0 : 1);
}

void YamlLayout::Stop(int column, std::string what) { problem_ = {number_, column + 1, std::move(what)}; }

}  // namespace dragoman::config
