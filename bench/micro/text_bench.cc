// The loops over long texts, in every form that this processor can run: text/LOOP/TEXT/BYTES/FORM.

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "transcoding/base64.h"
#include "transcoding/text_kernels.h"

namespace {

using dragoman::Buffer;
using dragoman::transcoding::AllKernels;
using dragoman::transcoding::TextKernels;

std::string Repeated(std::string_view text, size_t size) {
  std::string all;
  while (all.size() < size) all += text;
  return all;
}

template <typename Loop>
void Register(std::string_view loop, std::string_view text_name, const std::string& text, Loop run) {
  for (const TextKernels* kernels : AllKernels()) {
    const std::string name = "text/" + std::string(loop) + "/" + std::string(text_name) + "/" + std::to_string(text.size()) + "/" + kernels->name;
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      std::string out(text.size() * 2 + dragoman::transcoding::kCopySlack, '\0');
      for (auto _ : state) run(*kernels, std::string_view(text), out.data());
      state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
    });
  }
}

const bool registered = [] {
  for (const size_t size : {48, 256, 4096}) {
    const std::string english = Repeated("The quick brown fox jumps over the lazy dog. ", size).substr(0, size);
    Register("find", "english", english, [](const TextKernels& kernels, std::string_view text, char*) {
      uint32_t high = 0;
      benchmark::DoNotOptimize(kernels.find_special(text.data(), text.data() + text.size(), high));
    });
    Register("copy", "english", english, [](const TextKernels& kernels, std::string_view text, char* out) {
      uint32_t high = 0;
      benchmark::DoNotOptimize(kernels.copy_plain(text.data(), text.data() + text.size(), out, high));
    });
    for (const auto& [name, sample] : {std::pair("german", "Falsches \xC3\x9C" "ben von Xylophonmusik qu\xC3\xA4lt jeden gr\xC3\xB6\xC3\x9F" "eren Zwerg. "),
                                       std::pair("chinese", "\xE5\xA4\xA9\xE5\x9C\xB0\xE7\x8E\x84\xE9\xBB\x83\xE5\xAE\x87\xE5\xAE\x99")}) {
      Register("utf8", name, Repeated(sample, size), [](const TextKernels& kernels, std::string_view text, char*) {
        benchmark::DoNotOptimize(kernels.is_utf8(text));
      });
    }
  }
  return true;
}();

// Through the door, where a form that takes nothing leaves all to the loop of characters.
void EncodeBase64(benchmark::State& state) {
  const std::string bytes = Repeated("any bytes", static_cast<size_t>(state.range(0)));
  Buffer out;
  for (auto _ : state) {
    out.Clear();
    dragoman::transcoding::AppendBase64(bytes, out);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}

void DecodeBase64(benchmark::State& state) {
  const std::string bytes = Repeated("any bytes", static_cast<size_t>(state.range(0)));
  Buffer text;
  dragoman::transcoding::AppendBase64(bytes, text);
  Buffer out;
  for (auto _ : state) {
    out.Clear();
    if (!dragoman::transcoding::AppendFromBase64(text.view(), out)) std::abort();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}

BENCHMARK(EncodeBase64)->Name("text/encode_base64")->Arg(36)->Arg(4096);
BENCHMARK(DecodeBase64)->Name("text/decode_base64")->Arg(36)->Arg(4096);

}  // namespace
