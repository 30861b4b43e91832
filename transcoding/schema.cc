#include "transcoding/schema.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <deque>
#include <functional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "transcoding/built_in_files.h"
#include "transcoding/descriptor_scan.h"
#include "transcoding/editions.h"
#include "transcoding/quote.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {

namespace pb = google::protobuf;

namespace {

pb::ArenaOptions InLargeBlocks() {
  pb::ArenaOptions options;
  options.start_block_size = 64 << 10;
  options.max_block_size = 64 << 20;
  return options;
}

// What protobuf finds wrong with one file; of what repeats itself the first kMostErrors.
class CollectedErrors : public pb::DescriptorPool::ErrorCollector {
 public:
  // `source_of`: which source holds the file of a name.
  CollectedErrors(std::string where, std::function<std::string(std::string_view)> source_of, Problems& problems)
      : where_(std::move(where)), source_of_(std::move(source_of)), problems_(problems) {}
  ~CollectedErrors() override {
    if (errors_ > kMostErrors) problems_.push_back({where_, "and " + std::to_string(errors_ - kMostErrors) + " problems more"});
  }

  void AddError(const std::string& /*filename*/, const std::string& element, const pb::Message* /*descriptor*/,
                ErrorLocation /*location*/, const std::string& message) override {
    std::string text = Shown(message);
    if (const size_t taken = text.find(kTaken); taken != std::string::npos) {
      clashes_ = true;
      const std::string file = text.substr(taken + kTaken.size(), text.find('"', taken + kTaken.size()) - taken - kTaken.size());
      if (text.ends_with('.')) text.pop_back();
      text += " of " + source_of_(file) + "; one gateway can serve one of them";
    } else if (clashes_ && text.find(" seems to be defined in ") != std::string::npos) {
      return;  // what the other one took
    }
    if (++errors_ <= kMostErrors) problems_.push_back({where_, Shown(element) + ": " + text});
  }

 private:
  static constexpr std::string_view kTaken = "is already defined in file \"";
  static constexpr size_t kMostErrors = 100;
  static constexpr size_t kMostShown = 1024;  // bytes of a name or text

  static std::string Shown(const std::string& text) { return text.size() <= kMostShown ? text : text.substr(0, kMostShown) + "…"; }

  const std::string where_;
  const std::function<std::string(std::string_view)> source_of_;
  Problems& problems_;
  size_t errors_ = 0;
  bool clashes_ = false;  // a name of the file is another's already
};

// Protobuf enters a package name by name, each with all before it, and one within the other.
constexpr ptrdiff_t kMaxPackageNames = 100;
constexpr size_t kMaxPackageBytes = 4096;

bool TooLongAPackage(const std::string& package) {
  return package.size() > kMaxPackageBytes || std::count(package.begin(), package.end(), '.') >= kMaxPackageNames;
}

// What a file says but for its source_code_info, which every blank line changes. In `rest` where it has one.
std::string_view WithoutSourceInfo(std::string_view file, std::string& rest) {
  rest.clear();
  const char* from = file.data();  // of what is not in `rest` yet
  WireCursor cursor(file);
  while (!cursor.done()) {
    const char* const field = cursor.at();
    uint32_t tag = 0;
    if (!cursor.ReadTag(tag) || !cursor.Skip(tag)) break;
    if (NumberOf(tag) != pb::FileDescriptorProto::kSourceCodeInfoFieldNumber) continue;
    rest.append(from, field);
    from = cursor.at();
  }
  if (from == file.data()) return file;
  return rest.append(from, file.data() + file.size());
}

}  // namespace

struct SchemaBuilder::State {
  struct File {
    const pb::FileDescriptorProto& proto;  // in the arena
    std::string source;                    // empty: built in
  };
  // A file whose turn comes when what it imports has been built.
  struct Step {
    const File* file;
    int next_import = 0;
  };
  // Thousands of files are as many megabytes: they go as they came, in one piece.
  pb::Arena arena{InLargeBlocks()};
  std::unordered_map<std::string_view, File> files;
  std::vector<std::string> order;  // of the files, as they were added
  Problems problems;
  size_t fingerprint = 0;
  DescriptorBounds left;  // of what all sources may take
  Comments::Keep keep_comments = Comments::Keep::kNo;
  Comments comments;
  Declarations declarations;

  std::unique_ptr<pb::DescriptorPool> pool = std::make_unique<pb::DescriptorPool>();
  std::unique_ptr<Features> features = std::make_unique<Features>();
  std::set<std::string, std::less<>> of_editions;  // files of an edition, and all that import one
  enum class Visit { kOpen, kDone };
  std::unordered_map<std::string_view, Visit> visited;
  std::deque<File> built_in;

