#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "config/config.h"
#include "transcoding/declarations.h"
#include "transcoding/status.h"

namespace dragoman::routing {

// One pattern of an HttpRule joined to its method, or that of a composition; nothing of it is checked yet.
struct Binding {
  const google::protobuf::MethodDescriptor* method = nullptr;  // null: of a composition
  std::string subject;      // whose it is: "shop.v1.Catalog.GetItem", "compositions/home"
  std::string http_method;  // "GET"; "*" for any
  std::string path;
  std::string body;
  std::string response_body;
  // Route::origin: "dragoman.yaml:14:3", "annotation of shop.v1.Catalog.GetItem", "expose: all".
  std::string origin;
  // For problems: "dragoman.yaml:14:3", "protos/shop/v1/catalog.proto:14:5"; of an annotation whose line is not known
  // "annotation of shop.v1.Catalog.GetItem (shop/v1/catalog.proto)".
  std::string where;
  bool where_names_subject = false;
};

// That of the composition; `where` is its place in the configuration.
Binding BindingOf(const config::Composition& composition);

// The bindings of a method's google.api.http annotation; none if it has none. Problems: a rule without a path, nested
// additional_bindings.
std::vector<Binding> AnnotatedBindings(const google::protobuf::MethodDescriptor& method, const transcoding::Declarations& declarations,
                                       Problems& problems);

// `what` as a problem of the binding's; it names the method, if the place does not.
Problem ProblemOf(const Binding& binding, std::string what);

// The bindings of an entry of http_rules, whose selector is the method. Problems as above.
std::vector<Binding> ConfiguredBindings(const google::protobuf::MethodDescriptor& method, const config::HttpRule& rule,
                                        Problems& problems);

// What `expose: all` adds: POST /shop.v1.Catalog/GetItem with the whole message as body. `entry` is that of `services`.
Binding ExposedBinding(const google::protobuf::MethodDescriptor& method, const config::Service& entry);

}  // namespace dragoman::routing
