#include "transcoding/proto_compiler.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "google/api/annotations.pb.h"
#include "transcoding/built_in_files.h"
#include "transcoding/declarations.h"
#include "transcoding/quote.h"

namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;
using pb::io::Tokenizer;

// One file, from its text to its place in the set.
struct Unit {
  std::string name;
  std::string path;
  pb::FileDescriptorProto proto;  // what `locations` knows are its parts
  pb::compiler::SourceLocationTable locations;
  pb::SourceCodeInfo source_info;  // what is kept of it
  bool built_in = false;
  bool broken = false;  // not to be built: something is wrong with it, or with what it imports
  enum class Visit { kNew, kOpen, kDone } visit = Visit::kNew;
};

// What a name of an import must be, so that it names one file below a root and none outside.
bool IsImportName(std::string_view name) {
  if (name.find('\\') != std::string_view::npos || name.find('\0') != std::string_view::npos) return false;
  while (true) {
    const size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == name.size()) return true;
    name.remove_prefix(slash + 1);
  }
}

class IgnoredErrors : public pb::io::ErrorCollector {
 public:
  void AddError(int /*line*/, int /*column*/, const std::string& /*message*/) override {}
};

// Why the library's parser must not see a text at all.
struct Refusal {
  int line = 0;  // from 0
  int column = 0;
  std::string what;
};

std::optional<Refusal> LookOver(std::string_view name, std::string_view text) {
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  IgnoredErrors ignored;
  Tokenizer tokenizer(&stream, &ignored);
  constexpr std::string_view kOpening = "{[(<";
  constexpr std::string_view kClosing = "}])>";
  std::array<int, kOpening.size()> open = {};  // of each kind by itself: the parser does not ask that they match
  for (bool first = true; tokenizer.Next(); first = false) {
    const Tokenizer::Token& token = tokenizer.current();
    if (first && token.text == "edition") {
      return Refusal{
          token.line, token.column,
          "is of an edition, which this compiler does not know; let a current one make a descriptor set, with protoc "
          "--include_imports --descriptor_set_out=api.pb -I ROOT " +
              std::string(name) + " or buf build -o api.pb, and name that: descriptors: [{file: api.pb}]"};
    }
    if (token.type != Tokenizer::TYPE_SYMBOL) continue;
    if (const size_t kind = kOpening.find(token.text[0]); kind != std::string_view::npos) {
      if (++open[kind] <= kMaxProtoNesting) continue;
      return Refusal{token.line, token.column,
                     "more than " + std::to_string(kMaxProtoNesting) + " brackets inside each other"};
    }
    const size_t kind = kClosing.find(token.text[0]);
    if (kind != std::string_view::npos && open[kind] > 0) --open[kind];
  }
  return std::nullopt;
}

// Options are found out about when a file is built. Until then they are a list of texts, to which a location of the parser's leads; that of
// google.api.http is made to lead to what the text becomes.
void NameAnnotation(const pb::FileDescriptorProto& file, pb::SourceCodeInfo::Location& location) {
  constexpr int kPathSize = 7;  // service, its place, method, its place, options, texts, a place
  auto& path = *location.mutable_path();
  if (path.size() != kPathSize || path[0] != pb::FileDescriptorProto::kServiceFieldNumber || path[2] != pb::ServiceDescriptorProto::kMethodFieldNumber ||
      path[4] != pb::MethodDescriptorProto::kOptionsFieldNumber || path[5] != pb::MethodOptions::kUninterpretedOptionFieldNumber) {
    return;
  }
  const pb::UninterpretedOption& option = file.service(path[1]).method(path[3]).options().uninterpreted_option(path[6]);
  if (option.name_size() == 0 || !option.name(0).is_extension()) return;
  std::string_view name = option.name(0).name_part();
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name != "google.api.http") return;
  path[5] = google::api::kHttpFieldNumber;
  path.RemoveLast();
}

class Compiler {
 public:
  Compiler(ProtoTexts& texts, Comments::Keep comments) : texts_(texts), keep_comments_(comments) {}

  tl::expected<std::string, Problems> Compile(const std::vector<std::string>& names);

 private:
  class ParseErrors;
  class BuildErrors;

  // `line` and `column` from 0; a negative line: the file as a whole.
  void Report(Unit& unit, int line, int column, std::string what);
  void ReportAtImport(Unit& unit, const std::string& import, std::string what);

