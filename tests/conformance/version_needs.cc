// version_needs FROM TO VERSION…: copies an ELF file for 64-bit little-endian machines, with its needs of the given
// symbol versions ("GLIBC_2.38") made weak, so that the loader takes a library that does not have them.
//
// Exits with 1 where FROM is no such file, or needs none of a given version.
// Spec: "Linux Standard Base Core Specification", Symbol Versioning.
#include <elf.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace {

// The bytes of a file, read and changed where structures of ELF stand.
class Image {
 public:
  explicit Image(std::string bytes) : bytes_(std::move(bytes)) {}

  template <typename Structure>
  std::optional<Structure> At(size_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(Structure)) return std::nullopt;
    Structure structure;
    std::memcpy(&structure, bytes_.data() + offset, sizeof structure);
    return structure;
  }
  // At an offset that At() has found room at.
  template <typename Structure>
  void Put(size_t offset, const Structure& structure) {
    std::memcpy(bytes_.data() + offset, &structure, sizeof structure);
  }
  std::string_view Text(size_t offset) const { return offset < bytes_.size() ? bytes_.c_str() + offset : ""; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Makes the needs that one section lists weak, as far as their versions are `wanted`, and takes those out of it.
bool WeakenSection(Image& image, const Elf64_Shdr& section, size_t names, std::set<std::string_view>& wanted) {
  size_t need_at = section.sh_offset;
  for (size_t i = 0; i < section.sh_info; ++i) {
    const auto need = image.At<Elf64_Verneed>(need_at);
    if (!need) return false;
    size_t version_at = need_at + need->vn_aux;
    for (size_t j = 0; j < need->vn_cnt; ++j) {
      auto version = image.At<Elf64_Vernaux>(version_at);
      if (!version) return false;
      if (wanted.erase(image.Text(names + version->vna_name)) > 0) {
        version->vna_flags |= VER_FLG_WEAK;
        image.Put(version_at, *version);
      }
      version_at += version->vna_next;
    }
    need_at += need->vn_next;
  }
  return true;
}

bool Weaken(Image& image, std::set<std::string_view>& wanted) {
  const auto header = image.At<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_ident[EI_DATA] != ELFDATA2LSB) {
    return false;
  }
  const auto section_at = [&](size_t index) {
    return image.At<Elf64_Shdr>(header->e_shoff + index * header->e_shentsize);
  };
  for (size_t i = 0; i < header->e_shnum; ++i) {
    const auto section = section_at(i);
    if (!section) return false;
    if (section->sh_type != SHT_GNU_verneed) continue;
    const auto names = section_at(section->sh_link);
    if (!names || !WeakenSection(image, *section, names->sh_offset, wanted)) return false;
  }
  return true;
}

int Fail(const std::string& what) {
  std::fprintf(stderr, "version_needs: %s\n", what.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return Fail("usage: version_needs FROM TO VERSION…");
  std::ifstream from(argv[1], std::ios::binary);
  Image image(std::string(std::istreambuf_iterator<char>(from), {}));
  std::set<std::string_view> wanted(argv + 3, argv + argc);
  if (!from || !Weaken(image, wanted)) return Fail(std::string(argv[1]) + " is no 64-bit little-endian ELF file");
  if (!wanted.empty()) return Fail(std::string(argv[1]) + " needs no " + std::string(*wanted.begin()));
  std::ofstream to(argv[2], std::ios::binary);
  to << image.bytes();
  return to.flush() ? 0 : Fail(std::string("cannot write ") + argv[2]);
}
