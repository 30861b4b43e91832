#include "generation/proto_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class ProtoFilesTest : public ::testing::Test {
 protected:
  ProtoFilesTest() {
    char path[] = "/tmp/dragoman-protos-XXXXXX";
    EXPECT_NE(::mkdtemp(path), nullptr);
    folder_ = path;
  }
  ~ProtoFilesTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, std::string_view text = "") {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  void AddRoot(const std::string& name) {
    source_.roots.push_back({(folder_ / name).string(), {"d.yaml", 1, static_cast<int>(source_.roots.size()) + 1}});
  }
  std::vector<std::string> Expand(std::vector<std::string> patterns) {
    source_.files.clear();
    problems_.clear();
    int line = 1;
    for (const std::string& pattern : patterns) {
      source_.files.push_back({*config::Glob::Parse(pattern), {"d.yaml", ++line, 1}});
    }
    Problems problems;
    std::vector<std::string> names = ProtoFiles(source_).Expand(problems);
    for (const Problem& problem : problems) problems_.push_back(problem.where + ": " + WithoutFolder(problem.what));
    return names;
  }
  // The path of a file, "-" where there is none, or why it cannot be had.
  std::string Find(ProtoFiles& files, const std::string& name) {
    const auto found = files.Find(name);
    if (!found) return WithoutFolder(found.error());
    return *found ? WithoutFolder((*found)->path) : "-";
  }
  std::string WithoutFolder(std::string text) const {
    const std::string prefix = folder_.string() + "/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

  fs::path folder_;
  config::ProtoSource source_;
  std::vector<std::string> problems_;
};

TEST_F(ProtoFilesTest, ExpandsPatternsInTheirOrderAndNamesInTheirs) {
  for (const char* name : {"p/b.proto", "p/a.proto", "p/shop/v1/x.proto", "p/shop/v1/y.proto", "p/shop/v2/x.proto",
                           "p/shop/notes.txt", "p/.git/x.proto", "p/.hidden.proto"}) {
    Write(name);
  }
  fs::create_directories(folder_ / "p/folder.proto");
  AddRoot("p");
  EXPECT_THAT(Expand({"**/*.proto"}),
              ElementsAre("a.proto", "b.proto", "shop/v1/x.proto", "shop/v1/y.proto", "shop/v2/x.proto"));
  EXPECT_THAT(Expand({"shop/*/x.proto", "*.proto", "b.proto", ".hidden.proto", ".git/*.proto"}),
              ElementsAre("shop/v1/x.proto", "shop/v2/x.proto", "a.proto", "b.proto", ".hidden.proto", ".git/x.proto"));
  EXPECT_THAT(problems_, ElementsAre());
}

TEST_F(ProtoFilesTest, MergesRootsAndTakesAFileFromTheFirst) {
  Write("one/a.proto", "first");
  Write("two/a.proto", "second");
  Write("two/b.proto");
  fs::create_directories(folder_ / "one/b.proto");
  AddRoot("one");
  AddRoot("two");
  EXPECT_THAT(Expand({"*.proto"}), ElementsAre("a.proto", "b.proto"));
  ProtoFiles files(source_);
  EXPECT_EQ((*files.Find("a.proto"))->text, "first");
  EXPECT_EQ(Find(files, "a.proto"), "one/a.proto");
  EXPECT_EQ(Find(files, "b.proto"), "two/b.proto");
  EXPECT_EQ(Find(files, "a.proto/b.proto"), "-");
  EXPECT_EQ(Find(files, "c.proto"), "-");
  EXPECT_EQ(WithoutFolder(files.Places()), "one, two");
}

TEST_F(ProtoFilesTest, NamesRootsAndPatternsThatAreWrong) {
  Write("p/a.proto");
  AddRoot("p");
  EXPECT_THAT(Expand({"b.proto", "*.proto", "shop/*.proto", "p/*.proto"}), ElementsAre("a.proto"));
  EXPECT_THAT(
      problems_,
      ElementsAre("d.yaml:2:1: \"b.proto\" matches no file in p", "d.yaml:4:1: \"shop/*.proto\" matches no file in p",
                  "d.yaml:5:1: \"p/*.proto\" matches no file in p; files are named from their root: \"*.proto\""));
  AddRoot("nowhere");
  AddRoot("p/a.proto");
  EXPECT_THAT(Expand({"a.proto", "b.proto"}), ElementsAre("a.proto"));
  EXPECT_THAT(problems_, ElementsAre("d.yaml:1:2: cannot read nowhere: No such file or directory",
                                     "d.yaml:1:3: p/a.proto is no folder; a root is what imports are relative to, as "
                                     "protoc -I has it"));
}

TEST_F(ProtoFilesTest, FollowsLinksButNotInCircles) {
  Write("p/shop/a.proto");
  Write("elsewhere/b.proto");
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "p/linked");
  fs::create_directory_symlink(folder_ / "p", folder_ / "p/shop/again");
  fs::create_directory_symlink(folder_ / "p/loop", folder_ / "p/loop");
  fs::create_symlink(folder_ / "elsewhere/b.proto", folder_ / "p/c.proto");
  fs::create_symlink(folder_ / "gone", folder_ / "p/dangling.proto");
  AddRoot("p");
  EXPECT_THAT(Expand({"**/*.proto"}), ElementsAre("c.proto", "dangling.proto", "linked/b.proto", "shop/a.proto"));
  ProtoFiles files(source_);
  EXPECT_EQ(Find(files, "linked/b.proto"), "p/linked/b.proto");
  EXPECT_EQ(Find(files, "dangling.proto"), "-");
  EXPECT_EQ(Find(files, "loop/a.proto"), "cannot read p/loop/a.proto: Too many levels of symbolic links");
}

TEST_F(ProtoFilesTest, ReadsOnlyRegularFilesOfASoberSize) {
  fs::create_directories(folder_ / "p");
  ASSERT_EQ(mkfifo((folder_ / "p/pipe.proto").c_str(), 0600), 0);
  fs::create_symlink("/dev/zero", folder_ / "p/zero.proto");
  Write("p/huge.proto");
  fs::resize_file(folder_ / "p/huge.proto", ProtoFiles::kMaxFileBytes + 1);
  Write("p/large.proto");
  fs::resize_file(folder_ / "p/large.proto", ProtoFiles::kMaxFileBytes);
  AddRoot("p");
  ProtoFiles files(source_);
  EXPECT_EQ(Find(files, "pipe.proto"), "cannot read p/pipe.proto: it is no regular file");
  EXPECT_EQ(Find(files, "zero.proto"), "cannot read p/zero.proto: it is no regular file");
  EXPECT_EQ(Find(files, "huge.proto"), "p/huge.proto has more than 8MiB");
  for (size_t bytes = 0; bytes < ProtoFiles::kMaxBytes; bytes += ProtoFiles::kMaxFileBytes) {
    EXPECT_EQ(Find(files, "large.proto"), "p/large.proto");
  }
  EXPECT_EQ(Find(files, "large.proto"), "the files have more than 128MiB, imports included");
}

TEST_F(ProtoFilesTest, ReadsATenThousandFilesAtMost) {
  Write("p/a.proto");
  AddRoot("p");
  ProtoFiles files(source_);
  for (size_t i = 0; i < ProtoFiles::kMaxFiles; ++i) ASSERT_EQ(Find(files, "a.proto"), "p/a.proto");
  EXPECT_EQ(Find(files, "a.proto"), "more than 10000 files, imports included");
}

}  // namespace
}  // namespace dragoman
