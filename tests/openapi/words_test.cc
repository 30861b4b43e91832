#include "openapi/words.h"

#include <gtest/gtest.h>

#include <string>

#include "openapi/json_out.h"

namespace dragoman::openapi {
namespace {

TEST(Readable, IsWhatAuthorsMean) {
  EXPECT_EQ(Readable(" By id.\n  * one\n  * two\n"), "By id.\n * one\n * two");
  EXPECT_EQ(Readable(" a\r\n\n b  \n"), "a\n\nb");
  EXPECT_EQ(Readable(" Seen. (-- api-linter: no\n =x --) Too.\n"), "Seen.  Too.");
  EXPECT_EQ(Readable(" (-- never closed"), "(-- never closed");
  EXPECT_EQ(Readable(" buf:lint:ignore A\n Text.\n"), "Text.");
  EXPECT_EQ(Readable(std::string_view(" a\0b\x1b[31mc\x7f\td", 13)), "ab[31mc\td");
  EXPECT_EQ(Readable(" \n \n"), "");
}

TEST(FirstSentence, EndsWhereASentenceDoes) {
  EXPECT_EQ(FirstSentence("By id, e.g. 7, or\nby name. And more."), "By id, e.g. 7, or by name.");
  EXPECT_EQ(FirstSentence("Version 1.2 of it"), "Version 1.2 of it");
  EXPECT_EQ(FirstSentence("No end\n\nNext."), "No end");
  EXPECT_EQ(FirstSentence("Really? Yes."), "Really?");
  EXPECT_EQ(FirstSentence(""), "");
  EXPECT_EQ(FirstSentence(std::string(300, 'a')), std::string(200, 'a') + "…");
  std::string euros = "a";
  for (int i = 0; i < 100; ++i) euros += "€";
  EXPECT_EQ(FirstSentence(euros), euros.substr(0, 199) + "…");
}

TEST(WordsOf, AreThoseOfAName) {
  EXPECT_EQ(WordsOf("GetItem"), "Get item");
  EXPECT_EQ(WordsOf("get_item"), "get item");
}

TEST(JsonOut, WritesWhateverBytesThereAre) {
  JsonOut out(1000);
  out.Open();
  out.Text("a\"\\\n\x01", std::string_view("\xff\0€", 5));
  out.OpenList("b");
  out.Number(-1);
  out.Open();
  out.Close();
  out.CloseList();
  out.Flag("c", true);
  out.Raw("d", "{}");
  out.Close();
  EXPECT_EQ(out.view(), "{\"a\\\"\\\\\\n\\u0001\":\"\xEF\xBF\xBD\\u0000€\",\"b\":[-1,{}],\"c\":true,\"d\":{}}");
}

TEST(JsonOut, TakesNothingMoreOnceItIsFull) {
  JsonOut out(10);
  out.OpenList();
  out.Text("abcdef");
  EXPECT_EQ(out.room(), 1u);
  out.CloseList();
  EXPECT_EQ(out.view(), R"(["abcdef"])");
  EXPECT_FALSE(out.full());
  EXPECT_EQ(out.room(), 0u);
  out.Number(12345);
  EXPECT_TRUE(out.full());
  EXPECT_EQ(out.room(), 0u);
  const size_t size = out.view().size();
  out.Open("key");
  out.Text("key", "value");
  out.Close();
  EXPECT_EQ(out.view().size(), size);
}

}  // namespace
}  // namespace dragoman::openapi
