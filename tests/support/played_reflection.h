#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman {

// A file with services that have no methods: FileDescriptorProto as bytes.
std::string PlayedFile(const std::string& name, const std::string& package, const std::vector<std::string>& services,
                       const std::vector<std::string>& imports = {});

// What a server with these files answers to questions of reflection, as bytes of grpc.reflection.v1. Knows nothing of the
// gateway's code.
class PlayedReflection {
 public:
  enum class Brings {
    kOneFile,   // the one that was asked for
    kImports,   // and all that it imports, behind it
    kBackwards  // the same, but in front, and again
  };

  // The services of all files, sorted, are listed. The map is of file names to bytes.
  explicit PlayedReflection(std::map<std::string, std::string> files, Brings brings = Brings::kOneFile);

  std::string Answer(std::string_view question);
  // "list", "symbol shop.v1.Catalog", "file shop/v1/item.proto"
  const std::vector<std::string>& asked() const { return asked_; }
  // All that it says to a client which asks for every service that no file has brought yet, from the first list to the
  // second. For files without imports.
  std::vector<std::string> Script();

  std::vector<std::string> services;         // may be changed
  std::map<std::string, std::string> files;  // likewise

  static std::string List(const std::vector<std::string>& services);
  static std::string Files(const std::vector<std::string>& files);
  static std::string Error(int code, const std::string& message);

 private:
  std::string AnswerWith(const std::string& name) const;
  void Collect(const std::string& name, std::set<std::string>& seen, std::vector<std::string>& out) const;

  Brings brings_;
  std::vector<std::string> asked_;
};

}  // namespace dragoman
