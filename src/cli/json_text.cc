#include "cli/json_text.h"

#include <string>
#include <vector>

#include "cli/text.h"
#include "transcoding/quote.h"

namespace dragoman::cli {

void PrintJsonRemarks(const Generation& generation, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < generation.rules.size(); ++i) {
    const routing::Rpc& rpc = generation.router.rpcs()[i];
    const std::string& parameter = generation.rules[i].json->request.fields_parameter;
    if (parameter.empty() || rpc.method == nullptr) continue;
    if (generation.plans->Get(rpc.method->input_type()).Find(parameter) == nullptr) continue;
    const std::string name = transcoding::Quote(parameter);
    rows.push_back({"  " + rpc.name, "query parameter " + name + " chooses fields of the reply; the request's own " +
                                         name + " cannot be set there"});
  }
  if (!rows.empty()) out << "\nremarks on json:\n";
  PrintTable(rows, out);
}

}  // namespace dragoman::cli
