#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "auth/api_key_file.h"
#include "base/wall_clock.h"
#include "cli/command.h"
#include "cli/text.h"
#include "config/scalar.h"

namespace dragoman::cli {
namespace {

constexpr size_t kKeyBytes = 32;                  // random ones: 256 bits
constexpr std::string_view kKeyPrefix = "dgm_";   // by which people, and programs that look for leaked secrets, know it
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// RFC 4648, 5, of which six bits a random byte are taken: every digit is as likely as any other.
std::string MakeKey() {
  constexpr size_t kLength = (kKeyBytes * 8 + 5) / 6;
  std::array<unsigned char, kLength> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return {};
  std::string key(kKeyPrefix);
  for (const unsigned char byte : random) key += kDigits[byte & 63];
  return key;
}

std::vector<std::string> Split(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

// Empty, or why the line is not at the file's end now.
std::string Append(const std::string& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return std::strerror(errno);
  const std::string text = line + "\n";
  const ssize_t written = ::write(file, text.data(), text.size());
  const int error = errno;
  ::close(file);
  if (written == static_cast<ssize_t>(text.size())) return {};
  return written < 0 ? std::strerror(error) : "only a part was written";
}

// What keeps a file that is there already from being one of keys.
Problems WhyNoKeyFile(const std::string& path) {
  Problems problems;
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) auth::ReadApiKeyFile(path, [](const auth::ApiKeyLine&, int) {}, problems);
  return problems;
}

std::string TextOf(const Flags& flags, std::string_view name) { return std::string(flags.Find(name).value_or("")); }

int RunNew(const Flags& flags, std::ostream& out, std::ostream& err) {
  auth::ApiKeyLine line;
  line.consumer = TextOf(flags, "consumer");
  if (line.consumer.empty()) return ReportUsage(kKeyNew, "--consumer NAME is missing", err);
  line.expires = TextOf(flags, "expires");
  if (!line.expires.empty() && !config::ParseDate(line.expires)) {
    return ReportUsage(kKeyNew, "--expires: expected a date such as 2027-01-31 or 2027-01-31T12:00:00Z", err);
  }
  line.tenant = TextOf(flags, "tenant");
  line.tier = TextOf(flags, "tier");
  line.scopes = Split(TextOf(flags, "scopes"));
  line.roles = Split(TextOf(flags, "roles"));
  const std::string key = MakeKey();
  if (key.empty()) {
    err << "dragoman key new: the system has no random bytes\n";
    return kWrongInput;
  }
  line.digest = auth::Sha256Of(key);
  const std::string text = auth::RenderApiKeyLine(line);
  if (const auto readable = auth::ParseApiKeyLine(text); !readable) {
    return ReportUsage(kKeyNew, readable.error(), err);
  }
  const std::string file = TextOf(flags, "file");
  if (!file.empty()) {
    if (Problems problems = WhyNoKeyFile(file); !problems.empty()) {
      PrintProblems(problems, err);
      err << "dragoman key new: " << file << " is no file of keys; nothing was added to it\n";
      return kWrongInput;
    }
    if (const std::string why = Append(file, text); !why.empty()) {
      err << "dragoman key new: " << file << ": cannot be written: " << why << "\n";
      return kWrongInput;
    }
  }
  out << key << "\n";
  err << "the key above is shown this once; give it to " << line.consumer << "\n"
      << (file.empty() ? "a line for authentication.api_keys.file:\n" + text : "its SHA-256 is in " + file) << "\n";
  return kDone;
}

int RunHash(const Flags&, std::ostream& out, std::ostream& err) {
  std::string key;
  std::getline(std::cin, key);
  if (key.ends_with('\r')) key.pop_back();
  if (key.empty()) {
    err << "dragoman key hash: expected a key on standard input\n";
    return kWrongInput;
  }
  out << RenderHex(auth::Sha256Of(key)) << "\n";
  return kDone;
}

std::string_view StateOf(const auth::ApiKeyLine& line, int64_t now) {
  if (line.disabled) return "disabled";
  return now >= line.expires_at ? "expired" : "live";
}

std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "-" : text;
}

std::string OrDash(const std::string& text) { return text.empty() ? "-" : text; }

int RunList(const Flags& flags, std::ostream& out, std::ostream& err) {
  const std::string file = TextOf(flags, "file");
  if (file.empty()) return ReportUsage(kKeyList, "--file FILE is missing", err);
  Problems problems;
  std::vector<std::vector<std::string>> rows = {
      {"SHA-256", "CONSUMER", "STATE", "EXPIRES", "TENANT", "TIER", "SCOPES", "ROLES"}};
  const int64_t now = UnixSeconds();
  auth::ReadApiKeyFile(
      file,
      [&](const auth::ApiKeyLine& line, int) {
        rows.push_back({RenderHex(line.digest).substr(0, 12), line.consumer, std::string(StateOf(line, now)),
                        OrDash(line.expires), OrDash(line.tenant), OrDash(line.tier), Listed(line.scopes),
                        Listed(line.roles)});
      },
      problems);
  PrintTable(rows, out);
  if (problems.empty()) return kDone;
  PrintProblems(problems, err);
  return kWrongInput;
}

constexpr Flag kNewFlags[] = {
    {"consumer", "NAME", "whose key it is"},
    {"file", "FILE", "the file that authentication.api_keys.file names; its SHA-256 is appended"},
    {"expires", "DATE", "until when it holds: 2027-01-31 or 2027-01-31T12:00:00Z"},
    {"tenant", "NAME", "of the consumer, as all below; not needed for one that stands under consumers"},
    {"tier", "NAME", ""},
    {"scopes", "A,B", ""},
    {"roles", "A,B", ""},
};
constexpr Flag kListFlags[] = {{"file", "FILE", "the file that authentication.api_keys.file names"}};

}  // namespace

constexpr Command kKeyNew = {
    .name = "key new",
    .summary = "Makes an API key of 256 random bits and shows it, once.",
    .usage = "key new --consumer NAME [--file FILE] [--expires DATE] [--tenant NAME] [--tier NAME] [--scopes A,B] [--roles A,B]",
    .details = "The key goes to standard output. What is kept of it is its SHA-256.",
    .flags = kNewFlags,
    .run = &RunNew};

constexpr Command kKeyHash = {.name = "key hash",
                              .summary = "Says the SHA-256 of a key, for consumers.NAME.keys.",
                              .usage = "key hash < KEY",
                              .details = "Reads one line of standard input, so that the key stands in no list of processes.",
                              .flags = {},
                              .run = &RunHash};

constexpr Command kKeyList = {.name = "key list",
                              .summary = "Lists the API keys of a file.",
                              .usage = "key list --file FILE",
                              .details = "Of each SHA-256 the first twelve digits.",
                              .flags = kListFlags,
                              .run = &RunList};

}  // namespace dragoman::cli
