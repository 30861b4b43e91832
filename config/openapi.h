#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/position.h"

namespace dragoman::config {

// The description of the API (OpenAPI 3.1) that the gateway serves of itself, and what it says at its top.
struct OpenApi {
  std::string path = "/openapi.json";          // on every listener, where no route has that path
  std::optional<std::string> docs = "/docs";   // the page that shows it; nothing: there is none
  std::string title = "API";
  std::string version = "1";                   // of the API, whatever its owner counts by
  std::string description;                     // CommonMark; empty: none
  std::vector<std::string> servers;            // URLs; empty: wherever the document comes from
  Position at;
};

}  // namespace dragoman::config
