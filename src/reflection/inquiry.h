#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "reflection/canonical.h"

namespace grpc::reflection::v1 {
class ServerReflectionResponse;
}  // namespace grpc::reflection::v1

namespace dragoman::reflection {

// How much one server may make of it.
struct Bounds {
  Duration deadline = std::chrono::seconds(10);  // for everything: connecting, every question, the second time if there is one
  size_t services = 10'000;                      // as many as a configuration may name
  size_t files = 20'000;                         // three times those of all Google APIs
  size_t file_bytes = 16u << 20;                 // of one file
  size_t bytes = 128u << 20;                     // of all files, as much as `.proto` sources may have
  size_t answer_bytes = 64u << 20;               // of one answer: a file with all that it imports
  size_t received_bytes = 1u << 30;              // of all answers: many servers send what is imported again and again
};

// Why there are no descriptors.
struct Failure {
  enum class Kind {
    kUnreachable,     // nobody answers, or not in time
    kRefused,         // a status other than OK: credentials that are missing, an error of the server's
    kNotImplemented,  // no version of reflection is known there
    kNothing,         // it lists no service but reflection and health
    kIncomplete,      // half a schema: a service without its file, a file without what it imports
    kChanged,         // two answers of one server contradict each other
    kBadAnswer,       // bytes that are no descriptor, an answer to another question
    kTooMuch,         // over one of the Bounds
  };
  Kind kind = Kind::kBadAnswer;
  std::string what;  // "is not reachable: …", to be put behind "backend shop"
};

// One question to a server.
struct Question {
  enum class Kind { kServices, kSymbol, kFile };
  Kind kind = Kind::kServices;
  std::string name;      // of the service or the file
  std::string importer;  // of a file: who imports it
};

// What a server is asked, question by question, and what its answers come to. Knows no network.
//
//   list_services → file_containing_symbol of each service that no file has brought yet → file_by_filename of each import
//   that none has brought → list_services again: who answers otherwise now has changed meanwhile
//
// Services of grpc.reflection and grpc.health are not asked for. A file of the gateway's own (built_in_files.h) that the
// server does not have is left to the schema, which has it.
//
// Spec: grpc/reflection/v1/reflection.proto; the messages of v1alpha are the same.
class Inquiry {
 public:
  explicit Inquiry(const Bounds& bounds = {});

  // The next question as a ServerReflectionRequest. Nothing: it depends on answers that have not come, or all is known.
  std::optional<std::string> Next();
  // A ServerReflectionResponse. A failure is final.
  std::optional<Failure> Take(std::string_view answer);
  // Every question has been answered.
  bool done() const { return phase_ == Phase::kDone; }
  // How many answers have been taken.
  size_t answers() const { return answers_; }
  // Once, when it is done.
  Descriptors Finish() &&;

 private:
  enum class Phase { kServices, kFiles, kServicesAgain, kDone };
  using Digest = std::array<uint8_t, 32>;

  bool Known(const Question& question) const;
  Question TakeQuestion(const ::grpc::reflection::v1::ServerReflectionResponse& answer);
  std::optional<Failure> TakeServices(const ::grpc::reflection::v1::ServerReflectionResponse& answer);
  std::optional<Failure> TakeFiles(const Question& question, const ::grpc::reflection::v1::ServerReflectionResponse& answer);
  std::optional<Failure> TakeFile(const std::string& bytes);

  const Bounds bounds_;
  Phase phase_ = Phase::kServices;
  std::deque<Question> questions_;  // to be asked
  std::deque<Question> asked_;      // not answered yet
  std::vector<std::string> services_;                // those that are asked for, sorted
  std::set<std::string, std::less<>> found_;         // services that a file defines
  std::map<std::string, File, std::less<>> files_;   // by name
  std::set<std::string, std::less<>> wanted_files_;  // every name that was ever in a question
  std::set<Digest> seen_;                            // files as they came
  size_t bytes_ = 0;                                 // of files_
  size_t received_ = 0;
  size_t answers_ = 0;
};

}  // namespace dragoman::reflection
