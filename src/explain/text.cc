#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explain.h"
#include "transcoding/utf8.h"

// An explanation for people: sections of aligned columns.
namespace dragoman::explain {
namespace {

constexpr size_t kMostJson = 4 << 10;  // bytes of a message or body that are shown
constexpr size_t kMostTarget = 512;    // of a target

// Nothing in it moves a terminal's cursor: control characters, those of Unicode too, and what is no UTF-8 are escaped.
std::string Printable(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string safe;
  while (!text.empty()) {
    const size_t size = transcoding::Utf8CharacterSize(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = size == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    const std::string_view character = text.substr(0, std::max<size_t>(size, 1));
    text.remove_prefix(character.size());
    if (size > 0 && !control && first >= 0x20 && first != 0x7f) {
      safe += character;
      continue;
    }
    for (const char c : character) {
      const auto byte = static_cast<unsigned char>(c);
      safe.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
  }
  return safe;
}

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// "1 byte", "2 bytes".
std::string Counted(uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

class Page {
 public:
  using Row = std::vector<std::string>;

  explicit Page(Color color) : color_(color == Color::kTerminal) {}

  void Section(std::string_view title) {
    if (!text_.empty()) text_ += '\n';
    text_ += Painted(std::string(title), "1");
    text_ += '\n';
  }
  // Indented columns; the last one is not padded. The first one is a verdict.
  void Table(const std::vector<Row>& rows) {
    std::vector<size_t> widths;
    for (const Row& row : rows) {
      widths.resize(std::max(widths.size(), row.size()));
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
    }
    for (const Row& row : rows) {
      size_t last = row.size();
      while (last > 0 && row[last - 1].empty()) --last;
      text_ += "  ";
      for (size_t i = 0; i < last; ++i) {
        text_ += Paint(row[i]);
        if (i + 1 < last) text_.append(widths[i] - WidthOf(row[i]) + 2, ' ');
      }
      text_ += '\n';
    }
  }
  void Line(std::string_view line) { text_.append("  ").append(line).append("\n"); }
  // Each line of it indented.
  void Block(std::string_view block, std::string_view indent = {}) {
    while (!block.empty()) {
      const std::string_view line = block.substr(0, block.find('\n'));
      if (!line.empty()) text_.append("    ").append(indent);
      text_.append(line).append("\n");
      block.remove_prefix(std::min(line.size() + 1, block.size()));
    }
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string Painted(std::string text, const char* how) const {
    return color_ ? "\x1b[" + std::string(how) + "m" + text + "\x1b[0m" : text;
  }
  // Good and bad ends in their colours.
  std::string Paint(const std::string& cell) const {
    for (const std::string_view good : {"won", "passes", "holds", "sent"}) {
      if (cell == good) return Painted(cell, "32");
    }
    for (const std::string_view bad : {"refuses", "fails"}) {
      if (cell == bad) return Painted(cell, "31");
    }
    for (const std::string_view open : {"open", "unasked", "withheld", "removed"}) {
      if (cell == open) return Painted(cell, "33");
    }
    return cell;
  }

  const bool color_;
  std::string text_;
};

std::string Pretty(const std::string& json) {
  rapidjson::Document value;
  value.Parse<rapidjson::kParseFullPrecisionFlag | rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (value.HasParseError()) return Printable(json);
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> to(buffer);
  to.SetIndent(' ', 2);
  value.Accept(to);
  return {buffer.GetString(), buffer.GetSize()};
}

// As much of it as anybody reads.
std::string Cut(std::string text) {
  if (text.size() <= kMostJson) return text;
  const std::string left = std::to_string(text.size() - kMostJson);
  size_t end = kMostJson;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "\n… and " + left + " bytes more";
}

// Of a target as much as anybody reads in one line.
std::string Shortened(const std::string& target) {
  if (target.size() <= kMostTarget) return target;
  return target.substr(0, kMostTarget) + "… and " + std::to_string(target.size() - kMostTarget) + " bytes more";
}

// "backends.shop.timeout (dragoman.yaml:3:12)", "the default of limits.max_body_bytes".
std::string SourceOf(const Explanation::Bound& bound) {
  if (bound.place == "default") return "the default of " + bound.from;
  return bound.from + (bound.place.empty() ? "" : " (" + Printable(bound.place) + ")");
}

void TellAnswer(const Explanation& explanation, Page& page) {
  const Explanation::Request& request = explanation.request;
  const Explanation::Answer& answer = explanation.answer;
  page.Section("request");
  std::string first = Printable(request.http_method + " " + Shortened(request.target));
  if (request.body_bytes > 0) first += ", body of " + Counted(request.body_bytes, "byte");
  page.Line(first);
  page.Line("to " + Printable(request.host.empty() ? "nobody" : request.host) + " by " + request.scheme +
            (request.dialect == "websocket" ? ", to open a WebSocket" : "") + ", from " +
            (request.client.empty() ? "a unix socket" : Printable(request.client)));
  if (!request.note.empty()) page.Line(Printable(request.note));
  page.Section("answer");
  if (answer.kind == "refused") {
    page.Line(std::to_string(answer.status) + " " + answer.reason + " by " + answer.stage +
              (answer.rule.empty() ? "" : " (" + Printable(answer.rule) + ")"));
    page.Line(Printable(answer.message));
    if (answer.bound) page.Line("the bound is " + answer.bound->value + ", " + SourceOf(*answer.bound));
  } else if (answer.kind == "answered") {
    page.Line(std::to_string(answer.status) + ", " + Printable(answer.message));
  } else if (explanation.composition) {
    page.Line(explanation.rpc->name + " makes " + Counted(explanation.composition->parts.size(), "call"));
  } else if (explanation.rpc) {
    page.Line("whatever backend " + explanation.rpc->backend + " says to " + explanation.rpc->name);
  }
  if (!answer.condition.empty()) page.Line("if " + Printable(answer.condition));
  std::vector<Page::Row> rows;
  for (const Explanation::Header& header : answer.headers) rows.push_back({Printable(header.name) + ":", Printable(header.value)});
  page.Table(rows);
  if (!answer.body.empty()) page.Block(Cut(Printable(answer.body)));
}

void TellRules(const Explanation& explanation, Page& page) {
  if (explanation.rules.empty() && explanation.other_rules == 0) return;
  const bool won = std::any_of(explanation.rules.begin(), explanation.rules.end(), [](const auto& rule) { return rule.outcome == "won"; });
  page.Section(won ? "rules tried" : explanation.rules.empty() ? "rules" : "rules tried, none fits; the nearest first");
  std::vector<Page::Row> rows;
  for (const Explanation::Rule& rule : explanation.rules) {
    const bool winner = rule.outcome == "won";
    rows.push_back({winner ? "won" : "lost", rule.http_method, rule.path, winner ? rule.rpc + ", " + rule.origin + (rule.why.empty() ? "" : ", " + Printable(rule.why)) : Printable(rule.why)});
  }
  page.Table(rows);
  if (explanation.other_rules > 0) page.Line((explanation.rules.empty() ? "" : "and ") + Counted(explanation.other_rules, "rule") + " with other paths");
}

void TellRpc(const Explanation::Rpc& rpc, Page& page) {
  if (rpc.backend.empty()) return;  // a composition
  page.Section("rpc");
  std::string endpoints;
  for (const std::string& endpoint : rpc.endpoints) endpoints += (endpoints.empty() ? "" : ", ") + endpoint;
  std::vector<Page::Row> rows = {{"method", rpc.name},
                                 {"backend", rpc.backend + " (" + endpoints + ")"},
                                 {"messages", rpc.request + " → " + rpc.reply}};
  if (!rpc.streams.empty()) rows.push_back({"streams", rpc.streams});
  if (!rpc.response_body.empty()) rows.push_back({"response", "the reply's field " + rpc.response_body});
  page.Table(rows);
}

std::string SourceOf(const Explanation::Field& field) {
  if (field.source == "path") return "path {" + Printable(field.name) + "}";
  if (field.source == "query") return "query parameter " + Printable(field.name);
  if (field.source == "form") return "form field " + Printable(field.name);
  return field.source == "mask" ? "PATCH" : field.source;
}

void TellFields(const std::vector<Explanation::Field>& fields, Page& page) {
  if (fields.empty()) return;
  page.Section("fields");
  std::vector<Page::Row> rows;
  for (const Explanation::Field& field : fields) {
    const bool quoted = !field.value.empty() && field.value != "(hidden)";
    rows.push_back({field.field.empty() ? "-" : Printable(field.field), SourceOf(field),
                    quoted ? "\"" + Printable(field.value) + "\"" : field.value, Printable(field.note)});
    if (field.value.empty() && !field.note.empty()) rows.back() = {rows.back()[0], rows.back()[1], Printable(field.note)};
  }
  page.Table(rows);
}

void TellMessages(const std::vector<Explanation::Message>& messages, uint64_t others, Page& page, std::string_view indent = {}) {
  for (const Explanation::Message& message : messages) {
    page.Line(std::string(indent) + Counted(message.wire_bytes, "byte") + " on the wire" + (message.note.empty() ? "" : ", " + Printable(message.note)));
    if (!message.json.text.empty()) page.Block(Cut(Pretty(message.json.text)), indent);
  }
  if (others > 0) page.Line("and " + Counted(others, "message") + " more");
}

std::string LineOf(const Explanation::ForwardedHeader& header) {
  return Printable(header.name + (header.value.empty() ? "" : ": " + header.value));
}

void TellHeaders(std::string_view title, const std::vector<Explanation::ForwardedHeader>& headers, Page& page) {
  if (headers.empty()) return;
  page.Section(title);
  std::vector<Page::Row> rows;
  for (const Explanation::ForwardedHeader& header : headers) rows.push_back({header.fate, LineOf(header), Printable(header.why)});
  page.Table(rows);
}

void TellPolicies(const Explanation& explanation, Page& page) {
  if (!explanation.policies.empty()) page.Section("policies");
  std::vector<Page::Row> rows;
  for (const Explanation::Policy& policy : explanation.policies) {
    rows.push_back({policy.verdict, policy.name, Printable(policy.what)});
    for (const Explanation::Check& check : policy.checks) {
      rows.push_back({"", "", check.verdict + "  " + Printable(check.what) + (check.why.empty() ? "" : ": " + Printable(check.why))});
    }
  }
  page.Table(rows);
  rows.clear();
  for (const Explanation::Limit& limit : explanation.limits) {
    rows.push_back({limit.name, limit.windows, "takes " + std::to_string(limit.cost) + " from " + Printable(limit.key), limit.counted == "here" ? "" : limit.counted});
  }
  if (!rows.empty()) page.Section("limits");
  page.Table(rows);
}

void TellDeadline(const Explanation::Deadline& deadline, Page& page) {
  page.Section("deadline");
  if (deadline.value.empty()) return page.Line("none: it may take as long as it likes");
  for (const Explanation::Bound& bound : deadline.bounds) {
    if (bound.from == deadline.from) page.Line(deadline.value + ", by " + SourceOf(bound));
  }
  for (const Explanation::Bound& bound : deadline.bounds) {
    if (bound.from != deadline.from) page.Line(SourceOf(bound) + " would allow " + bound.value);
  }
}

void TellComposition(const Explanation::Composition& composition, Page& page) {
  page.Section("composition");
  page.Block(composition.graph);
  page.Section("calls");
  if (!composition.note.empty()) page.Line(Printable(composition.note));
  for (const Explanation::Part& part : composition.parts) {
    page.Line(part.name + ": " + part.rpc + " at " + part.backend + (part.note.empty() ? "" : ", " + Printable(part.note)));
    if (!part.callers.empty()) page.Line("  callers " + part.callers + (part.limits.empty() ? "" : "; " + part.limits));
    if (!part.deadline.empty()) page.Line("  deadline " + part.deadline + ", by " + part.deadline_from);
    for (const Explanation::ForwardedHeader& header : part.headers) {
      page.Line("  " + header.fate + " " + LineOf(header) + (header.why.empty() ? "" : ", " + Printable(header.why)));
    }
    TellMessages(part.messages, 0, page, "  ");
  }
}

}  // namespace

std::string RenderText(const Explanation& explanation, Color color) {
  Page page(color);
  TellAnswer(explanation, page);
  TellRules(explanation, page);
  if (explanation.rpc) TellRpc(*explanation.rpc, page);
  TellFields(explanation.fields, page);
  if (!explanation.messages.empty()) {
    page.Section(explanation.messages.size() == 1 && explanation.other_messages == 0 ? "message" : "messages");
    TellMessages(explanation.messages, explanation.other_messages, page);
  }
  if (explanation.composition) TellComposition(*explanation.composition, page);
  TellHeaders(explanation.composition ? "headers to the backends" : "headers to the backend", explanation.headers, page);
  TellPolicies(explanation, page);
  if (explanation.deadline) TellDeadline(*explanation.deadline, page);
  TellHeaders("headers of every response", explanation.response_headers, page);
  return page.Take();
}

}  // namespace dragoman::explain
