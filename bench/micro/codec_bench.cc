// The JSON codec beside protobuf's own JsonToBinaryString and BinaryToJsonString, with a type resolver that is kept, and beside RapidJSON's
// reader with a handler that does nothing: what it takes to look at the text at all.

#include <benchmark/benchmark.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <rapidjson/reader.h>

#include <memory>
#include <string>

#include "allocations.h"
#include "payload.h"
#include "transcoding/json_codec.h"

namespace {

namespace pb = google::protobuf;
using dragoman::Buffer;
using dragoman::transcoding::JsonCodec;
using dragoman::transcoding::MessagePlan;
using dragoman::transcoding::PlanSet;

// One message as JSON and as wire bytes, and what both codecs need to know of its type.
struct Sample {
  explicit Sample(const pb::Message& message)
      : plans(*message.GetDescriptor()->file()->pool(), std::array{message.GetDescriptor()->file()}),
        plan(plans.Get(message.GetDescriptor())),
        resolver(pb::util::NewTypeResolverForDescriptorPool("type.googleapis.com", message.GetDescriptor()->file()->pool())),
        type_url("type.googleapis.com/" + message.GetDescriptor()->full_name()),
        wire(message.SerializeAsString()) {
    pb::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    if (!pb::util::BinaryToJsonString(resolver.get(), type_url, wire, &json, options).ok()) std::abort();
  }

  PlanSet plans;
  const MessagePlan& plan;
  std::unique_ptr<pb::util::TypeResolver> resolver;
  std::string type_url;
  std::string wire;
  std::string json;
};

const Sample& Small() {
  static const Sample sample(bench::SmallItem(7));
  return sample;
}

const Sample& Catalogue() {
  static const Sample sample(bench::HundredItems());
  return sample;
}

// Runs `operation` as often as the framework wants and reports JSON bytes per second and allocations per operation.
template <typename Operation>
void Measure(benchmark::State& state, size_t json_bytes, Operation operation) {
  operation();  // warm
  const uint64_t before = bench::Allocations();
  for (auto _ : state) operation();
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(bench::Allocations() - before), benchmark::Counter::kAvgIterations);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * json_bytes));
}

void ReadDragoman(benchmark::State& state, const Sample& (*sample_of)()) {
  const Sample& sample = sample_of();
  JsonCodec codec(sample.plans);
  Buffer json(sample.json);
  Buffer wire;
  Measure(state, sample.json.size(), [&] {
    wire.Clear();
    if (!codec.ReadMessage(sample.plan, json, {}, wire).ok()) std::abort();
  });
}

void ReadProtobuf(benchmark::State& state, const Sample& (*sample_of)()) {
  const Sample& sample = sample_of();
  std::string wire;
  Measure(state, sample.json.size(), [&] {
    wire.clear();
    if (!pb::util::JsonToBinaryString(sample.resolver.get(), sample.type_url, sample.json, &wire).ok()) std::abort();
  });
}

struct NoHandler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, NoHandler> {};

void ReadRapidJson(benchmark::State& state, const Sample& (*sample_of)()) {
  const Sample& sample = sample_of();
  Buffer json(sample.json);
  Measure(state, sample.json.size(), [&] {
    rapidjson::Reader reader;
    NoHandler handler;
    rapidjson::StringStream stream(json.CString());
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    if (reader.Parse<kFlags>(stream, handler).IsError()) std::abort();
  });
}

void WriteDragoman(benchmark::State& state, const Sample& (*sample_of)()) {
  const Sample& sample = sample_of();
  JsonCodec codec(sample.plans);
  Buffer json;
  Measure(state, sample.json.size(), [&] {
    json.Clear();
    if (!codec.WriteMessage(sample.plan, sample.wire, {}, json).ok()) std::abort();
  });
}

void WriteProtobuf(benchmark::State& state, const Sample& (*sample_of)()) {
  const Sample& sample = sample_of();
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  Measure(state, sample.json.size(), [&] {
    json.clear();
    if (!pb::util::BinaryToJsonString(sample.resolver.get(), sample.type_url, sample.wire, &json, options).ok()) std::abort();
  });
}

BENCHMARK_CAPTURE(ReadDragoman, small, &Small)->Name("read/small/dragoman");
BENCHMARK_CAPTURE(ReadProtobuf, small, &Small)->Name("read/small/protobuf");
BENCHMARK_CAPTURE(ReadRapidJson, small, &Small)->Name("read/small/rapidjson");
BENCHMARK_CAPTURE(WriteDragoman, small, &Small)->Name("write/small/dragoman");
BENCHMARK_CAPTURE(WriteProtobuf, small, &Small)->Name("write/small/protobuf");
BENCHMARK_CAPTURE(ReadDragoman, catalogue, &Catalogue)->Name("read/catalogue/dragoman");
BENCHMARK_CAPTURE(ReadProtobuf, catalogue, &Catalogue)->Name("read/catalogue/protobuf");
BENCHMARK_CAPTURE(ReadRapidJson, catalogue, &Catalogue)->Name("read/catalogue/rapidjson");
BENCHMARK_CAPTURE(WriteDragoman, catalogue, &Catalogue)->Name("write/catalogue/dragoman");
BENCHMARK_CAPTURE(WriteProtobuf, catalogue, &Catalogue)->Name("write/catalogue/protobuf");

}  // namespace
