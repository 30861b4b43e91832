#include "tests/observe/exposition.h"

#include <cstdlib>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "transcoding/utf8.h"

namespace dragoman::observe {
namespace {

bool IsNameCharacter(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

// One production of the format, one function; each takes what it reads off the front of the line.
class Reader {
 public:
  explicit Reader(Exposition& out) : out_(out) {}

  void Page(std::string_view page) {
    if (!transcoding::IsUtf8(page)) Fault("the page is no UTF-8");
    if (!page.empty() && page.back() != '\n') Fault("the last line has no end");
    while (!page.empty()) {
      const size_t end = page.find('\n');
      line_ = rest_ = page.substr(0, end);
      Line();
      page.remove_prefix(end == std::string_view::npos ? page.size() : end + 1);
    }
    for (const Exposition::Family& family : out_.families) {
      line_ = family.name;
      Family(family);
    }
  }

 private:
  void Fault(const std::string& what) { out_.faults.push_back(std::string(line_) + ": " + what); }

  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string Name() {
    size_t size = 0;
    while (size < rest_.size() && IsNameCharacter(rest_[size], size == 0)) ++size;
    if (size == 0) Fault("expected a name");
    const std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  void Line() {
    if (Take("# HELP ")) {
      const std::string name = Name();
      for (const auto& family : out_.families) {
        if (family.name == name) Fault("a second HELP");
      }
      if (!Take(" ") || rest_.empty()) Fault("HELP without a text");
      out_.families.push_back({name, Unescape(""), "", {}});
    } else if (Take("# TYPE ")) {
      const std::string name = Name();
      if (out_.families.empty() || out_.families.back().name != name) return Fault("TYPE without HELP in front");
      Exposition::Family& family = out_.families.back();
      if (!family.type.empty()) Fault("a second TYPE");
      if (!family.samples.empty()) Fault("TYPE behind its series");
      family.type = Take(" ") ? std::string(rest_) : "";
      if (family.type != "counter" && family.type != "gauge" && family.type != "histogram") Fault("an unknown type");
    } else {
      Series();
    }
  }

  // name{label="value",…} number
  void Series() {
    Exposition::Sample sample;
    sample.name = Name();
    if (Take("{")) {
      do {
        const std::string label = Name();
        if (!Take("=\"")) return Fault("expected =\"");
        if (!sample.labels.emplace(label, Unescape("\"")).second) Fault("a label twice");
        if (!Take("\"")) return Fault("a label value without an end");
      } while (Take(","));
      if (!Take("}")) return Fault("expected , or }");
    }
    if (!Take(" ")) return Fault("expected a space and a number");
    const std::optional<double> value = Number(rest_);
    if (!value) return Fault("no number");
    sample.value = *value;
    if (!BelongsHere(sample.name)) return Fault("not of the family in front of it");
    if (!seen_.emplace(sample.name, sample.labels).second) Fault("a series twice");
    out_.families.back().samples.push_back(std::move(sample));
  }

  static std::optional<double> Number(std::string_view text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
    const std::string number(text);
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    return *end == '\0' ? std::optional(value) : std::nullopt;
  }

  bool BelongsHere(const std::string& name) const {
    if (out_.families.empty()) return false;
    const Exposition::Family& family = out_.families.back();
    if (family.type != "histogram") return name == family.name;
    return name == family.name + "_bucket" || name == family.name + "_sum" || name == family.name + "_count";
  }

  // Up to, and without, the unescaped `end`; to the end of the line if that is empty.
  std::string Unescape(std::string_view end) {
    std::string text;
    while (!rest_.empty() && (end.empty() || !rest_.starts_with(end))) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') {
        if (rest_.empty()) break;
        c = rest_.front();
        rest_.remove_prefix(1);
        if (c == 'n') {
          c = '\n';
        } else if (c != '\\' && (end.empty() || c != '"')) {
          Fault("an unknown escape");
        }
      }
      text += c;
    }
    return text;
  }

  void Family(const Exposition::Family& family) {
    if (family.samples.empty()) Fault("no series");
    if ((family.type == "counter") != family.name.ends_with("_total"))
      Fault("counters, and nothing else, end in _total");
    if (family.type == "histogram") return Histogram(family);
    for (const auto& sample : family.samples) {
      if (family.type == "counter" && !(sample.value >= 0)) Fault("a counter below zero");
    }
  }

  // The buckets of one set of labels stand together, with growing bounds and counts, the last of them +Inf; then sum
  // and count.
  void Histogram(const Exposition::Family& family) {
    double bound = -std::numeric_limits<double>::infinity();
    double below = 0;
    bool summed = false;
    std::map<std::string, std::string> labels;
    for (const Exposition::Sample& sample : family.samples) {
      std::map<std::string, std::string> own = sample.labels;
      own.erase("le");
      const bool begins = bound == -std::numeric_limits<double>::infinity();
      if (begins) labels = own;
      if (own != labels) Fault("the series of two histograms are mixed");
      if (sample.name.ends_with("_bucket")) {
        const std::optional<double> le = sample.labels.contains("le") ? Number(sample.labels.at("le")) : std::nullopt;
        if (!le || !(*le > bound)) Fault("bounds that do not grow");
        if (sample.value < below) Fault("a bucket that is smaller than the one before");
        bound = le.value_or(bound);
        below = sample.value;
      } else if (bound != std::numeric_limits<double>::infinity()) {
        Fault("no bucket for +Inf");
      } else if (sample.name.ends_with("_sum")) {
        if (!(sample.value >= 0)) Fault("a sum below zero");
        summed = true;
      } else {
        if (sample.value != below) Fault("the count is not the bucket of +Inf");
        if (!std::exchange(summed, false)) Fault("no sum");
        bound = -std::numeric_limits<double>::infinity();
        below = 0;
      }
    }
    if (bound != -std::numeric_limits<double>::infinity()) Fault("no count");
  }

  Exposition& out_;
  std::string_view line_;
  std::string_view rest_;
  std::set<std::pair<std::string, std::map<std::string, std::string>>> seen_;
};

}  // namespace

double Exposition::ValueOf(std::string_view name, const std::map<std::string, std::string>& labels) const {
  for (const Family& family : families) {
    for (const Sample& sample : family.samples) {
      if (sample.name == name && sample.labels == labels) return sample.value;
    }
  }
  return -1;
}

Exposition ReadExposition(std::string_view page) {
  Exposition exposition;
  Reader(exposition).Page(page);
  return exposition;
}

}  // namespace dragoman::observe
