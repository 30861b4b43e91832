#include "config/ip_address.h"

#include <gtest/gtest.h>

#include <random>

namespace dragoman::config {
namespace {

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

TEST(IpAddress, IsReadAndWrittenInItsCanonicalForm) {
  struct Case {
    std::string_view text;
    std::string_view canonical;
  };
  for (const Case& one : {Case{"192.0.2.7", "192.0.2.7"}, Case{"2001:DB8:0:0::1", "2001:db8::1"}, Case{"::", "::"},
                          Case{"::ffff:192.0.2.7", "192.0.2.7"}, Case{"0.0.0.0", "0.0.0.0"}}) {
    const auto address = IpAddress::Parse(one.text);
    ASSERT_TRUE(address) << one.text;
    EXPECT_EQ(address->ToText().view(), one.canonical);
  }
  EXPECT_EQ(IpAddress().ToText().view(), "");
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const std::string_view text : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "[::1]", "::1%lo", "1.2.3.4:80", " ::1", "localhost",
                                      "1.2.3.4 ", ":::", "12345::", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    EXPECT_FALSE(IpAddress::Parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, TheSameAddressIsEqualHoweverItIsWritten) {
  EXPECT_EQ(Ip("::ffff:10.0.0.1"), Ip("10.0.0.1"));
  EXPECT_TRUE(Ip("::ffff:10.0.0.1").v4());
  EXPECT_FALSE(Ip("::1").v4());
  EXPECT_NE(Ip("::"), IpAddress());
}

TEST(IpAddress, HasPrefixes) {
  EXPECT_EQ(Ip("2001:db8:1:2:3::4").Prefix(64), Ip("2001:db8:1:2::"));
  EXPECT_EQ(Ip("10.1.2.3").Prefix(96 + 8), Ip("10.0.0.0"));
  EXPECT_EQ(Ip("10.1.2.3").Prefix(128), Ip("10.1.2.3"));
  EXPECT_EQ(Ip("10.1.2.3").Prefix(0), Ip("::"));
}

TEST(Network, IsReadAndWritten) {
  for (const std::string_view text : {"10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "0.0.0.0/0", "::/0", "::1"}) {
    const auto network = Network::Parse(text);
    ASSERT_TRUE(network) << text;
    EXPECT_EQ(network->ToString(), text);
  }
  EXPECT_EQ(Network::Parse("10.0.0.1/32")->ToString(), "10.0.0.1");
}

TEST(Network, SaysWhatIsWrong) {
  for (const std::string_view text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "shop/8", "::/129", "/8"}) {
    const auto network = Network::Parse(text);
    ASSERT_FALSE(network) << text;
    EXPECT_EQ(network.error(), "expected a network such as 10.0.0.0/8 or 2001:db8::/32, got \"" + std::string(text) + "\"");
  }
  EXPECT_EQ(Network::Parse("10.1.2.3/8").error(), "\"10.1.2.3/8\" has bits behind its prefix; the network is 10.0.0.0/8");
}

TEST(NetworkSet, HoldsTheAddressesOfItsNetworks) {
  std::vector<Network> networks;
  for (const std::string_view text : {"10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32", "10.255.0.0/16"}) {
    networks.push_back(*Network::Parse(text));
  }
  const NetworkSet set(networks);
  for (const std::string_view in : {"10.0.0.0", "10.255.255.255", "10.1.2.3", "192.0.2.7", "2001:db8:ffff::"}) {
    EXPECT_TRUE(set.Contains(Ip(in))) << in;
  }
  for (const std::string_view out : {"9.255.255.255", "11.0.0.0", "192.0.2.6", "192.0.2.8", "2001:db9::", "::"}) {
    EXPECT_FALSE(set.Contains(Ip(out))) << out;
  }
  EXPECT_FALSE(set.Contains(IpAddress()));
  EXPECT_FALSE(NetworkSet().Contains(Ip("10.0.0.1")));
  EXPECT_TRUE(NetworkSet(std::vector{*Network::Parse("::/0")}).Contains(Ip("2001:db8::1")));
}

TEST(NetworkSet, AgreesWithAskingEachNetwork) {
  std::minstd_rand random(20261124);
  std::vector<Network> networks;
  for (int i = 0; i < 200; ++i) {
    const std::string address = "10." + std::to_string(random() % 4) + "." + std::to_string(random() % 256) + ".0";
    Network network{Ip(address), 96 + 10 + static_cast<int>(random() % 23)};
    network.first = network.first.Prefix(network.bits);
    networks.push_back(network);
  }
  const NetworkSet set(networks);
  for (int i = 0; i < 5000; ++i) {
    const IpAddress address = Ip("10." + std::to_string(random() % 8) + "." + std::to_string(random() % 256) + "." + std::to_string(random() % 256));
    bool any = false;
    for (const Network& network : networks) any = any || address.Prefix(network.bits) == network.first;
    EXPECT_EQ(set.Contains(address), any) << address.ToText().view();
  }
}

}  // namespace
}  // namespace dragoman::config
