#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/credentials.h"
#include "fuzz.h"

using dragoman::fuzz::Require;

namespace {

using namespace dragoman;
using namespace dragoman::auth;
using In = config::CredentialPlace::In;

bool Within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

}  // namespace

// A target, then lines: a header's name and value, with ":" between. Whatever is found was in the request, or was
// decoded into the scratch text; of a credential that stands once there is no second.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view rest = input;
  RequestHead head;
  std::vector<Header> headers;
  head.target = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(head.target.size() + 1, rest.size()));
  while (!rest.empty() && headers.size() < 64) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const size_t colon = std::min(line.find(':'), line.size());
    headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
  }
  head.headers = headers;

  const Place places[] = {{In::kHeader, "x-api-key", {}},
                          {In::kHeader, "authorization", "Bearer"},
                          {In::kHeader, "authorization", "Basic"},
                          {In::kQuery, "api_key", {}},
                          {In::kCookie, "key", {}}};
  for (const Place& place : places) {
    std::string scratch;
    const Found found = FindCredential(head, place, scratch);
    if (found.what != Found::What::kCredential) continue;
    Require(!found.text.empty());
    Require(Within(found.text, input) || found.text.data() == scratch.data());
    std::vector<Header> twice = headers;
    twice.insert(twice.end(), headers.begin(), headers.end());
    if (place.in == In::kQuery) continue;
    head.headers = twice;
    std::string again;
    Require(FindCredential(head, place, again).what == Found::What::kAmbiguous);
    head.headers = headers;
  }
  return 0;
}
