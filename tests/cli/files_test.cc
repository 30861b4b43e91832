#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/write_file.h"
#include "tests/cli/fixture.h"

namespace dragoman::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteAll(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

TEST(Fmt, PrintsChecksAndWrites) {
  const Folder folder;
  const std::string good = folder.path("good.yaml");
  const std::string bad = folder.path("bad.yaml");
  const std::string broken = folder.path("broken.yaml");
  WriteAll(good, "a: 1\n");
  WriteAll(bad, "a:\n    b: [ 1 ]  # c\n");
  WriteAll(broken, "a: [1\n");

  Outcome outcome = RunCommand({"fmt", bad, good});
  EXPECT_EQ(outcome.exit_code, kDone);
  EXPECT_EQ(outcome.out, "a:\n  b: [1]    # c\na: 1\n");

  outcome = RunCommand({"fmt", "--check", good, bad});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.out, bad + "\n");
  EXPECT_EQ(RunCommand({"fmt", "--check", good}).exit_code, kDone);

  outcome = RunCommand({"fmt", "--write", good, bad, broken});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.out, bad + "\n");
  EXPECT_THAT(outcome.err, HasSubstr(broken + ":1:"));
  EXPECT_EQ(ReadAll(bad), "a:\n  b: [1]    # c\n");
  EXPECT_EQ(ReadAll(broken), "a: [1\n");
  EXPECT_EQ(RunCommand({"fmt", "--check", bad}).exit_code, kDone);

  outcome = RunCommand({"fmt", "/nowhere"});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, "/nowhere: cannot be read: No such file or directory\n");
}

TEST(Fmt, KeepsTheFileUntilTheNewOneIsWhole) {
  namespace fs = std::filesystem;
  const Folder folder;
  const std::string file = folder.path("mine.yaml");
  const std::string link = folder.path("link.yaml");
  WriteAll(file, "a:   [ 1 ]\n");
  fs::permissions(file, fs::perms(0640));
  fs::create_symlink("mine.yaml", link);
  EXPECT_EQ(RunCommand({"fmt", "--write", link}).exit_code, kDone);
  EXPECT_EQ(ReadAll(file), "a:   [1]\n");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0640));
  EXPECT_TRUE(fs::is_symlink(link));

  // Nothing is left beside it, also where it cannot be written.
  EXPECT_NE(WriteFile(folder.path("nowhere/a"), "text"), "");
  EXPECT_EQ(WriteFile(file, "other", Existing::kKeep), "exists already");
  EXPECT_EQ(ReadAll(file), "a:   [1]\n");
  EXPECT_EQ(WriteFile(folder.path("new.yaml"), "b: 1\n", Existing::kKeep), "");
  EXPECT_EQ(ReadAll(folder.path("new.yaml")), "b: 1\n");
  EXPECT_EQ(fs::status(folder.path("new.yaml")).permissions() & fs::perms::owner_read, fs::perms::owner_read);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path(""))) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("library.pb", "mine.yaml", "link.yaml", "new.yaml"));

  // What is no regular file is written to.
  EXPECT_EQ(WriteFile("/dev/null", "text"), "");
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

TEST(WriteFile, LeavesLinksThatLeadToNothingYet) {
  namespace fs = std::filesystem;
  const Folder folder;
  fs::create_directory(folder.path("real"));
  fs::create_symlink("real/new.yaml", folder.path("one"));
  fs::create_symlink(folder.path("one"), folder.path("two"));
  EXPECT_EQ(WriteFile(folder.path("two"), "a: 1\n"), "");
  EXPECT_EQ(ReadAll(folder.path("real/new.yaml")), "a: 1\n");
  EXPECT_TRUE(fs::is_symlink(folder.path("one")));
  EXPECT_TRUE(fs::is_symlink(folder.path("two")));
  EXPECT_EQ(WriteFile(folder.path("two"), "b: 1\n", Existing::kKeep), "exists already");

  fs::remove(folder.path("real/new.yaml"));
  EXPECT_EQ(WriteFile(folder.path("two"), "b: 1\n", Existing::kKeep), "");
  EXPECT_EQ(ReadAll(folder.path("real/new.yaml")), "b: 1\n");

  fs::create_symlink("circle", folder.path("circle"));
  EXPECT_EQ(WriteFile(folder.path("circle"), "c: 1\n"), "cannot be written: Too many levels of symbolic links");
  EXPECT_TRUE(fs::is_symlink(folder.path("circle")));
}

