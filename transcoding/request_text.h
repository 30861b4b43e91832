#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transcoding/status.h"

// What reading a query and a body have in common, whatever they become.
namespace dragoman::transcoding {

// kInvalidRequest with that text, and one violation of `field` that says the same.
Status InvalidRequest(std::string_view field, std::string description);

// Goes through the parameters of a query, or of a form, which is written alike, decoded; passes over those that match a
// pattern of `ignored` ("utm_*"). Errors call one of them `noun`.
//
//   QueryReader parameters("limit=5&name=a%20b", {});
//   while (parameters.Next()) …                        limit, 5; then name, a b
//   if (!parameters.status().ok()) …                   kInvalidRequest: an escape that is none
class QueryReader {
 public:
  QueryReader(std::string_view query, const std::vector<std::string>& ignored,
              std::string_view noun = "query parameter ")
      : rest_(query), ignored_(ignored), noun_(noun) {}

  // False at the end, and where the query is malformed.
  bool Next();
  // Both hold until the next call.
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  const Status& status() const { return status_; }
  Status TakeStatus() { return std::move(status_); }

 private:
  std::string_view rest_;
  const std::vector<std::string>& ignored_;
  const std::string_view noun_;
  std::string_view key_;
  std::string_view value_;
  std::string key_scratch_;
  std::string value_scratch_;
  Status status_;
};

// OK for a body that says nothing, which is white space, or {} with white space in and around it; else the refusal of a
// route that takes none.
Status ExpectNoBody(std::string_view body);

}  // namespace dragoman::transcoding