  void Load(const std::string& name, Unit* importer);
  void Parse(Unit& unit, const std::string& text);
  bool Keep(const pb::FileDescriptorProto& file, pb::SourceCodeInfo::Location& location) const;
  void Visit(Unit& from);
  void ReportCircle(const std::vector<Unit*>& open, Unit& again);
  void Build(Unit& unit);

  ProtoTexts& texts_;
  const Comments::Keep keep_comments_;
  std::map<std::string, std::unique_ptr<Unit>, std::less<>> units_;  // null: there is none of that name
  std::deque<Unit*> unread_imports_;
  std::vector<Unit*> order_;  // what is imported before what imports it
  pb::DescriptorPool pool_;
  Problems problems_;
};

class Compiler::ParseErrors : public pb::io::ErrorCollector {
 public:
  ParseErrors(Compiler& compiler, Unit& unit) : compiler_(compiler), unit_(unit) {}
  void AddError(int line, int column, const std::string& message) override {
    compiler_.Report(unit_, line, column, message);
  }

 private:
  Compiler& compiler_;
  Unit& unit_;
};

class Compiler::BuildErrors : public pb::DescriptorPool::ErrorCollector {
 public:
  BuildErrors(Compiler& compiler, Unit& unit) : compiler_(compiler), unit_(unit) {}
  void AddError(const std::string& /*filename*/, const std::string& element, const pb::Message* descriptor,
                ErrorLocation location, const std::string& message) override {
    int line = -1;
    int column = 0;
    if (location == IMPORT) {
      unit_.locations.FindImport(descriptor, element, &line, &column);
    } else {
      unit_.locations.Find(descriptor, location, &line, &column);
    }
    compiler_.Report(unit_, line, column, line < 0 ? element + ": " + message : message);
  }

 private:
  Compiler& compiler_;
  Unit& unit_;
};

void Compiler::Report(Unit& unit, int line, int column, std::string what) {
  unit.broken = true;
  if (problems_.size() > kMaxProtoProblems) return;
  if (problems_.size() == kMaxProtoProblems) {
    problems_.push_back(
        {texts_.Places(), "more than " + std::to_string(kMaxProtoProblems) + " problems; the rest is not shown"});
    return;
  }
  std::string where = unit.path;
  if (line >= 0) where += ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1);
  std::ranges::replace(what, '\n', ' ');
  problems_.push_back({std::move(where), std::move(what)});
}

void Compiler::ReportAtImport(Unit& unit, const std::string& import, std::string what) {
  int line = -1;
  int column = 0;
  unit.locations.FindImport(&unit.proto, import, &line, &column);
  Report(unit, line, column, std::move(what));
}

// Makes the unit of a name, once. `importer`: null for what is asked for itself.
void Compiler::Load(const std::string& name, Unit* importer) {
  if (importer != nullptr && !IsImportName(name)) {
    ReportAtImport(*importer, name,
                   "imports " + Quote(name) + "; expected a file below a root, such as shop/v1/catalog.proto");
    return;
  }
  const auto [entry, added] = units_.try_emplace(name);
  if (!added) return;
  auto unit = std::make_unique<Unit>();
  unit->name = unit->path = name;
  tl::expected<std::optional<ProtoText>, std::string> found = texts_.Find(name);
  if (!found) {
    importer != nullptr ? ReportAtImport(*importer, name, found.error()) : Report(*unit, -1, 0, found.error());
    unit->broken = true;
  } else if (*found) {
    unit->path = (*found)->path;
    Parse(*unit, (*found)->text);
  } else if (const pb::FileDescriptor* built_in = FindBuiltIn(name)) {
    unit->built_in = true;
    unit->proto = ProtoOf(*built_in);
  } else {
    return;
  }
  unread_imports_.push_back(unit.get());
  entry->second = std::move(unit);
}

void Compiler::Parse(Unit& unit, const std::string& text) {
  if (const std::optional<Refusal> refusal = LookOver(unit.name, text)) {
    Report(unit, refusal->line, refusal->column, refusal->what);
    return;
  }
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  ParseErrors errors(*this, unit);
  Tokenizer tokenizer(&stream, &errors);
  pb::compiler::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.RecordSourceLocationsTo(&unit.locations);
  if (!parser.Parse(&tokenizer, &unit.proto)) unit.broken = true;
  if (!unit.broken) {
    for (pb::SourceCodeInfo::Location& location : *unit.proto.mutable_source_code_info()->mutable_location()) {
      if (Keep(unit.proto, location)) unit.source_info.add_location()->Swap(&location);
    }
  }
  unit.proto.clear_source_code_info();
  unit.proto.set_name(unit.name);
}