// Ends with 0 if it could be written, by somebody who is in one group alone.
[[noreturn]] void WriteAs(id_t user_and_group, const std::string& path) {
  const bool became = ::setgroups(0, nullptr) == 0 && ::setgid(user_and_group) == 0 && ::setuid(user_and_group) == 0;
  std::_Exit(became && WriteFile(path, "a: 2\n").empty() ? 0 : 1);
}

TEST(WriteFile, AllowsNobodyElseMoreThanBefore) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may make files of others";
  constexpr id_t kSomebody = 65534;
  const Folder folder;
  ASSERT_EQ(::chmod(folder.path("").c_str(), 0777), 0);
  const std::string file = folder.path("mine.yaml");
  const struct {
    gid_t group;
    mode_t before;
    mode_t after;
  } kCases[] = {
      {kSomebody, 02660, 0660},  // the group may be kept
      {0, 06664, 0604},          // nor that
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.before);
    WriteAll(file, "a: 1\n");
    ASSERT_EQ(::chown(file.c_str(), 0, test.group), 0);
    ASSERT_EQ(::chmod(file.c_str(), test.before), 0);
    EXPECT_EXIT(WriteAs(kSomebody, file), testing::ExitedWithCode(0), "");
    EXPECT_EQ(ReadAll(file), "a: 2\n");
    struct stat now {};
    ASSERT_EQ(::stat(file.c_str(), &now), 0);
    EXPECT_EQ(now.st_uid, kSomebody);
    EXPECT_EQ(now.st_gid, kSomebody);
    EXPECT_EQ(now.st_mode & 07777, test.after);
    ASSERT_EQ(::unlink(file.c_str()), 0);
  }
}

// A block that is commented out begins with a `#` and a name in the first column, and goes on in lines whose `#` two blanks follow. The lines of
// blocks[i] without their `#`.
std::vector<std::vector<size_t>> BlocksOf(const std::vector<std::string>& lines) {
  std::vector<std::vector<size_t>> blocks;
  bool within = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const bool begins = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    if (begins && !within) blocks.emplace_back();
    within = begins || (within && line.starts_with("#  "));
    if (within) blocks.back().push_back(i);
  }
  return blocks;
}

TEST(Init, WritesWhatCheckFindsNothingIn) {
  const Folder folder;
  const std::string file = folder.path("new.yaml");
  Outcome outcome = RunCommand({"init", "--descriptors", folder.path("library.pb"), "--backend", "10.0.0.7:50051", "--output", file});
  ASSERT_EQ(outcome.exit_code, kDone) << outcome.err;
  EXPECT_EQ(outcome.out, "written to " + file + "; next: dragoman serve --config " + file + "\n");
  EXPECT_EQ(outcome.err, "");
  const std::string text = ReadAll(file);
  EXPECT_THAT(text, HasSubstr("  - {name: \"library.v1.*\", backend: library}\n"));
  EXPECT_THAT(text, HasSubstr("  # 1 service, 4 methods, 1 route: Library\n"));
  EXPECT_THAT(text, HasSubstr("    endpoints: [\"10.0.0.7:50051\"]\n"));
  EXPECT_EQ(RunCommand({"fmt", "--check", file}).exit_code, kDone);
  outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, Not(HasSubstr("findings")));

  // Each block that is commented out is one that holds.
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  const auto blocks = BlocksOf(lines);
  EXPECT_GE(blocks.size(), 7u);
  WriteAll(folder.path("keys.jsonl"), "\n");
  for (const std::vector<size_t>& block : blocks) {
    std::string with;
    for (size_t i = 0; i < lines.size(); ++i) with += (std::find(block.begin(), block.end(), i) == block.end() ? lines[i] : lines[i].substr(1)) + "\n";
    WriteAll(file, with);
    outcome = RunCommand({"check", "--config", file});
    EXPECT_EQ(outcome.exit_code, kDone) << with << outcome.err;
    EXPECT_THAT(outcome.out, Not(HasSubstr("findings"))) << with;
  }
}

