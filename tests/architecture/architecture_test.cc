#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "layers.h"

namespace dragoman::architecture {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const fs::path kRoot = DRAGOMAN_SOURCE_DIR;
constexpr size_t kMaxLines = 700;

std::vector<SourceFile> ProductCode() { return ReadTree(kRoot, {"transcoding", "config", "src"}, {".h", ".cc"}); }

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(Layers, ABreachIsReportedWithFileAndLine) {
  std::vector<SourceFile> files = {
      {"src/http/listener.cc", "#pragma once\n\n#include \"gateway/pipeline.h\"\n#include \"base/loop.h\"\n"},
      {"src/upstream/call.cc", "#include \"http/listener.h\"\n#include \"transcoding/buffer.h\"\n"},
      {"transcoding/schema.cc", "#include \"config/config.h\"\n#include \"google/rpc/status.pb.h\"\n"},
      {"src/cli/serve.cc", "#include \"serve.h\"\n"},
      {"src/strange/x.cc", ""},
  };
  EXPECT_THAT(
      CheckLayers(files),
      ElementsAre("src/http/listener.cc:3: src/http must not include src/gateway (\"gateway/pipeline.h\")",
                  "src/upstream/call.cc:1: src/upstream must not include src/http (\"http/listener.h\")",
                  "transcoding/schema.cc:1: transcoding must not include config (\"config/config.h\")",
                  "src/cli/serve.cc:1: \"serve.h\" names no layer; write it from the repository's root or from src/",
                  "src/strange/x.cc:1: lies in no layer; give its folder a row in tests/architecture/layers.cc"));
}

TEST(Layers, AForeignHeaderIsReportedWithFileAndLine) {
  std::vector<SourceFile> files = {
      {"transcoding/schema.cc", "#include <string>\n#include <thread>\n"},
      {"src/gateway/pipeline.cc", "#include <thread>\n#include <grpcpp/grpcpp.h>\n"},
  };
  EXPECT_THAT(CheckForeignHeaders(files),
              ElementsAre("transcoding/schema.cc:2: transcoding must not include <thread>",
                          "src/gateway/pipeline.cc:2: src/gateway must not include <grpcpp/grpcpp.h>"));
}

TEST(Layers, IncludesPointOneWay) { EXPECT_THAT(CheckLayers(ProductCode()), IsEmpty()); }

TEST(Layers, FoldersKeepTheirPromises) { EXPECT_THAT(CheckForeignHeaders(ProductCode()), IsEmpty()); }

TEST(Tree, EveryTestOnDiskIsBuilt) {
  std::string built = ReadFile(fs::path(DRAGOMAN_BINARY_DIR) / "compile_commands.json");
  ASSERT_FALSE(built.empty());
  std::vector<std::string> forgotten;
  for (const SourceFile& file : ReadTree(kRoot, {"tests", "examples"}, {".cc"})) {
    if (!file.path.ends_with("_test.cc")) continue;
    if (built.find("\"" + (kRoot / file.path).string() + "\"") == std::string::npos) forgotten.push_back(file.path);
  }
  EXPECT_THAT(forgotten, IsEmpty()) << "name their folder in tests/CMakeLists.txt";
}

TEST(Tree, EveryFolderOfCodeHasAReadmeThatNamesItsDoor) {
  std::set<std::string> folders;
  for (const SourceFile& file : ProductCode()) folders.insert(fs::path(file.path).parent_path().generic_string());
  folders.erase("src");
  std::vector<std::string> problems;
  for (const std::string& folder : folders) {
    std::string readme = ReadFile(kRoot / folder / "README.md");
    std::string first_line = readme.substr(0, readme.find('\n'));
    std::smatch match;
    if (readme.empty()) {
      problems.push_back(folder + ": has no README.md");
    } else if (!std::regex_search(first_line, match, std::regex("[A-Za-z0-9_/]+\\.h\\b"))) {
      problems.push_back(folder + "/README.md:1: names no header as the folder's door");
    } else if (!fs::exists(kRoot / folder / match.str()) && !fs::exists(kRoot / match.str()) &&
               !fs::exists(kRoot / "src" / match.str())) {
      problems.push_back(folder + "/README.md:1: names " + match.str() + " as the folder's door, which does not exist");
    }
  }
  EXPECT_THAT(problems, IsEmpty());
}

TEST(Tree, NoFileIsTooLongToRead) {
  std::vector<std::string> problems;
  for (const SourceFile& file :
       ReadTree(kRoot, {"transcoding", "config", "src", "tests", "examples", "bench", "scripts", "cmake"},
                {".h", ".cc", ".proto", ".cmake", ".sh", ".py"})) {
    size_t lines = static_cast<size_t>(std::count(file.text.begin(), file.text.end(), '\n'));
    if (lines > kMaxLines) problems.push_back(file.path + ": " + std::to_string(lines) + " lines; two ideas live here");
  }
  EXPECT_THAT(problems, IsEmpty());
}

}  // namespace
}  // namespace dragoman::architecture
