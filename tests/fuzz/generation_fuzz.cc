#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "config/load.h"
#include "fuzz.h"
#include "generation/generation.h"
#include "schema_from_source.h"
#include "tests/composition/services_source.h"

using namespace dragoman;

using dragoman::fuzz::Require;

namespace {

// A folder with shop.pb, for as long as the process runs.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("generation_fuzz." + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
    std::ofstream(path_ / "shop.pb", std::ios::binary) << DescriptorSetFromSource(composition::kServices);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The same shop whatever the text says, so that nobody is asked and few files are read.
void UseShop(const Folder& folder, config::Config& config) {
  config.descriptors = {{.file = folder.path("shop.pb"), .proto = {}, .reflection = {}, .at = {}}};
}

void RequireTexts(const Problems& problems) {
  Require(!problems.empty());
  for (const Problem& problem : problems) Require(!problem.what.empty());
}

}  // namespace

// Any configuration is built, or has problems; of one that could be read in parts, no fewer than reading had found.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  const std::string_view text = fuzz::Text(data, std::min(size, size_t{1} << 16));
  auto config = config::ReadText(folder.path("dragoman.yaml"), text);
  if (config) {
    UseShop(folder, *config);
    const auto generation = BuildGeneration(*std::move(config), Fetched());
    if (!generation) RequireTexts(generation.error());
    return 0;
  }
  config::Draft& draft = config.error();
  const size_t found = draft.problems.size();
  if (!draft.IsWrong("descriptors")) UseShop(folder, draft.config);
  const Problems all = AllProblemsOf(std::move(draft));
  RequireTexts(all);
  Require(all.size() >= found);
  return 0;
}
