#include "transcoding/base64.h"

#include <gtest/gtest.h>

#include <string_view>

namespace dragoman::transcoding {
namespace {

TEST(IsBase64, IsWhatIsWrittenWithOrWithoutPadding) {
  for (const std::string_view text : {"", "AA==", "AA", "AAE=", "AAE", "AAEC", "+/+/", "AAECAw==", "//8"}) {
    EXPECT_TRUE(IsBase64(text)) << text;
  }
}

TEST(IsBase64, IsNoOtherSpelling) {
  for (const std::string_view text :
       {"A", "AA=", "AA===", "=", "====", "AAE==", "AAEC=", "-_-_", "AA EC", "AB==", "AAF", "AA\n=", "\xff\xff"}) {
    EXPECT_FALSE(IsBase64(text)) << text;
  }
}

}  // namespace
}  // namespace dragoman::transcoding
