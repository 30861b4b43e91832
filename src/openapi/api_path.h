#pragma once

#include <string>
#include <vector>

#include "transcoding/http_template.h"

namespace dragoman::openapi {

// A path template as OpenAPI has it, where a parameter is one segment.
//
//   /v1/items/{id}                           /v1/items/{id}                                 id: the variable
//   /v1/{name=shelves/*/books/*}:publish     /v1/shelves/{shelvesId}/books/{booksId}:publish   of the variable `name`
//   /v1/a/*/c                                /v1/a/{aId}/c                                  of no variable
//   /v1/manuals/{path=**}                    /v1/manuals/{path}                             any number of segments
//   /v1/{name=docs/**}                       /v1/docs/{docsPath}                            likewise
struct ApiPath {
  struct Parameter {
    std::string name;
    int variable = -1;   // into HttpTemplate::variables; -1: none, whatever stands there means nothing
    bool whole = false;  // all of the variable
    bool any_segments = false;  // `**`
  };
  std::string text;
  std::string shape;  // `text` without names: no two paths of a document may have the same
  std::vector<Parameter> parameters;  // in the order of the path
};

ApiPath ApiPathOf(const transcoding::HttpTemplate& path);

// "max_price.units": a field, by the fields that lead to it.
std::string Dotted(const std::vector<std::string>& field_path);

// The path with names of its parameters that another one of the same shape has.
std::string WithNames(const ApiPath& path, const std::vector<std::string>& names);

}  // namespace dragoman::openapi
