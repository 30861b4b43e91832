#include "openapi/api_path.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::openapi {
namespace {

TEST(ApiPath, HasOneParameterForEachSegmentThatVaries) {
  struct Case {
    std::string path;
    std::string text;
    std::string shape;
  };
  const Case cases[] = {
      {"/", "/", "/"},
      {"/v1/items", "/v1/items", "/v1/items"},
      {"/v1/items/{id}", "/v1/items/{id}", "/v1/items/{}"},
      {"/v1/items/{item.id}:buy", "/v1/items/{item.id}:buy", "/v1/items/{}:buy"},
      {"/v1/items:batchGet", "/v1/items:batchGet", "/v1/items:batchGet"},
      {"/v1/{name=shelves/*/books/*}", "/v1/shelves/{shelvesId}/books/{booksId}", "/v1/shelves/{}/books/{}"},
      {"/v1/{name=a/*/a/*}", "/v1/a/{aId}/a/{aId2}", "/v1/a/{}/a/{}"},
      {"/{a=*/*}", "/{id}/{id2}", "/{}/{}"},
      {"/v1/*/x/*", "/v1/{v1Id}/x/{xId}", "/v1/{}/x/{}"},
      {"/v1/manuals/{path=**}", "/v1/manuals/{path}", "/v1/manuals/{}"},
      {"/v1/{name=docs/**}", "/v1/docs/{docsPath}", "/v1/docs/{}"},
      {"/v1/**/end:x", "/v1/{v1Path}/end:x", "/v1/{}/end:x"},
      {"/a%20b/{x}/ü", "/a%20b/{x}/%C3%BC", "/a%20b/{}/%C3%BC"},
      {"/a%7Bb%7D", "/a%7Bb%7D", "/a%7Bb%7D"},
  };
  for (const Case& one : cases) {
    const auto parsed = transcoding::HttpTemplate::Parse(one.path);
    ASSERT_TRUE(parsed) << one.path << ": " << parsed.error();
    const ApiPath path = ApiPathOf(*parsed);
    EXPECT_EQ(path.text, one.text) << one.path;
    EXPECT_EQ(path.shape, one.shape) << one.path;
    std::vector<std::string> names;
    for (const ApiPath::Parameter& parameter : path.parameters) names.push_back(parameter.name);
    EXPECT_EQ(WithNames(path, names), one.text) << one.path;
  }
}

TEST(ApiPath, MayHaveAsManyParametersAsATemplateHasSegments) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "/*";
  const ApiPath path = ApiPathOf(transcoding::HttpTemplate::Parse(text).value());
  ASSERT_EQ(path.parameters.size(), 2000u);
  EXPECT_EQ(path.parameters[0].name, "id");
  EXPECT_EQ(path.parameters[1].name, "id2");
  EXPECT_EQ(path.parameters[1999].name, "id2000");
}

}  // namespace
}  // namespace dragoman::openapi
