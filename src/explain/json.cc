#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/explain.h"
#include "explain/members.h"
#include "transcoding/base64.h"
#include "transcoding/quote.h"
#include "transcoding/utf8.h"

namespace dragoman::explain {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Text that may hold any bytes, as JSON can have it: broken bytes become U+FFFD.
std::string Utf8Of(const std::string& text) {
  if (transcoding::IsUtf8(text)) return text;
  std::string valid;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      valid.push_back(c);
    } else {
      valid += "\xEF\xBF\xBD";
    }
  }
  return valid;
}

// Whether base64 is shorter than a JSON text with all that must be escaped in it.
bool WantsBase64(std::string_view text) {
  constexpr size_t kLegible = 4 << 10;  // bytes that somebody may want to read
  if (text.size() <= kLegible) return false;
  size_t escaped = 0;
  for (const char c : text) escaped += static_cast<unsigned char>(c) < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
  return escaped > (text.size() + 2) / 3 * 4;
}

// What says nothing is left out.
class Writer {
 public:
  explicit Writer(rapidjson::PrettyWriter<rapidjson::StringBuffer>& to) : to_(to) {}

  void operator()(const char* name, std::string& text) {
    if (text.empty()) return;
    if (bytes_ && (!transcoding::IsUtf8(text) || WantsBase64(text))) {
      Buffer base64;
      transcoding::AppendBase64(text, base64);
      to_.Key((std::string(name) + "_base64").c_str());
      return Text(std::string(base64.view()));
    }
    to_.Key(name);
    Text(Utf8Of(text));
  }
  void operator()(const char* name, uint64_t& number) {
    if (number == 0) return;
    to_.Key(name);
    to_.Uint64(number);
  }
  void operator()(const char* name, RawJson& json) {
    if (json.text.empty()) return;
    to_.Key(name);
    rapidjson::Document value;
    value.Parse<rapidjson::kParseFullPrecisionFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNanAndInfFlag>(json.text.data(), json.text.size());
    value.Accept(to_);
  }
  void operator()(const char* name, std::vector<std::string>& texts) {
    if (texts.empty()) return;
    to_.Key(name);
    to_.StartArray();
    for (const std::string& text : texts) Text(Utf8Of(text));
    to_.EndArray();
  }
  void operator()(const char* name, Pairs& pairs) {
    if (pairs.empty()) return;
    to_.Key(name);
    to_.StartArray();
    for (const auto& [first, second] : pairs) {
      to_.StartArray();
      Text(Utf8Of(first));
      Text(Utf8Of(second));
      to_.EndArray();
    }
    to_.EndArray();
  }
  template <typename T>
  void operator()(const char* name, std::vector<T>& members) {
    if (members.empty()) return;
    to_.Key(name);
    to_.StartArray();
    for (T& member : members) Object(member);
    to_.EndArray();
  }
  template <typename T>
  void operator()(const char* name, std::optional<T>& member) {
    if (member) (*this)(name, *member);
  }
  template <typename T>
  void operator()(const char* name, T& member) {
    to_.Key(name);
    Object(member);
  }
  template <typename T>
  void Object(T& value) {
    to_.StartObject();
    Members(*this, value);
    to_.EndObject();
  }
  void KeepBytes() { bytes_ = true; }

 private:
  void Text(const std::string& text) { to_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }

  rapidjson::PrettyWriter<rapidjson::StringBuffer>& to_;
  bool bytes_ = false;
};

// Members that are not there stay as they are; those that nobody knows are refused.
class Reader {
 public:
  Reader(const rapidjson::Value& from, std::string path, std::string& problem) : from_(from), path_(std::move(path)), problem_(problem) {}

