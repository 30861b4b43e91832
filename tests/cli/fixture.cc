#include "tests/cli/fixture.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cli/cli.h"
#include "config/load.h"
#include "google/api/annotations.pb.h"

namespace dragoman::cli {
namespace {

constexpr char kLibrary[] = R"(
  name: "library/v1/library.proto"
  package: "library.v1"
  syntax: "proto3"
  dependency: "google/api/annotations.proto"
  dependency: "google/protobuf/timestamp.proto"
  enum_type { name: "Kind" value { name: "NOVEL" number: 0 } value { name: "POEM" number: 1 } }
  message_type {
    name: "Book"
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "shelf" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
    field { name: "kind" number: 3 type: TYPE_ENUM type_name: ".library.v1.Kind" label: LABEL_OPTIONAL }
    field { name: "lent" number: 4 type: TYPE_BOOL label: LABEL_OPTIONAL }
    field { name: "tags" number: 5 type: TYPE_STRING label: LABEL_REPEATED }
    field { name: "printed" number: 6 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL }
    field { name: "sequel" number: 7 type: TYPE_MESSAGE type_name: ".library.v1.Book" label: LABEL_OPTIONAL }
    field { name: "raw" number: 8 type: TYPE_BYTES label: LABEL_OPTIONAL }
  }
  service {
    name: "Library"
    method {
      name: "GetBook" input_type: ".library.v1.Book" output_type: ".library.v1.Book"
      options { [google.api.http] { get: "/v1/shelves/{shelf}/books/{name}" } }
    }
    method { name: "ListBooks" input_type: ".library.v1.Book" output_type: ".library.v1.Book" }
    method { name: "PutBook" input_type: ".library.v1.Book" output_type: ".library.v1.Book" }
    method { name: "Watch" input_type: ".library.v1.Book" output_type: ".library.v1.Book" server_streaming: true }
  }
)";

void Write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace

Folder::Folder() {
  char path[] = "/tmp/dragoman-cli-XXXXXX";
  EXPECT_NE(::mkdtemp(path), nullptr);
  path_ = path;

  google::protobuf::FileDescriptorSet set;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kLibrary, set.add_file()));
  Write(this->path("library.pb"), set.SerializeAsString());
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::string Folder::WriteConfig(std::string_view text) const {
  std::string file = path("dragoman.yaml");
  Write(file, text);
  return file;
}

std::shared_ptr<const Generation> Folder::Build(std::string_view more) const {
  auto config = config::LoadText(path("dragoman.yaml"), std::string(kConfig) + std::string(more));
  if (!config) {
    ADD_FAILURE() << config.error()[0].where << ": " << config.error()[0].what;
    return nullptr;
  }
  auto generation = BuildGeneration(*std::move(config));
  if (!generation) {
    ADD_FAILURE() << generation.error()[0].where << ": " << generation.error()[0].what;
    return nullptr;
  }
  return *generation;
}

Outcome RunCommand(const std::vector<std::string>& arguments) {
  const std::vector<std::string_view> views(arguments.begin(), arguments.end());
  std::ostringstream out;
  std::ostringstream err;
  Outcome outcome;
  outcome.exit_code = Run(views, out, err);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

}  // namespace dragoman::cli
