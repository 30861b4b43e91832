#include "flags.h"

#include <charconv>
#include <optional>

namespace shop {

const std::string_view kUsage =
    R"(usage: shop_backend [FLAG]...

The shop of Dragoman's examples, over gRPC: Catalog, Orders, Users, Payments, Shipping, Ads and Diagnostics of shop.v1; it
describes itself by server reflection.

  --listen HOST:PORT | unix:PATH     where to listen; port 0 is any free one (127.0.0.1:50051)
  --name NAME                        what Diagnostics.Echo calls this process (shop)
  --fail METHOD=CODE[@PROBABILITY]   calls of METHOD fail: shop.v1.Shipping/Track=UNAVAILABLE@0.2
  --delay METHOD=TIME[@PROBABILITY]  calls of METHOD wait first: shop.v1.Users/GetUser=200ms
  --tls-cert FILE --tls-key FILE     serves TLS
  --tls-client-ca FILE               demands client certificates of that CA
  --compress gzip                    compresses replies to clients that take it
  --seed N                           which of the calls it hits, where the probability is below 1 (1)
  --help

METHOD is package.Service/Method, package.Service/* or *. --fail and --delay may be given several times: delays add up,
of several failures the first counts. Calls carry wishes of their own as metadata: x-shop-fail: [METHOD=]CODE,
x-shop-delay: [METHOD=]TIME.
Prints "listening on ADDRESS" once it serves; SIGTERM and SIGINT end it. Exit codes: 0 ended, 1 cannot listen, 2 usage.
)";

Parsed<Flags> ParseFlags(int argc, const char* const* argv, Faults& faults) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i];
    if (flag == "--help") {
      flags.help = true;
      return flags;
    }
    bool known = flag == "--listen" || flag == "--name" || flag == "--fail" || flag == "--delay" || flag == "--seed" ||
                 flag == "--tls-cert" || flag == "--tls-key" || flag == "--tls-client-ca" ||
                 flag == "--compress";
    if (!known) return tl::unexpected("unknown argument \"" + std::string(flag) + "\"; --help lists what there is");
    if (i + 1 == argc) return tl::unexpected(std::string(flag) + " needs a value");
    std::string_view value = argv[++i];
    std::optional<std::string> wrong;
    if (flag == "--listen") {
      flags.listen = value;
    } else if (flag == "--name") {
      flags.name = value;
    } else if (flag == "--tls-cert") {
      flags.tls_certificate = value;
    } else if (flag == "--tls-key") {
      flags.tls_key = value;
    } else if (flag == "--tls-client-ca") {
      flags.tls_client_ca = value;
    } else if (flag == "--compress") {
      if (value != "gzip") wrong = "expected gzip";
      flags.compress = true;
    } else if (flag == "--fail") {
      wrong = faults.AddFailure(value);
    } else if (flag == "--delay") {
      wrong = faults.AddDelay(value);
    } else {
      uint64_t seed = 0;
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seed);
      if (error != std::errc() || end != value.data() + value.size()) wrong = "expected a number from 0 to 2^64 - 1";
      faults.Seed(seed);
    }
    if (wrong) return tl::unexpected(std::string(flag) + " " + std::string(value) + ": " + *wrong);
  }
  if (flags.tls_certificate.empty() != flags.tls_key.empty()) {
    return tl::unexpected(std::string("--tls-cert and --tls-key belong together"));
  }
  return flags;
}

}  // namespace shop
