#include "explain/explain.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "cli/admin_client.h"
#include "cli/load.h"
#include "cli/text.h"
#include "exchange/characters.h"
#include "transcoding/quote.h"

namespace dragoman::cli {
namespace {

// Only where somebody looks: https://no-color.org.
explain::Color ColorOf(const std::ostream& out) {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool plain = (no_color != nullptr && *no_color != '\0') || terminal == nullptr || std::string_view(terminal) == "dumb";
  return !plain && &out == &std::cout && ::isatty(STDOUT_FILENO) == 1 ? explain::Color::kTerminal : explain::Color::kNone;
}

// "x-app: mobile" → {"x-app", "mobile"}; "x-app:" and "x-app;", as curl has it, are a header without a value.
tl::expected<std::pair<std::string, std::string>, std::string> ReadHeader(std::string_view text) {
  size_t mark = text.find(':');
  if (mark == std::string_view::npos && text.ends_with(';')) mark = text.size() - 1;
  const std::string_view name = text.substr(0, std::min(mark, text.size()));
  if (mark == std::string_view::npos || name.empty()) {
    return tl::unexpected("-H: expected NAME:VALUE, got " + transcoding::Quote(text));
  }
  return std::pair(std::string(name), std::string(Trim(text.substr(mark + 1))));
}

// The text itself, of "@FILE" what the file holds; "@-": standard input.
tl::expected<std::string, std::string> ReadBody(std::string_view text) {
  if (!text.starts_with('@')) return std::string(text);
  const std::string path(text.substr(1));
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  std::string body(std::istreambuf_iterator<char>(file), {});
  if (!file || path.empty()) return tl::unexpected(path + ": cannot be read");
  return body;
}

tl::expected<explain::Question, std::string> QuestionOf(const Flags& flags) {
  explain::Question question;
  if (flags.operands().empty()) return tl::unexpected(std::string("the PATH is missing, such as /v1/items/7?view=full"));
  question.target = flags.operands().front();
  const bool url = question.target.find("://") != std::string::npos;
  if (!url && !question.target.starts_with('/') && question.target != "*") {
    return tl::unexpected("expected a path that begins with '/', or a URL, got " + transcoding::Quote(question.target));
  }
  for (const std::string_view header : flags.All("H")) {
    auto read = ReadHeader(header);
    if (!read) return tl::unexpected(std::move(read.error()));
    question.headers.push_back(*std::move(read));
  }
  question.http_method = flags.Find("X").value_or(flags.Has("d") ? "POST" : "GET");
  question.client = flags.Find("from").value_or("127.0.0.1");
  return question;
}

// What the running gateway says; nothing where it says nothing, which is on `err` already.
tl::expected<explain::Explanation, int> Ask(const Flags& flags, const explain::Question& question, std::ostream& err) {
  std::string token;
  if (const auto name = flags.Find("token-env")) {
    const char* const value = std::getenv(std::string(*name).c_str());
    if (value == nullptr || *value == '\0') {
      err << "dragoman explain: --token-env: the environment has no " << *name << "\n";
      return tl::unexpected(kWrongInput);
    }
    token = value;
  }
  const std::string_view address = *flags.Find("admin");
  const auto answer = PostToAdmin(address, token, "/explain", explain::RenderJson(question));
  if (!answer) {
    err << "dragoman explain: " << address << ": " << answer.error() << "\n";
    return tl::unexpected(kWrongInput);
  }
  if (answer->status != 200) {
    err << "dragoman explain: " << address << " answers " << answer->status << ": " << answer->body
        << (answer->body.ends_with('\n') ? "" : "\n");
    return tl::unexpected(kWrongInput);
  }
  auto explanation = explain::ReadExplanation(answer->body);
  if (explanation) return *std::move(explanation);
  err << "dragoman explain: " << address << " answers with something else than an explanation: " << explanation.error() << "\n";
  return tl::unexpected(kWrongInput);
}

int RunExplain(const Flags& flags, std::ostream& out, std::ostream& err) {
  auto question = QuestionOf(flags);
  if (!question) return ReportUsage(kExplain, question.error(), err);
  const bool running = flags.Has("admin");
  const bool offline = flags.Has("config") || flags.Has("backend") || flags.Has("descriptors");
  if (running == offline) return ReportUsage(kExplain, "expected --config FILE, --backend HOST:PORT, --descriptors PATH or --admin ADDRESS", err);
  if (flags.Has("token-env") && !running) return ReportUsage(kExplain, "--token-env goes with --admin", err);
  if (const auto body = flags.Find("d")) {
    auto read = ReadBody(*body);
    if (!read) {
      err << "dragoman explain: -d: " << read.error() << "\n";
      return kWrongInput;
    }
    question->body = *std::move(read);
  }
  tl::expected<explain::Explanation, int> told;
  if (running) {
    told = Ask(flags, *question, err);
    if (!told) return told.error();
  } else {
    auto config = LoadConfig(kExplain, flags, err);
    if (!config) return kWrongUsage;
    const auto generation = std::move(*config).and_then([](config::Config loaded) { return BuildGeneration(std::move(loaded)); });
    if (!generation) {
      PrintProblems(generation.error(), err, flags.Has(kConfigFlag.name) ? kCheckShowsAll : "");
      return kWrongInput;
    }
    auto explained = explain::Explain(**generation, *question);
    if (!explained) return ReportUsage(kExplain, explained.error(), err);
    told = *std::move(explained);
  }
  out << (flags.Has("json") ? explain::RenderJson(*told) : explain::RenderText(*told, ColorOf(out)));
  return kDone;
}

constexpr Flag kFlags[] = {kConfigFlag,
                           kBackendFlag,
                           kDescriptorsFlag,
                           {"admin", "ADDRESS", "instead of --config: the admin address of a running gateway, which is asked"},
                           {"token-env", "NAME", "the environment variable that holds its admin.token"},
                           {"X", "METHOD", "the HTTP method; without it GET, with a body POST"},
                           {"H", "NAME:VALUE", "a header; may stand there several times", {}, true},
                           {"d", "BODY", "the body, without a content type of its own, so JSON; @FILE: what that file holds, @-: standard input"},
                           {"from", "ADDRESS", "the address that the request comes from: an IP address or \"unix\"; without it 127.0.0.1"},
                           {"json", "", "as JSON; src/explain/README.md has its shape"}};

}  // namespace

constexpr Command kExplain = {
    .name = "explain",
    .summary = "Tells what would become of a request, and why, without sending it.",
    .usage = "explain --config FILE [-X METHOD] [-H NAME:VALUE]... [-d BODY] [--from ADDRESS] [--json] PATH\n"
             "explain --backend ADDRESS | --descriptors PATH [...] PATH\n"
             "explain --admin ADDRESS [--token-env NAME] [-X METHOD] [-H NAME:VALUE]... [-d BODY] [--from ADDRESS] [--json] PATH",
    .details = "PATH is a path with its query, or a URL, whose scheme and port choose the listener. Nothing is sent to a backend, nothing is\n"
               "counted, and no other server is asked: where only one could say who calls, the answer says so. Values of credentials\n"
               "are not shown.",
    .flags = kFlags,
    .run = &RunExplain,
    .operands = 1};

}  // namespace dragoman::cli
