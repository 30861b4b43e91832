// What compressing a catalogue of 27 KB costs and yields: by zlib's levels and brotli's qualities, as src/coding does
// it, and a message of a stream.

#include <benchmark/benchmark.h>
#include <brotli/encode.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <string>

#include "coding/decoder.h"
#include "coding/encoder.h"
#include "coding/zlib.h"
#include "payload.h"

namespace {

using namespace dragoman;
using namespace dragoman::coding;

std::string JsonOf(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) std::abort();
  return json;
}

const std::string& Catalogue() {
  static const std::string json = JsonOf(bench::HundredItems());
  return json;
}

void Report(benchmark::State& state, size_t in, size_t out) {
  state.counters["bytes in"] = static_cast<double>(in);
  state.counters["bytes out"] = static_cast<double>(out);
}

void EncodeWithZlib(benchmark::State& state) {
  Buffer out;
  for (auto _ : state) {
    out.Clear();
    CodecMemory::Account account(CodecMemory::Lifetime::kTurn);
    z_stream stream{};
    stream.zalloc = ZlibTake;
    stream.zfree = ZlibGiveBack;
    stream.opaque = &account;
    deflateInit2(&stream, static_cast<int>(state.range(0)), Z_DEFLATED, 15 + kGzipFrame, 8, Z_DEFAULT_STRATEGY);
    GiveTo(stream, Catalogue());
    const size_t room = deflateBound(&stream, Catalogue().size());
    stream.next_out = reinterpret_cast<Bytef*>(out.Extend(room));
    stream.avail_out = static_cast<uInt>(room);
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
    out.Truncate(room - stream.avail_out);
    deflateEnd(&stream);
  }
  Report(state, Catalogue().size(), out.size());
}
BENCHMARK(EncodeWithZlib)->Arg(1)->Arg(3)->Arg(6)->Unit(benchmark::kMicrosecond);

void EncodeWithBrotli(benchmark::State& state) {
  std::string out(BrotliEncoderMaxCompressedSize(Catalogue().size()), '\0');
  size_t size = 0;
  for (auto _ : state) {
    CodecMemory::Account account(CodecMemory::Lifetime::kTurn);
    BrotliEncoderState* const encoder = BrotliEncoderCreateInstance(CodecMemory::Take, CodecMemory::GiveBack, &account);
    BrotliEncoderSetParameter(encoder, BROTLI_PARAM_QUALITY, static_cast<uint32_t>(state.range(0)));
    BrotliEncoderSetParameter(encoder, BROTLI_PARAM_LGWIN, 18);
    size_t left = Catalogue().size();
    size_t room = out.size();
    const uint8_t* from = reinterpret_cast<const uint8_t*>(Catalogue().data());
    uint8_t* to = reinterpret_cast<uint8_t*>(out.data());
    if (!BrotliEncoderCompressStream(encoder, BROTLI_OPERATION_FINISH, &left, &from, &room, &to, nullptr)) std::abort();
    size = out.size() - room;
    BrotliEncoderDestroyInstance(encoder);
  }
  Report(state, Catalogue().size(), size);
}
BENCHMARK(EncodeWithBrotli)->DenseRange(1, 5)->Unit(benchmark::kMicrosecond);

void Encode(benchmark::State& state, Coding coding) {
  Buffer out;
  for (auto _ : state) {
    out.Clear();
    if (!EncodeWhole(coding, Catalogue(), out)) std::abort();
  }
  Report(state, Catalogue().size(), out.size());
}
BENCHMARK_CAPTURE(Encode, gzip, Coding::kGzip)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Encode, br, Coding::kBrotli)->Unit(benchmark::kMicrosecond);

void Decode(benchmark::State& state, Coding coding) {
  Buffer in;
  if (!EncodeWhole(coding, Catalogue(), in)) std::abort();
  Buffer out;
  for (auto _ : state) {
    out.Clear();
    if (DecodeWhole(coding, in.view(), 1 << 20, out) != Decoded::kDone) std::abort();
  }
  Report(state, in.size(), out.size());
}
BENCHMARK_CAPTURE(Decode, gzip, Coding::kGzip)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Decode, br, Coding::kBrotli)->Unit(benchmark::kMicrosecond);

// One small item after another, each flushed.
void EncodeMessage(benchmark::State& state, Coding coding) {
  std::vector<std::string> items;
  for (int i = 0; i < 1000; ++i) items.push_back(JsonOf(bench::SmallItem(i)) + "\n");
  const auto encoder = Encoder::Make(coding, Encoder::Use::kStream);
  Buffer out;
  size_t at = 0;
  size_t in = 0;
  size_t total = 0;
  for (auto _ : state) {
    out.Clear();
    const std::string& item = items[at++ % items.size()];
    if (!encoder->Encode(item, Encoder::Then::kFlush, out)) std::abort();
    in += item.size();
    total += out.size();
  }
  Report(state, in / state.iterations(), total / state.iterations());
}
BENCHMARK_CAPTURE(EncodeMessage, gzip, Coding::kGzip)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(EncodeMessage, br, Coding::kBrotli)->Unit(benchmark::kMicrosecond);

}  // namespace
