#include "openapi/openapi.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace dragoman::openapi {

std::string Render(const Generation& generation) {
  const config::OpenApi head = generation.config.openapi.value_or(config::OpenApi{});
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> out(text);
  const auto member = [&out](const char* key, const std::string& value) {
    out.Key(key);
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  out.StartObject();
  member("openapi", "3.1.0");
  out.Key("info");
  out.StartObject();
  member("title", head.title);
  member("version", head.version);
  if (!head.description.empty()) member("description", head.description);
  out.EndObject();
  out.Key("paths");
  out.StartObject();
  for (const routing::Route& route : generation.router.routes()) {
    if (route.http_method != "GET" || route.path.find_first_of("*{") != std::string::npos) continue;
    out.Key(route.path.c_str());
    out.StartObject();
    out.Key("get");
    out.StartObject();
    member("operationId", route.rpc);
    out.Key("responses");
    out.StartObject();
    out.Key("200");
    out.StartObject();
    member("description", "The reply.");
    out.EndObject();
    out.EndObject();
    out.EndObject();
    out.EndObject();
  }
  out.EndObject();
  out.EndObject();
  return {text.GetString(), text.GetSize()};
}

}  // namespace dragoman::openapi
