#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dragoman::openapi {

// JSON, written from its begin to its end. Commas are its own business; who opens an object or a list closes it.
//
//   out.Open(); out.Text("type", "string"); out.OpenList("enum"); out.Text("A"); out.CloseList(); out.Close();
//     → {"type":"string","enum":["A"]}
//
// Texts may be any bytes: what is no UTF-8 becomes U+FFFD. Once there are more than `max_bytes` nothing is added any more, and what there is is
// no JSON: who writes much looks at `full` now and then. One that becomes part of another gets the `room` that is left there.
class JsonOut {
 public:
  explicit JsonOut(size_t max_bytes) : max_bytes_(max_bytes) {}

  void Open() { Begin('{'); }
  void Open(std::string_view key) { Key(key), Begin('{'); }
  void Close() { End('}'); }
  void OpenList() { Begin('['); }
  void OpenList(std::string_view key) { Key(key), Begin('['); }
  void CloseList() { End(']'); }

  void Text(std::string_view value);
  void Text(std::string_view key, std::string_view value) { Key(key), Text(value); }
  void Number(int64_t value) { Raw(std::to_string(value)); }
  void Number(std::string_view key, int64_t value) { Key(key), Number(value); }
  void Flag(std::string_view key, bool value) { Raw(key, value ? "true" : "false"); }
  void Raw(std::string_view json) {  // one JSON value
    if (full()) return;
    Separate(), text_ += json, comma_ = true;
  }
  void Raw(std::string_view key, std::string_view json) { Key(key), Raw(json); }
  // Members of an object, without its braces, as another JsonOut has written them; nothing where they are none.
  void Members(std::string_view json) {
    if (!json.empty()) Raw(json);
  }
  void Key(std::string_view key) {
    Text(key);
    if (!full()) text_ += ':', comma_ = false;
  }

  // More than it may hold.
  bool full() const { return text_.size() > max_bytes_; }
  size_t room() const { return full() ? 0 : max_bytes_ - text_.size(); }  // bytes
  std::string_view view() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  void Separate() {
    if (comma_) text_ += ',';
  }
  void Begin(char bracket) {
    if (full()) return;
    Separate(), text_ += bracket, comma_ = false;
  }
  void End(char bracket) {
    if (!full()) text_ += bracket, comma_ = true;
  }

  const size_t max_bytes_;
  std::string text_;
  bool comma_ = false;
};

}  // namespace dragoman::openapi
