// dragoman_conformance DESCRIPTOR_SET…: the testee of protobuf's conformance suite. Requests come on stdin, responses
// go to stdout, each behind its length, four bytes, little-endian; an empty stdin between two requests is the end.
//
// Spec: conformance/conformance.proto of the suite.
#include <bit>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "testee.h"
#include "transcoding/schema.h"

namespace {

using dragoman::transcoding::PlanSet;
using dragoman::transcoding::SchemaBuilder;
using dragoman::transcoding::Testee;

static_assert(std::endian::native == std::endian::little);

bool ReadFrame(std::string& frame) {
  uint32_t size = 0;
  if (std::fread(&size, sizeof size, 1, stdin) != 1) return false;
  frame.resize(size);
  return size == 0 || std::fread(frame.data(), size, 1, stdin) == 1;
}

bool WriteFrame(const std::string& frame) {
  const auto size = static_cast<uint32_t>(frame.size());
  return std::fwrite(&size, sizeof size, 1, stdout) == 1 &&
         (frame.empty() || std::fwrite(frame.data(), frame.size(), 1, stdout) == 1) && std::fflush(stdout) == 0;
}

int Fail(const char* what) {
  std::fprintf(stderr, "dragoman_conformance: %s\n", what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  SchemaBuilder builder;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    builder.Add(argv[i], std::string(std::istreambuf_iterator<char>(file), {}));
  }
  const auto schema = std::move(builder).Build();
  if (!schema) {
    for (const auto& problem : schema.error()) {
      std::fprintf(stderr, "%s: %s\n", problem.where.c_str(), problem.what.c_str());
    }
    return 1;
  }
  const PlanSet plans(*schema);
  Testee testee(plans);
  std::string frame;
  while (ReadFrame(frame)) {
    conformance::ConformanceRequest request;
    if (!request.ParseFromString(frame)) return Fail("stdin holds something other than a ConformanceRequest");
    if (!WriteFrame(testee.Answer(request).SerializeAsString())) return Fail("cannot write to stdout");
  }
  return std::feof(stdin) != 0 ? 0 : Fail("cannot read stdin");
}
