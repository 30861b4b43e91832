#include "store/command.h"

#include <string>

#include "transcoding/number_text.h"

namespace dragoman::store {
namespace {

void AppendHeader(Buffer& out, char kind, size_t number) {
  out.Append(kind);
  transcoding::AppendDecimal(uint64_t{number}, out);
  out.Append("\r\n");
}

void AppendWord(Buffer& out, std::string_view word) {
  AppendHeader(out, '$', word.size());
  out.Append(word);
  out.Append("\r\n");
}

}  // namespace

void AppendCommand(Buffer& out, std::initializer_list<std::string_view> words) {
  AppendHeader(out, '*', words.size());
  for (const std::string_view word : words) AppendWord(out, word);
}

void AppendScript(Buffer& out, const Script& script, ScriptForm form, std::span<const std::string_view> keys,
                  std::span<const std::string_view> arguments) {
  AppendHeader(out, '*', 3 + keys.size() + arguments.size());
  AppendWord(out, form == ScriptForm::kDigest ? "EVALSHA" : "EVAL");
  AppendWord(out, form == ScriptForm::kDigest ? script.digest() : script.text());
  AppendWord(out, std::to_string(keys.size()));
  for (const std::string_view key : keys) AppendWord(out, key);
  for (const std::string_view argument : arguments) AppendWord(out, argument);
}

}  // namespace dragoman::store
