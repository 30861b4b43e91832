#include "tests/lint/fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "config/load.h"

namespace dragoman::lint {
namespace {

constexpr std::string_view kProto = R"(syntax = "proto3";
package shop.v1;
import "google/api/annotations.proto";
message Item {
  string id = 1;
  string name = 2;
  string tags = 3;
}
service Catalog {
  rpc GetItem(Item) returns (Item) { option (google.api.http) = {get: "/v1/items/{id}"}; }
  rpc Watch(Item) returns (stream Item) { option (google.api.http) = {get: "/v1/watch"}; }
  rpc Find(Item) returns (Item);
  rpc Put(Item) returns (Item);
  rpc Drop(Item) returns (Item);
  rpc Old(Item) returns (Item) { option deprecated = true; }
}
service Admin {
  rpc Reset(Item) returns (Item);
}
)";

// Takes the line `key: …` out of `text`; what stands between its brackets.
std::string Take(std::string& text, const std::string& key) {
  const size_t at = text.starts_with(key + ": ") ? 0 : text.find("\n" + key + ": ") + 1;
  if (at == 0 && !text.starts_with(key + ": ")) return {};
  const size_t end = text.find('\n', at);
  const std::string value = text.substr(at + key.size() + 3, end - at - key.size() - 4);
  text.erase(at, end + 1 - at);
  return value;
}

}  // namespace

Folder::Folder() {
  char path[] = "/tmp/dragoman-lint-XXXXXX";
  EXPECT_NE(::mkdtemp(path), nullptr);
  path_ = path;
  std::ofstream(path_ + "/shop.proto") << kProto;
  std::ofstream(path_ + "/keys") << "\n";
  std::ofstream(path_ + "/secret") << "0123456789abcdef0123456789abcdef\n";
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::string Folder::Text(std::string_view more) {
  std::string rest(more);
  std::string backend = Take(rest, "backend");
  const std::string backends = Take(rest, "backends_too");
  const std::string services = Take(rest, "services_too");
  std::string address = "\"127.0.0.1:1\"";
  if (backend.starts_with("address: ")) {
    const size_t comma = backend.find(", ");
    address = backend.substr(9, comma - 9);
    backend.erase(0, comma + 2);
  }
  return "descriptors: [{proto: {roots: [.]}}]\nbackends: {a: {endpoints: [" + address + "]" + (backend.empty() ? "" : ", " + backend) + "}" +
         (backends.empty() ? "" : ", " + backends) + "}\nservices: [{name: \"shop.v1.*\", backend: a}" + (services.empty() ? "" : ", " + services) + "]\n" + rest;
}

std::vector<Finding> Folder::Findings(const std::string& text) const {
  auto generation = config::LoadText(file(), text).and_then([](config::Config config) { return BuildGeneration(std::move(config)); });
  if (generation) return Lint(**generation);
  for (const Problem& problem : generation.error()) ADD_FAILURE() << text << problem.where << ": " << problem.what;
  return {};
}

std::vector<std::string> Folder::Find(std::string_view more) const { return LinesOf(Findings(Text(more))); }

std::vector<std::string> Folder::FindUnserved(std::string_view more) const {
  const auto config = config::LoadText(file(), Text(more));
  for (const Problem& problem : config ? Problems() : config.error()) ADD_FAILURE() << problem.where << ": " << problem.what;
  if (!config) return {};
  EXPECT_FALSE(BuildGeneration(*config, {}));
  return LinesOf(LintUnserved(*config, {}));
}

std::vector<std::string> Folder::LinesOf(const std::vector<Finding>& findings) const {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    std::string where = finding.where();
    if (where.starts_with(path_ + "/")) where.erase(0, path_.size() + 1);
    lines.push_back(where + " " + std::string(NameOf(finding.code->severity)) + " " + std::string(finding.code->name) + ": " + finding.message);
  }
  return lines;
}

}  // namespace dragoman::lint
