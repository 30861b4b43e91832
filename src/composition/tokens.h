#pragma once

#include <string>
#include <string_view>

#include "composition/syntax.h"

namespace dragoman::composition {

// Reads the tokens of a text from front to back; white space before one is passed. What cannot be read leaves an error,
// of which the first stands.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  bool Sees(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  // Passes white space; where the next token begins.
  size_t Begin();
  bool SeesQuote();
  bool SeesDigit();
  bool SeesNumber();
  bool SeesName();
  // Passes the token where it comes next.
  bool Take(std::string_view token);
  bool TakeWord(std::string_view word);

  bool Name(std::string& name);
  bool Digits(std::string& digits);
  // integer = [ "-" ] digits      number = integer [ "." digits ] [ "e" [ "+" | "-" ] digits ]
  bool Number(std::string& text, bool& integer);
  // string = '"' … '"' | "'" … "'", with \\ \" \' \n \t
  bool String(std::string& text);

  // Each returns false.
  bool Expected(std::string_view what);
  bool Fail(std::string what);

 protected:
  std::string_view text_;
  size_t at_ = 0;
  SyntaxError error_;

 private:
  std::string Got() const;
};

}  // namespace dragoman::composition