TEST(Init, OverwritesNothingUnasked) {
  const Folder folder;
  const std::string file = folder.WriteConfig("mine: 1\n");
  Outcome outcome = RunCommand({"init", "--descriptors", folder.path("library.pb"), "--output", file});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, file + ": exists already; --force overwrites it\n");
  EXPECT_EQ(ReadAll(file), "mine: 1\n");
  outcome = RunCommand({"init", "--descriptors", folder.path("library.pb"), "--output", file, "--force"});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.err;
  EXPECT_THAT(ReadAll(file), HasSubstr("listeners:"));
}

TEST(Init, KnowsSourcesAndWhatIsWrongWithThem) {
  const Folder folder;
  std::filesystem::create_directories(folder.path("my protos/a/v1"));
  WriteAll(folder.path("my protos/a/v1/a.proto"),
           "syntax = \"proto3\"; package a.v1; message M { string n = 1; } service A { rpc Get(M) returns (M); rpc Put(M) returns (M); }");
  WriteAll(folder.path("my protos/b.proto"), "syntax = \"proto3\"; message N { string n = 1; } service B { rpc Get(N) returns (N); }");
  const std::string file = folder.path("new.yaml");
  Outcome outcome = RunCommand({"init", "--descriptors", folder.path("my protos"), "--output", file});
  ASSERT_EQ(outcome.exit_code, kDone) << outcome.err;
  const std::string text = ReadAll(file);
  EXPECT_THAT(text, HasSubstr("  - proto: {roots: [\"" + folder.path("my protos") + "\"]}"));
  EXPECT_THAT(text, HasSubstr("  # 1 service, 2 methods, 2 routes, all of them POST /package.Service/Method, since nothing is annotated: A\n"
                              "  - {name: \"a.v1.*\", backend: backend}\n"));
  EXPECT_THAT(text, HasSubstr("  - {name: B, backend: backend}\n"));
  EXPECT_EQ(RunCommand({"fmt", "--check", file}).exit_code, kDone);
  outcome = RunCommand({"check", "--config", file, "--strict"});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.out << outcome.err;

  outcome = RunCommand({"init", "--descriptors", "/nowhere.pb"});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("cannot read /nowhere.pb: No such file or directory"));
  EXPECT_EQ(outcome.out, "");
  WriteAll(folder.path("none.proto"), "syntax = \"proto3\"; message M {}");
  outcome = RunCommand({"init", "--descriptors", folder.path("none.proto")});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err,
            "--backend: services: \"*\" fits nothing: the descriptors define no service; name the files that do\n1 problem\n");
  WriteAll(folder.path("health.proto"), "syntax = \"proto3\"; package grpc.health.v1; message M {} service Health { rpc Check(M) returns (M); }");
  outcome = RunCommand({"init", "--descriptors", folder.path("health.proto")});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, "--backend: services: \"*\" fits only services that must be named in full, such as grpc.health.v1.Health\n1 problem\n");
  WriteAll(folder.path("empty.proto"), "syntax = \"proto3\"; package empty.v1; service Nothing {}");
  outcome = RunCommand({"init", "--descriptors", folder.path("empty.proto")});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, folder.path("empty.proto") +
                             ": nothing that could be served in empty.v1.Nothing: services without methods; name the files of the services meant\n");
}

}  // namespace
}  // namespace dragoman::cli