// Whether a location is one of those that are kept; what is not, is taken out of it.
bool Compiler::Keep(const pb::FileDescriptorProto& file, pb::SourceCodeInfo::Location& location) const {
  NameAnnotation(file, location);
  const bool declares = Declarations::Takes(PathOf(location));
  if (keep_comments_ == Comments::Keep::kYes) return declares || !location.leading_comments().empty() || !location.trailing_comments().empty();
  location.clear_leading_comments();
  location.clear_trailing_comments();
  location.clear_leading_detached_comments();
  return declares;
}

// Puts `from` and what it imports in order, depth first, without recursion.
void Compiler::Visit(Unit& from) {
  if (from.visit != Unit::Visit::kNew) return;
  std::vector<std::pair<Unit*, int>> path = {{&from, 0}};  // with the number of the next import to visit
  from.visit = Unit::Visit::kOpen;
  while (!path.empty()) {
    auto& [unit, next] = path.back();
    if (next == unit->proto.dependency_size()) {
      unit->visit = Unit::Visit::kDone;
      order_.push_back(unit);
      path.pop_back();
      continue;
    }
    const std::string& name = unit->proto.dependency(next++);
    const auto found = units_.find(name);
    if (found == units_.end()) continue;  // no name of a file; already reported
    Unit* const import = found->second.get();
    if (import == nullptr) {
      ReportAtImport(*unit, name, "imports " + Quote(name) + ", which is neither built in nor in " + texts_.Places());
    } else if (import->visit == Unit::Visit::kOpen) {
      std::vector<Unit*> open;
      for (const auto& step : path) open.push_back(step.first);
      ReportCircle(open, *import);
    } else if (import->visit == Unit::Visit::kNew) {
      import->visit = Unit::Visit::kOpen;
      path.emplace_back(import, 0);
    }
  }
}

void Compiler::ReportCircle(const std::vector<Unit*>& open, Unit& again) {
  constexpr size_t kMostShown = 5;
  const auto begin = std::ranges::find(open, &again);
  const auto length = static_cast<size_t>(open.end() - begin);
  std::string circle;
  for (size_t i = 0; i < std::min(length, kMostShown); ++i)
    circle += begin[static_cast<std::ptrdiff_t>(i)]->name + " → ";
  if (length > kMostShown) circle += "… → ";
  ReportAtImport(*open.back(), again.name, "imports itself: " + circle + again.name);
}

void Compiler::Build(Unit& unit) {
  for (const std::string& import : unit.proto.dependency()) {
    const auto found = units_.find(import);
    if (found == units_.end() || found->second == nullptr || found->second->broken) unit.broken = true;
  }
  if (unit.broken) return;
  BuildErrors errors(*this, unit);
  if (pool_.BuildFileCollectingErrors(unit.proto, &errors) == nullptr) unit.broken = true;
}

tl::expected<std::string, Problems> Compiler::Compile(const std::vector<std::string>& names) {
  // The library logs what protoc warns of, such as a file without a syntax line.
  const pb::LogSilencer silence;
  for (const std::string& name : names) Load(name, nullptr);
  while (!unread_imports_.empty()) {
    Unit* const unit = unread_imports_.front();
    unread_imports_.pop_front();
    for (const std::string& import : unit->proto.dependency()) Load(import, unit);
  }
  for (const std::string& name : names) {
    if (Unit* const unit = units_.at(name).get()) {
      Visit(*unit);
    } else {
      problems_.push_back({name, "is neither built in nor in " + texts_.Places()});
    }
  }
  for (Unit* unit : order_) Build(*unit);
  if (!problems_.empty()) return tl::unexpected(std::move(problems_));

  pb::FileDescriptorSet set;
  for (Unit* unit : order_) {
    if (unit->built_in) continue;
    pb::FileDescriptorProto& file = *set.add_file();
    file = ProtoOf(*pool_.FindFileByName(unit->name));
    if (unit->source_info.location_size() > 0) file.mutable_source_code_info()->Swap(&unit->source_info);
  }
  return set.SerializeAsString();
}

}  // namespace

tl::expected<std::string, Problems> CompileProtos(ProtoTexts& texts, const std::vector<std::string>& names, Comments::Keep comments) {
  return Compiler(texts, comments).Compile(names);
}

}  // namespace dragoman::transcoding
