#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "transcoding/http_template.h"

namespace dragoman::transcoding {

struct PathTrie;

// Raw, undecoded text per variable of a template, in its order; views of the path that was matched. `**` that took no
// segment: empty.
using Captures = boost::container::small_vector<std::string_view, 8>;

// Which rule serves an HTTP method and a path. Frozen; PathIndexBuilder makes it.
//
//   GET /v1/{name=shelves/*}  → 0     GET /v1/shelves/7     → 0, name = "shelves/7"
//   *   /v1/{path=**}         → 1     POST /v1/shelves/7/   → 1, path = "shelves/7"
//
// A trie of segments, one per verb. At each node a literal goes before `*` before `**`, and of two `**` the one with
// more literals behind it; a rule fits only with its HTTP method, so the walk goes on past one that does not. HEAD is
// as GET, but that a HEAD rule of the same shape goes first.
//
// Paths:   the raw path of an origin form, without `?` and what follows. One that does not begin with `/` fits nothing.
// Threads: immutable; safe to use concurrently.
// Cost:    one look-up in a hash table per segment, whatever the number of rules; only as many segments are looked at
// as the longest
//          template has. What can make it slower is a table that asks for it: backtracking visits those nodes whose
//          segments fit, each once. No recursion, and no allocation for up to 32 segments.
// Spec:    transcoding/README.md, "Matching"; google/api/http.proto.
class PathIndex {
 public:
  PathIndex(PathIndex&&) noexcept;
  PathIndex& operator=(PathIndex&&) noexcept;
  ~PathIndex();

  // The target of the rule that serves the request, and its captures; nothing (and no captures) if no rule fits.
  std::optional<uint32_t> Match(std::string_view http_method, std::string_view path, Captures& captures) const;
  // The HTTP methods of all rules that fit the path, each once, "*" among them; empty if none fits. In the order of
  // their first use.
  std::vector<std::string_view> HttpMethods(std::string_view path) const;
  // The target of a rule whose path is nearly this one: a literal misspelt, or a segment too few or too many. For "did
  // you mean"; bounded work. Of several with that path, that of `http_method` if there is one.
  std::optional<uint32_t> Nearest(std::string_view path, std::string_view http_method) const;

 private:
  friend class PathIndexBuilder;
  explicit PathIndex(std::unique_ptr<const PathTrie> trie);
  std::unique_ptr<const PathTrie> trie_;
};

// Collects rules, then freezes them.
class PathIndexBuilder {
 public:
  // Two rules with the same HTTP method and shape (variable names are no part of it), by their targets.
  struct Clash {
    uint32_t first;
    uint32_t second;
  };

  PathIndexBuilder();
  ~PathIndexBuilder();

  // `http_method` is "GET", …, "*" for any; `target` is what Match returns.
  void Add(std::string_view http_method, const HttpTemplate& path, uint32_t target);
  // Errors: every rule that clashes with an earlier one.
  tl::expected<PathIndex, std::vector<Clash>> Build() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// True where a rule is tried before another: sorted so, the first that fits a request is the one that serves it.
bool TriedBefore(std::string_view http_method, const HttpTemplate& path, std::string_view other_http_method,
                 const HttpTemplate& other_path);

}  // namespace dragoman::transcoding
