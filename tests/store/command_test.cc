#include "store/command.h"

#include <gtest/gtest.h>

#include <array>

namespace dragoman::store {
namespace {

using namespace std::string_view_literals;

TEST(ScriptTest, IsKnownByItsSha1) {
  EXPECT_EQ(Script("return 1").digest(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST(CommandTest, IsAnArrayOfTexts) {
  Buffer out;
  AppendCommand(out, {"AUTH", "", "a\0\r\n"sv});
  EXPECT_EQ(out.view(), "*3\r\n$4\r\nAUTH\r\n$0\r\n\r\n$4\r\na\0\r\n\r\n"sv);
}

TEST(CommandTest, NamesScriptsByDigestOrText) {
  const Script script("return 1");
  const std::array<std::string_view, 1> keys = {"k"};
  const std::array<std::string_view, 2> arguments = {"a", "bc"};
  Buffer out;
  AppendScript(out, script, ScriptForm::kDigest, keys, arguments);
  EXPECT_EQ(out.view(),
            "*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n1\r\n$1\r\nk\r\n$"
            "1\r\na\r\n$2\r\nbc\r\n");
  out.Clear();
  AppendScript(out, script, ScriptForm::kText, {}, {});
  EXPECT_EQ(out.view(), "*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n");
}

}  // namespace
}  // namespace dragoman::store
