#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "transcoding/http_template.h"

namespace dragoman::explain {

// A path as one template reads it, for people; the slow and obvious twin of transcoding::PathIndex.
//
// Spec: transcoding/README.md, "Matching".
struct PathFit {
  enum class Outcome : unsigned char {
    kFits,
    kVerb,         // the template's verb is not the path's
    kLiteral,      // a segment is another literal
    kSubTemplate,  // the same, within a variable of several segments
    kEmpty,        // a segment is empty where `*` stands
    kShort,        // the path ends before the template
    kLong,         // it goes on
  };
  Outcome outcome = Outcome::kFits;
  std::string why;    // `segment 2 is "item", the rule has "items"`; empty where it fits
  size_t agreed = 0;    // segments that fit before that
  bool nearly = false;  // that literal may be misspelt
  size_t differences = 0;  // segments of either that do not fit the other's, the verb as one
};

// A request's path, cut at its slashes and at its verb.
class CutPath {
 public:
  // `target`: in origin form. `verbs`: those that some rule has, decoded.
  CutPath(std::string_view target, const std::vector<std::string>& verbs);

  // False: it fits nothing, since it does not begin with a slash or holds a '#'.
  bool valid() const { return valid_; }
  PathFit Fit(const transcoding::HttpTemplate& path) const;

 private:
  struct Reading {
    std::vector<std::string_view> segments;
    std::string verb;
  };
  static Reading Cut(std::string_view path);
  static PathFit FitSegments(const std::vector<std::string_view>& segments, const transcoding::HttpTemplate& path);
  static size_t CountDifferences(const std::vector<std::string_view>& segments, const transcoding::HttpTemplate& path);

  bool valid_ = false;
  bool has_verb_ = false;  // of some rule
  std::string last_;       // what stands behind the last `:`, of the last segment, decoded; for texts
  Reading with_verb_;
  Reading plain_;
};

// The verbs of the templates, each once.
std::vector<std::string> VerbsOf(const std::vector<transcoding::HttpTemplate>& paths);

// Whether a rule for `rule_method` ("*": any) serves requests of `http_method`. HEAD is served as GET.
bool ServesHttpMethod(std::string_view rule_method, std::string_view http_method);

}  // namespace dragoman::explain
