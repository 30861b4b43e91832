#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lint/lint.h"

namespace dragoman::lint {

// A folder with shop.proto, an empty file of API keys (keys) and a secret (secret).
//
//   service shop.v1.Catalog { GetItem (GET /v1/items/{id})  Watch (GET /v1/watch, replies stream)  Find  Put  Drop  Old (deprecated): no rule }
//   service shop.v1.Admin { Reset }
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // What Lint says of a configuration d.yaml: descriptors, one backend "a" and "shop.v1.*" in its first three lines, and `more` behind them, as
  // "d.yaml:4:1 warning unused-rate-limit: …", without the folder. In `more` a line `backend: {…}` goes into the backend's entry, where `address:`
  // replaces its endpoint, `backends_too: {…}` into `backends`, `services_too: […]` into `services`.
  std::vector<std::string> Find(std::string_view more) const;
  // The same of a configuration that has problems.
  std::vector<std::string> FindUnserved(std::string_view more) const;
  // Findings as they are.
  std::vector<Finding> Findings(const std::string& text) const;
  std::string file() const { return path_ + "/d.yaml"; }
  // The whole text of d.yaml.
  static std::string Text(std::string_view more);

 private:
  std::vector<std::string> LinesOf(const std::vector<Finding>& findings) const;

  std::string path_;
};

}  // namespace dragoman::lint
