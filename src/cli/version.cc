#include "cli/command.h"

namespace dragoman::cli {
namespace {

int RunVersion(const Flags&, std::ostream& out, std::ostream&) {
  out << "dragoman " DRAGOMAN_VERSION "\n";
  return kDone;
}

}  // namespace

constexpr Command kVersion = {.name = "version",
                              .summary = "Says which version this is.",
                              .usage = "version",
                              .details = "",
                              .flags = {},
                              .run = &RunVersion};

}  // namespace dragoman::cli