  void Fingerprint(std::string_view bytes);
  void FingerprintFiles(std::string_view set);
  void KeepComments(const pb::FileDescriptorProto& proto);
  void Insert(const std::string& source, pb::FileDescriptorProto& proto, const OpenedAs& opened_as);
  const pb::FileDescriptorProto& CopyOf(const pb::FileDescriptor& file);
  void Load(const std::string& name);
  void Enter(const std::string& name, std::vector<Step>& path);
  void BuildFile(const File& file);
  void Build(const pb::FileDescriptorProto& proto, Edition edition, const std::string& where);
  bool HasSymbolOf(const pb::FileDescriptorProto& file) const;
};

void SchemaBuilder::State::Fingerprint(std::string_view bytes) {
  fingerprint = (std::rotl(fingerprint, 7) ^ std::hash<std::string_view>()(bytes)) * 0x9e3779b97f4a7c15;
}

// Of a set that has been parsed.
void SchemaBuilder::State::FingerprintFiles(std::string_view set) {
  std::string rest;
  WireCursor cursor(set);
  while (!cursor.done()) {
    uint32_t tag = 0;
    std::string_view file;
    if (!cursor.ReadTag(tag)) return;
    if (tag != MakeTag(pb::FileDescriptorSet::kFileFieldNumber, WireType::kLength)) {
      if (!cursor.Skip(tag)) return;
    } else if (cursor.ReadLengthDelimited(file)) {
      Fingerprint(WithoutSourceInfo(file, rest));
    } else {
      return;
    }
  }
}

void SchemaBuilder::State::KeepComments(const pb::FileDescriptorProto& proto) {
  comments.Add(proto);
  for (const pb::SourceCodeInfo::Location& location : proto.source_code_info().location()) {
    if (location.leading_comments().empty() && location.trailing_comments().empty()) continue;
    const auto path = std::as_bytes(std::span(location.path().data(), static_cast<size_t>(location.path_size())));
    Fingerprint({reinterpret_cast<const char*>(path.data()), path.size()});
    Fingerprint(location.leading_comments());
    Fingerprint(location.trailing_comments());
  }
}

void SchemaBuilder::State::Insert(const std::string& source, pb::FileDescriptorProto& proto, const OpenedAs& opened_as) {
  if (keep_comments == Comments::Keep::kYes) KeepComments(proto);
  const std::string& name = proto.name();
  if (TooLongAPackage(proto.package())) {
    problems.push_back({source, "file " + Quote(name) + ": the package " + Quote(proto.package()) + " is too long; expected at most " +
                                    std::to_string(kMaxPackageNames) + " names and " + std::to_string(kMaxPackageBytes) + " bytes"});
    return;
  }
  const auto [it, added] = files.try_emplace(name, File{proto, source});
  if (added && proto.service_size() > 0) declarations.Add(proto, opened_as ? opened_as(name) : std::string());
  // It is no part of what a file means, and only some compilers keep it.
  proto.clear_source_code_info();
  if (added) {
    order.push_back(name);
    return;
  }
  // Every release of protobuf and googleapis has its own comments, options and additions in those.
  if (FindBuiltIn(name) != nullptr) return;
  if (it->second.proto.SerializeAsString() != proto.SerializeAsString()) {
    problems.push_back({source, "file \"" + name + "\" differs from the one of that name in " + it->second.source +
                                    "; make both from the same sources"});
  }
}

const pb::FileDescriptorProto& SchemaBuilder::State::CopyOf(const pb::FileDescriptor& file) {
  auto* const proto = pb::Arena::CreateMessage<pb::FileDescriptorProto>(&arena);
  *proto = ProtoOf(file);
  return *proto;
}

// Builds a file after everything that it imports. Not by recursion: a set may hold a chain of any length.
void SchemaBuilder::State::Load(const std::string& name) {
  std::vector<Step> path;
  Enter(name, path);
  while (!path.empty()) {
    Step& step = path.back();
    const pb::FileDescriptorProto& proto = step.file->proto;
    if (step.next_import < proto.dependency_size()) {
      Enter(proto.dependency(step.next_import++), path);
      continue;
    }
    BuildFile(*step.file);
    visited[proto.name()] = Visit::kDone;
    path.pop_back();
  }
}

void SchemaBuilder::State::Enter(const std::string& name, std::vector<Step>& path) {
  const auto found = files.find(name);
  const pb::FileDescriptor* const known = found == files.end() ? FindBuiltIn(name) : nullptr;
  if (found == files.end() && known == nullptr) return;
  if (visited.contains(name)) return;
  const File& file = known == nullptr ? found->second : built_in.emplace_back(File{CopyOf(*known), ""});
  visited.emplace(file.proto.name(), Visit::kOpen);
  path.push_back({&file});
}

