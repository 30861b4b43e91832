#include "observe/metrics_writer.h"

#include <charconv>
#include <cmath>
#include <iterator>

#include "transcoding/utf8.h"

namespace dragoman::observe {
namespace {

std::string SecondsText(uint64_t nanoseconds) {
  constexpr uint64_t kSecond = 1'000'000'000;
  std::string text = std::to_string(nanoseconds / kSecond);
  if (nanoseconds % kSecond == 0) return text;
  text += '.';
  text += std::to_string(kSecond + nanoseconds % kSecond).substr(1);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string NumberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char digits[32];
  return std::string(digits, std::to_chars(digits, std::end(digits), value).ptr);
}

// `text` in which backslash and line feed are escaped, and in label values the quote.
enum class Place { kHelp, kLabelValue };
void AppendEscaped(std::string_view text, Place place, Buffer& out) {
  while (!text.empty()) {
    const size_t size = transcoding::Utf8CharacterSize(text);
    const char first = text.front();
    if (size == 0) {
      out.Append("\uFFFD");
    } else if (first == '\n') {
      out.Append("\\n");
    } else {
      if (first == '\\' || (first == '"' && place == Place::kLabelValue)) out.Append('\\');
      out.Append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

// {rpc="shop.v1.Catalog/GetItem",le="0.5"}
void AppendLabels(Labels labels, std::string_view bound, Buffer& out) {
  char before = '{';
  for (const Label& label : labels) {
    out.Append(before);
    out.Append(label.name);
    out.Append("=\"");
    AppendEscaped(label.value, Place::kLabelValue, out);
    out.Append('"');
    before = ',';
  }
  if (!bound.empty()) {
    out.Append(before);
    out.Append("le=\"");
    out.Append(bound);
    out.Append('"');
    before = ',';
  }
  if (before == ',') out.Append('}');
}

void AppendSeries(std::string_view name, std::string_view suffix, Labels labels, std::string_view bound,
                  const MetricNumber& value, Buffer& out) {
  out.Append(name);
  out.Append(suffix);
  AppendLabels(labels, bound, out);
  out.Append(' ');
  out.Append(value.text());
  out.Append('\n');
}

}  // namespace

MetricNumber::MetricNumber(double value) : text_(NumberText(value)) {}

MetricNumber::MetricNumber(Nanoseconds value) : text_(SecondsText(value.count())) {}

void MetricsWriter::Counter(std::string_view name, std::string_view help, Labels labels, const MetricNumber& value) {
  AppendSeries(name, "", labels, "", value, FamilyOf(name, help, "counter"));
}

void MetricsWriter::Gauge(std::string_view name, std::string_view help, Labels labels, const MetricNumber& value) {
  AppendSeries(name, "", labels, "", value, FamilyOf(name, help, "gauge"));
}

void MetricsWriter::Histogram(std::string_view name, std::string_view help, Labels labels, const HistogramSum& sum) {
  Buffer& text = FamilyOf(name, help, "histogram");
  uint64_t below = 0;
  for (size_t i = 0; i < kBucketBounds.size(); ++i) {
    below += sum.buckets[i];
    AppendSeries(name, "_bucket", labels, MetricNumber(Nanoseconds(kBucketBounds[i])).text(), below, text);
  }
  const uint64_t count = sum.count();
  AppendSeries(name, "_bucket", labels, "+Inf", count, text);
  AppendSeries(name, "_sum", labels, "", Nanoseconds(sum.nanoseconds), text);
  AppendSeries(name, "_count", labels, "", count, text);
}

void MetricsWriter::Finish(Buffer& out) const {
  for (const Family& family : families_) out.Append(family.text.view());
}

Buffer& MetricsWriter::FamilyOf(std::string_view name, std::string_view help, std::string_view type) {
  if (last_ < families_.size() && families_[last_].name == name) return families_[last_].text;
  for (last_ = 0; last_ < families_.size(); ++last_) {
    if (families_[last_].name == name) return families_[last_].text;
  }
  Buffer& text = families_.emplace_back(Family{std::string(name), {}}).text;
  text.Append("# HELP ");
  text.Append(name);
  text.Append(' ');
  AppendEscaped(help, Place::kHelp, text);
  text.Append("\n# TYPE ");
  text.Append(name);
  text.Append(' ');
  text.Append(type);
  text.Append('\n');
  return text;
}

}  // namespace dragoman::observe
