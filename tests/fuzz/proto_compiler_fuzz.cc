#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "transcoding/proto_compiler.h"
#include "transcoding/schema.h"

namespace {

using dragoman::transcoding::ProtoText;

// Files in one text, each behind a line "--- name".
class Texts : public dragoman::transcoding::ProtoTexts {
 public:
  explicit Texts(std::string_view input) {
    std::string* text = &texts_["a.proto"];
    while (!input.empty()) {
      const size_t end = std::min(input.find('\n'), input.size() - 1) + 1;
      const std::string_view line = input.substr(0, end);
      input.remove_prefix(end);
      if (line.starts_with("--- ") && line.ends_with('\n')) {
        text = &texts_[std::string(line.substr(4, line.size() - 5))];
      } else {
        text->append(line);
      }
    }
  }
  tl::expected<std::optional<ProtoText>, std::string> Find(const std::string& name) override {
    const auto found = texts_.find(name);
    if (found == texts_.end()) return std::nullopt;
    return ProtoText{"protos/" + name, found->second};
  }
  std::string Places() const override { return "protos"; }

 private:
  std::map<std::string, std::string> texts_;
};

}  // namespace

// Any texts are either a set that a schema can be made of, or problems, each with a place and a text of one line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Texts texts({reinterpret_cast<const char*>(data), size});
  const auto set = dragoman::transcoding::CompileProtos(texts, {"a.proto"});
  if (set) {
    dragoman::transcoding::SchemaBuilder builder;
    builder.Add("protos", *set);
    if (!std::move(builder).Build()) std::abort();
    return 0;
  }
  if (set.error().empty() || set.error().size() > dragoman::transcoding::kMaxProtoProblems + 1) std::abort();
  for (const dragoman::Problem& problem : set.error()) {
    if (problem.where.empty() || problem.what.empty() || problem.what.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
