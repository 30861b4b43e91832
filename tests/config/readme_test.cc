#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "config/reader.h"
#include "config/schema.h"
#include "config/yaml.h"

namespace dragoman::config {
namespace {

std::string ReadSource(const std::string& path) {
  std::ifstream file(std::string(DRAGOMAN_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The keys in the first column of the README's table: | **`backends`** | or | `workers` |.
std::set<std::string> KeysOfReadme() {
  std::set<std::string> keys;
  std::istringstream lines(ReadSource("config/README.md"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `") && !line.starts_with("| **`")) continue;
    const size_t begin = line.find('`') + 1;
    keys.insert(line.substr(begin, line.find('`', begin) - begin));
  }
  return keys;
}

TEST(ConfigReadme, NamesEveryKeyThatTheExampleShowsAndTheSchemaKnows) {
  const auto root = ParseYaml(ReadSource("config/dragoman.yaml"));
  ASSERT_TRUE(root) << root.error().what;
  ReadContext context("dragoman.yaml");
  ReadConfig(*root, context);
  for (const Problem& problem : context.TakeProblems()) ADD_FAILURE() << problem.where << ": " << problem.what;
  EXPECT_THAT(context.present_keys(), testing::ContainerEq(context.known_keys()));
  EXPECT_THAT(KeysOfReadme(), testing::ContainerEq(context.known_keys()));
}

}  // namespace
}  // namespace dragoman::config
