#include "composition/tokens.h"

#include <cstdint>
#include <cstdio>
#include <utility>

namespace dragoman::composition {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool BeginsName(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameByte(char c) { return BeginsName(c) || IsDigit(c); }

}  // namespace

size_t Tokens::Begin() {
  while (!AtEnd() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  return at_;
}

bool Tokens::SeesQuote() { return Begin() < text_.size() && (text_[at_] == '"' || text_[at_] == '\''); }

bool Tokens::SeesDigit() { return Begin() < text_.size() && IsDigit(text_[at_]); }

bool Tokens::SeesNumber() {
  if (SeesDigit()) return true;
  return Sees("-") && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]);
}

bool Tokens::SeesName() { return Begin() < text_.size() && BeginsName(text_[at_]); }

bool Tokens::Take(std::string_view token) {
  Begin();
  if (!Sees(token) || (token == "?" && Sees("??"))) return false;
  at_ += token.size();
  return true;
}

bool Tokens::TakeWord(std::string_view word) {
  Begin();
  if (!Sees(word) || (at_ + word.size() < text_.size() && IsNameByte(text_[at_ + word.size()]))) return false;
  at_ += word.size();
  return true;
}

bool Tokens::Name(std::string& name) {
  if (!SeesName()) return Expected("a name");
  while (!AtEnd() && IsNameByte(text_[at_])) name += text_[at_++];
  return true;
}

bool Tokens::Digits(std::string& digits) {
  const size_t begin = at_;
  while (!AtEnd() && IsDigit(text_[at_])) ++at_;
  digits += text_.substr(begin, at_ - begin);
  return at_ > begin;
}

bool Tokens::Number(std::string& text, bool& integer) {
  integer = true;
  if (text_[at_] == '-') text += text_[at_++];
  Digits(text);
  if (at_ + 1 < text_.size() && text_[at_] == '.' && IsDigit(text_[at_ + 1])) {
    text += text_[at_++];
    Digits(text);
    integer = false;
  }
  if (!AtEnd() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    text += text_[at_++];
    if (!AtEnd() && (text_[at_] == '+' || text_[at_] == '-')) text += text_[at_++];
    if (!Digits(text)) return Expected("the digits of an exponent");
    integer = false;
  }
  return AtEnd() || !IsNameByte(text_[at_]) || Expected("the end of the number");
}

bool Tokens::String(std::string& text) {
  const size_t begin = at_;
  const char quote = text_[at_++];
  while (!AtEnd() && text_[at_] != quote) {
    char c = text_[at_++];
    if (c == '\\') {
      if (AtEnd()) break;
      c = text_[at_++];
      if (c == 'n') {
        c = '\n';
      } else if (c == 't') {
        c = '\t';
      } else if (c != '\\' && c != '"' && c != '\'') {
        at_ -= 2;
        return Fail("expected one of \\\\ \\\" \\' \\n \\t");
      }
    }
    text += c;
  }
  if (AtEnd()) {
    at_ = begin;
    return Fail(std::string("a string without its closing ") + quote);
  }
  ++at_;
  return true;
}

bool Tokens::Expected(std::string_view what) {
  Begin();
  return Fail("expected " + std::string(what) + ", got " + Got());
}

bool Tokens::Fail(std::string what) {
  if (error_.what.empty()) error_ = {.offset = at_, .what = std::move(what)};
  return false;
}

std::string Tokens::Got() const {
  if (AtEnd()) return "the end of the text";
  const char c = text_[at_];
  if (c == '\'') return "a quote";
  if (c > ' ' && c <= '~') return {'\'', c, '\''};
  char hex[16];
  std::snprintf(hex, sizeof hex, "byte 0x%02X", static_cast<uint8_t>(c));
  return hex;
}

}  // namespace dragoman::composition