void SchemaBuilder::State::BuildFile(const File& file) {
  const auto missing = [&](const std::string& import) { return pool->FindFileByName(import) == nullptr; };
  const bool is_built_in = file.source.empty();
  if (is_built_in && (HasSymbolOf(file.proto) || std::ranges::any_of(file.proto.dependency(), missing))) return;
  const std::string where = file.source + ": " + file.proto.name();
  const tl::expected<Edition, std::string> edition = EditionOf(file.proto);
  if (!edition) {
    problems.push_back({where, edition.error()});
    return;
  }
  bool complete = true;
  for (const std::string& import : file.proto.dependency()) {
    if (!missing(import)) continue;
    complete = false;
    if (!files.contains(import)) {
      problems.push_back(
          {where,
           "imports \"" + import + "\", which no descriptor source holds; make the set with protoc --include_imports"});
    } else if (visited.at(import) == Visit::kOpen) {
      problems.push_back({where, "imports \"" + import + "\", which imports it in turn"});
    }
  }
  if (complete) Build(file.proto, *edition, where);
}

// All that the file imports has been built.
void SchemaBuilder::State::Build(const pb::FileDescriptorProto& proto, Edition edition, const std::string& where) {
  const bool is_of_edition = proto.syntax() == "editions";
  const bool imports_edition =
      std::ranges::any_of(proto.dependency(), [this](const auto& import) { return of_editions.contains(import); });
  if (is_of_edition || imports_edition) of_editions.insert(proto.name());
  const auto source_of = [this](std::string_view name) {
    const auto file = files.find(name);
    return file == files.end() ? std::string("the built-in ones") : file->second.source;
  };
  CollectedErrors errors(where, source_of, problems);
  // A proto3 file may use the enums of an edition, but protobuf, which is told that they are of proto2, would refuse
  // it.
  if (!is_of_edition && !(imports_edition && edition == Edition::kProto3)) {
    pool->BuildFileCollectingErrors(proto, &errors);
  } else if (const auto* built = pool->BuildFileCollectingErrors(LowerToProto2(proto), &errors)) {
    ResolveFeatures(*built, edition, where, *features, problems);
  }
}

// Where the sources hold one of a built-in file's symbols in a file of another name, theirs stands.
bool SchemaBuilder::State::HasSymbolOf(const pb::FileDescriptorProto& file) const {
  const auto known = [&](const auto& definition) {
    return pool->FindFileContainingSymbol(file.package() + "." + definition.name()) != nullptr;
  };
  return std::ranges::any_of(file.message_type(), known) || std::ranges::any_of(file.enum_type(), known) ||
         std::ranges::any_of(file.extension(), known);
}

SchemaBuilder::SchemaBuilder(Comments::Keep comments) : state_(std::make_unique<State>()) { state_->keep_comments = comments; }
SchemaBuilder::~SchemaBuilder() = default;

void SchemaBuilder::Add(std::string_view source, std::string_view serialized_set, const OpenedAs& opened_as) {
  const DescriptorScan scan = ScanDescriptorSet(serialized_set, state_->left);
  if (scan.outcome == DescriptorScan::Outcome::kTooMuch) {
    state_->problems.push_back({std::string(source), WhyTooMuch(scan, state_->left)});
    return;
  }
  auto& set = *pb::Arena::CreateMessage<pb::FileDescriptorSet>(&state_->arena);
  // Whether required fields are there is judged file by file, when they are built.
  if (scan.outcome != DescriptorScan::Outcome::kWhole || serialized_set.size() > INT_MAX ||
      !set.ParsePartialFromArray(serialized_set.data(), static_cast<int>(serialized_set.size())) || set.file_size() == 0) {
    state_->problems.push_back({std::string(source), WhyNoDescriptorSet(serialized_set, scan)});
    return;
  }
  state_->left.parsed_bytes -= scan.parsed_bytes;
  state_->left.range_pairs -= scan.range_pairs;
  state_->FingerprintFiles(serialized_set);
  for (pb::FileDescriptorProto& file : *set.mutable_file()) state_->Insert(std::string(source), file, opened_as);
}

tl::expected<Schema, Problems> SchemaBuilder::Build() && {
  for (const std::string& name : state_->order) state_->Load(name);
  for (const pb::FileDescriptor* file : BuiltInFiles()) state_->Load(file->name());
  if (!state_->problems.empty()) {
    // Names are anybody's, and each problem is a line.
    for (Problem& problem : state_->problems) {
      std::ranges::replace(problem.where, '\n', ' ');
      std::ranges::replace(problem.what, '\n', ' ');
    }
    return tl::unexpected(std::move(state_->problems));
  }

  Schema schema;
  schema.pool_ = std::move(state_->pool);
  schema.features_ = std::move(state_->features);
  schema.fingerprint_ = state_->fingerprint;
  state_->comments.Freeze();
  schema.comments_ = std::move(state_->comments);
  state_->declarations.Freeze();
  schema.declarations_ = std::move(state_->declarations);
  for (const std::string& name : state_->order) {
    const pb::FileDescriptor* file = schema.pool_->FindFileByName(name);
    schema.files_.push_back(file);
    for (int i = 0; i < file->service_count(); ++i) schema.services_.push_back(file->service(i));
  }
  return schema;
}

Schema::Schema() = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

}  // namespace dragoman::transcoding