  void operator()(const char* name, std::string& text) {
    if (const rapidjson::Value* base64 = Find((std::string(name) + "_base64").c_str())) {
      Buffer bytes;
      if (!base64->IsString() || !transcoding::AppendFromBase64({base64->GetString(), base64->GetStringLength()}, bytes)) {
        return Fail(std::string(name) + "_base64", "base64");
      }
      text = bytes.view();
    }
    if (const rapidjson::Value* value = Find(name)) ReadText(*value, name, text);
  }
  void operator()(const char* name, uint64_t& number) {
    const rapidjson::Value* value = Find(name);
    if (value == nullptr) return;
    if (!value->IsUint64()) return Fail(name, "a whole number");
    number = value->GetUint64();
  }
  void operator()(const char* name, RawJson& json) {
    const rapidjson::Value* value = Find(name);
    if (value == nullptr) return;
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value->Accept(writer);
    json.text.assign(buffer.GetString(), buffer.GetSize());
  }
  void operator()(const char* name, std::vector<std::string>& texts) {
    const rapidjson::Value* list = List(name);
    if (list == nullptr) return;
    for (const rapidjson::Value& value : list->GetArray()) ReadText(value, name, texts.emplace_back());
  }
  void operator()(const char* name, Pairs& pairs) {
    const rapidjson::Value* list = List(name);
    if (list == nullptr) return;
    for (const rapidjson::Value& value : list->GetArray()) {
      if (!value.IsArray() || value.Size() != 2) return Fail(name, "pairs of a name and a value");
      auto& [first, second] = pairs.emplace_back();
      ReadText(value[0], name, first);
      ReadText(value[1], name, second);
    }
  }
  template <typename T>
  void operator()(const char* name, std::vector<T>& members) {
    const rapidjson::Value* list = List(name);
    if (list == nullptr) return;
    size_t index = 0;
    for (const rapidjson::Value& value : list->GetArray()) {
      Object(value, path_ + name + "[" + std::to_string(index++) + "]", members.emplace_back(), problem_);
    }
  }
  template <typename T>
  void operator()(const char* name, std::optional<T>& member) {
    if (from_.HasMember(name)) (*this)(name, member.emplace());
  }
  template <typename T>
  void operator()(const char* name, T& member) {
    if (const rapidjson::Value* value = Find(name)) Object(*value, path_ + name, member, problem_);
  }
  template <typename T>
  static void Object(const rapidjson::Value& value, const std::string& path, T& member, std::string& problem) {
    if (!value.IsObject()) {
      if (problem.empty()) problem = (path.empty() ? std::string("the whole") : path) + ": expected an object";
      return;
    }
    Reader reader(value, path.empty() ? path : path + ".", problem);
    Members(reader, member);
    reader.RefuseOthers();
  }

 private:
  const rapidjson::Value* Find(const char* name) {
    known_.emplace_back(name);
    const auto found = from_.FindMember(name);
    return found == from_.MemberEnd() ? nullptr : &found->value;
  }
  const rapidjson::Value* List(const char* name) {
    const rapidjson::Value* value = Find(name);
    if (value == nullptr || value->IsArray()) return value;
    Fail(name, "a list");
    return nullptr;
  }
  void ReadText(const rapidjson::Value& value, const char* name, std::string& text) {
    if (!value.IsString()) return Fail(name, "a text");
    text.assign(value.GetString(), value.GetStringLength());
  }
  void Fail(const std::string& name, const char* expected) {
    if (problem_.empty()) problem_ = path_ + name + ": expected " + expected;
  }
  void RefuseOthers() {
    for (auto member = from_.MemberBegin(); member != from_.MemberEnd() && problem_.empty(); ++member) {
      const std::string_view name(member->name.GetString(), member->name.GetStringLength());
      bool known = false;
      for (const std::string& each : known_) known = known || each == name;
      if (!known) problem_ = "there is no member " + transcoding::Quote(path_ + std::string(name));
    }
  }

  const rapidjson::Value& from_;
  const std::string path_;
  std::string& problem_;
  std::vector<std::string> known_;
};

template <typename T>
std::string Render(const T& whole, bool bytes) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> to(buffer);
  to.SetIndent(' ', 2);
  Writer writer(to);
  if (bytes) writer.KeepBytes();
  T copy = whole;
  writer.Object(copy);
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

template <typename T>
tl::expected<T, std::string> Read(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseFullPrecisionFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
  if (document.HasParseError()) {
    const std::string_view before = json.substr(0, document.GetErrorOffset());
    const size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
    return tl::unexpected("line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
                          rapidjson::GetParseError_En(document.GetParseError()));
  }
  T whole;
  std::string problem;
  Reader::Object(document, {}, whole, problem);
  if (!problem.empty()) return tl::unexpected(std::move(problem));
  return whole;
}

}  // namespace

std::string RenderJson(const Explanation& explanation) { return Render(explanation, false); }
std::string RenderJson(const Question& question) { return Render(question, true); }
tl::expected<Explanation, std::string> ReadExplanation(std::string_view json) { return Read<Explanation>(json); }

tl::expected<Question, std::string> ReadQuestion(std::string_view json) {
  auto question = Read<Question>(json);
  if (question && question->http_method.empty()) question->http_method = question->body.empty() ? "GET" : "POST";
  return question;
}

}  // namespace dragoman::explain
