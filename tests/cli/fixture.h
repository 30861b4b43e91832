#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "generation/generation.h"

namespace dragoman::cli {

// A folder with a descriptor set, library.pb, and configurations beside it.
//
//   service library.v1.Library { GetBook (annotated)  ListBooks  PutBook  Watch (server stream) }     nothing else is
//   annotated Book { string name; int64 shelf; Kind kind; bool lent; repeated string tags; google.protobuf.Timestamp
//   printed; Book sequel; bytes raw }
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Writes `text` as dragoman.yaml and returns its path.
  std::string WriteConfig(std::string_view text) const;
  // The generation of a configuration with one backend, every service, and `more`.
  std::shared_ptr<const Generation> Build(std::string_view more = {}) const;

  static constexpr std::string_view kConfig =
      "descriptors: [{file: library.pb}]\n"
      "backends: {library: {endpoints: [\"127.0.0.1:50051\"]}}\n"
      "services: [{name: \"library.v1.*\", backend: library}]\n";

 private:
  std::string path_;
};

// What a command printed, and its exit code.
struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};
Outcome RunCommand(const std::vector<std::string>& arguments);

}  // namespace dragoman::cli
