#include <mutex>

#include "coding/decoder.h"
#include "docs/docs.h"

// assets.S
extern "C" {
extern const char dragoman_docs_page_css[];
extern const char dragoman_docs_page_css_end[];
#ifdef DRAGOMAN_DOCS
extern const char dragoman_docs_page_js[];
extern const char dragoman_docs_page_js_end[];
extern const char dragoman_docs_reference_js[];
extern const char dragoman_docs_reference_js_end[];
#endif
}

namespace dragoman::docs {
namespace {

constexpr std::string_view kStyle = "text/css; charset=utf-8";
[[maybe_unused]] constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr size_t kMostBytes = 64 << 20;

const Asset kAssets[] = {
    {"page.css", kStyle, {dragoman_docs_page_css, dragoman_docs_page_css_end}},
#ifdef DRAGOMAN_DOCS
    {"page.js", kScript, {dragoman_docs_page_js, dragoman_docs_page_js_end}},
    {"reference.js", kScript, {dragoman_docs_reference_js, dragoman_docs_reference_js_end}},
#endif
};

struct Plain {
  std::mutex mutex;
  Buffer bytes;
};

}  // namespace

std::span<const Asset> Assets() { return kAssets; }

std::string_view PlainOf(const Asset& asset) {
  static Plain kept[std::size(kAssets)];
  Plain& plain = kept[&asset - kAssets];
  const std::lock_guard lock(plain.mutex);
  if (plain.bytes.empty()) {
    const coding::Decoded outcome = coding::DecodeWhole(coding::Coding::kGzip, asset.gzip, kMostBytes, plain.bytes);
    if (outcome != coding::Decoded::kDone) plain.bytes = Buffer();  // no memory
  }
  return plain.bytes.view();
}

}  // namespace dragoman::docs
