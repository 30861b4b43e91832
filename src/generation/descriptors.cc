#include "generation/descriptors.h"

#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "generation/proto_files.h"
#include "reflection/reflection.h"
#include "transcoding/proto_compiler.h"
#include "transcoding/quote.h"

namespace dragoman {
namespace {

void Append(Problems&& more, Problems& problems) {
  problems.insert(problems.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

constexpr size_t kMaxSetBytes = 512u << 20;  // six times those of all Google APIs with their comments

void AddFile(const config::DescriptorSource& source, Reading reading, transcoding::SchemaBuilder& builder, Problems& problems) {
  std::error_code missing;
  if (reading == Reading::kAgain && std::filesystem::exists(source.file, missing) && !std::filesystem::is_regular_file(source.file, missing)) {
    problems.push_back({source.at.ToString(), source.file + " is no regular file, which could be read but once; descriptors that are "
                                                            "refreshed or watched are read again: write them to a file"});
    return;
  }
  std::ifstream file(source.file, std::ios::binary);
  std::string set;
  std::error_code unknown;  // of a pipe
  if (const auto size = std::filesystem::file_size(source.file, unknown); !unknown) set.reserve(size);
  for (char block[64 << 10]; file.read(block, sizeof block) || file.gcount() > 0;) {
    set.append(block, static_cast<size_t>(file.gcount()));
    if (set.size() > kMaxSetBytes) {
      problems.push_back({source.at.ToString(), source.file + " has more than " + std::to_string(kMaxSetBytes >> 20) + "MiB"});
      return;
    }
  }
  if (!file.eof()) {
    problems.push_back({source.at.ToString(), "cannot read " + source.file + ": " + std::strerror(errno)});
    return;
  }
  builder.Add(source.file, set);
}

void AddProtos(const config::ProtoSource& source, transcoding::Comments::Keep comments, transcoding::SchemaBuilder& builder,
               Problems& problems) {
  ProtoFiles files(source);
  const std::vector<std::string> names = files.Expand(problems);
  if (names.empty()) return;
  tl::expected<std::string, Problems> set = transcoding::CompileProtos(files, names, comments);
  if (set) {
    builder.Add(files.Places(), *set, [&files](const std::string& name) { return files.PathOf(name); });
  } else {
    Append(std::move(set.error()), problems);
  }
}

// What its problems are of.
std::string NameOf(const config::ReflectionSource& source) { return "reflection of backend " + transcoding::Quote(source.backend); }

void AddReflected(const config::DescriptorSource& source, const Fetched& fetched, transcoding::SchemaBuilder& builder,
                  Problems& problems) {
  const std::string name = "backend " + transcoding::Quote(source.reflection->backend);
  const auto found = fetched.find(source.reflection->backend);
  if (found == fetched.end()) {
    problems.push_back({source.at.ToString(), name + " has not been asked for its descriptors"});
  } else if (!found->second) {
    problems.push_back({source.at.ToString(), found->second.error().what});
  } else {
    builder.Add(NameOf(*source.reflection), (*found->second)->set);
  }
}

// What to do where a server describes itself wrongly, which is not its services' fault.
Problems AdviceFor(const config::Config& config, const Problems& of_schema) {
  Problems advice;
  for (const config::DescriptorSource& source : config.descriptors) {
    if (!source.reflection) continue;
    const std::string name = NameOf(*source.reflection);
    if (std::ranges::none_of(of_schema, [&name](const Problem& problem) { return problem.where.starts_with(name + ": "); })) continue;
    advice.push_back({source.at.ToString(), "what the " + name + " says makes no schema; put it right, or " + std::string(reflection::kFileInstead)});
  }
  return advice;
}

tl::expected<transcoding::Schema, Problems> Load(const config::Config& config, const Fetched& fetched, Loading how) {
  using transcoding::Comments;
  const Comments::Keep comments = config.openapi ? Comments::Keep::kYes : Comments::Keep::kNo;  // nobody else reads them
  transcoding::SchemaBuilder builder(comments);
  Problems problems;
  for (const config::DescriptorSource& source : config.descriptors) {
    if (source.reflection) {
      const auto said = fetched.find(source.reflection->backend);
      const bool silent = said == fetched.end() || !said->second;
      if (!silent || how.silent == Silent::kProblem) AddReflected(source, fetched, builder, problems);
    } else if (source.proto) {
      AddProtos(*source.proto, comments, builder, problems);
    } else {
      AddFile(source, how.reading, builder, problems);
    }
  }
  tl::expected<transcoding::Schema, Problems> schema = std::move(builder).Build();
  if (schema && problems.empty()) return schema;
  if (!schema) {
    Append(AdviceFor(config, schema.error()), problems);
    Append(std::move(schema.error()), problems);
  }
  return tl::unexpected(std::move(problems));
}

}  // namespace

bool MayChange(const config::Config& config) {
  const auto is_asked = [](const config::DescriptorSource& source) { return source.reflection.has_value(); };
  return config.reload.watch || std::any_of(config.descriptors.begin(), config.descriptors.end(), is_asked);
}

tl::expected<transcoding::Schema, Problems> LoadSchema(const config::Config& config, const Fetched& fetched,
                                                       Loading how) {
  tl::expected<transcoding::Schema, Problems> schema = Load(config, fetched, how);
  // What thousands of files took while they were read lies about in free pieces, which the allocator would keep.
  malloc_trim(0);
  return schema;
}

}  // namespace dragoman
