#include "guard/network_file.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

TEST(NetworkFileTest, ReadsANetworkALine) {
  std::vector<config::Network> networks;
  Problems problems;
  ParseNetworks("# seen\n\n 192.0.2.0/24\t# a network\r\n2001:db8::7", "deny.txt", networks, problems);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(networks.size(), 2u);
  EXPECT_EQ(networks[0].ToString(), "192.0.2.0/24");
  EXPECT_EQ(networks[1].ToString(), "2001:db8::7");
}

TEST(NetworkFileTest, TellsWhichLinesAreWrong) {
  std::vector<config::Network> networks;
  Problems problems;
  ParseNetworks("192.0.2.1\nnonsense\n192.0.2.1/24\n192.0.2.2", "deny.txt", networks, problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].where, "deny.txt:2");
  EXPECT_EQ(problems[0].what, "expected a network such as 10.0.0.0/8 or 2001:db8::/32, got \"nonsense\"");
  EXPECT_EQ(problems[1].where, "deny.txt:3");
  EXPECT_EQ(networks.size(), 2u);
}

TEST(NetworkFileTest, IsBounded) {
  std::vector<config::Network> networks;
  Problems problems;
  ParseNetworks(std::string(100, '\n') + std::string(1000, 'x') + std::string(1000, '\n'), "d", networks, problems);
  EXPECT_EQ(problems.size(), 1u);
  std::string wrong;
  for (int i = 0; i < 1000; ++i) wrong += "x\n";
  problems.clear();
  ParseNetworks(wrong, "d", networks, problems);
  EXPECT_EQ(problems.size(), kMaxProblems);
  networks.resize(kMaxNetworks - 1);
  problems.clear();
  ParseNetworks("10.0.0.1\n10.0.0.2\n10.0.0.3\n", "d", networks, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "d:2");
  EXPECT_EQ(problems[0].what, "expected at most 1000000 networks in a list");
}

TEST(NetworkFileTest, SaysWhyAFileCannotBeRead) {
  std::vector<config::Network> networks;
  Problems problems;
  ReadNetworkFile("/nonexistent/x", networks, problems);
  ReadNetworkFile("/", networks, problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].what, "cannot be read: No such file or directory");
  EXPECT_EQ(problems[1].what, "cannot be read: Is a directory");
}

}  // namespace
}  // namespace dragoman::guard
