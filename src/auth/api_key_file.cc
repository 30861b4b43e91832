#include "auth/api_key_file.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "config/scalar.h"
#include "transcoding/buffer.h"
#include "transcoding/json_escape.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

using transcoding::Quote;

constexpr size_t kMaxProblems = 20;
constexpr size_t kMaxNames = 100;  // scopes or roles of a line
constexpr std::array<std::string_view, 8> kMembers = {"sha256", "consumer", "expires", "disabled",
                                                      "tenant", "tier",     "scopes",  "roles"};

std::string_view TextOf(const rapidjson::Value& value) { return {value.GetString(), value.GetStringLength()}; }

bool ReadNames(const rapidjson::Value& value, std::vector<std::string>& out) {
  if (!value.IsArray() || value.Size() > kMaxNames) return false;
  for (const rapidjson::Value& item : value.GetArray()) {
    if (!item.IsString()) return false;
    out.emplace_back(TextOf(item));
  }
  return true;
}

// Empty, or what was expected of the member.
std::string_view ReadMember(std::string_view name, const rapidjson::Value& value, ApiKeyLine& line) {
  const auto text = [&value](std::string& out) {
    if (!value.IsString() || value.GetStringLength() == 0) return std::string_view("a text");
    out = TextOf(value);
    return std::string_view();
  };
  if (name == "sha256") {
    const std::optional<Sha256> digest = value.IsString() ? ParseSha256(TextOf(value)) : std::nullopt;
    if (!digest) return "64 hexadecimal digits in lower case";
    line.digest = *digest;
    return {};
  }
  if (name == "expires") {
    const std::optional<int64_t> seconds = value.IsString() ? config::ParseDate(TextOf(value)) : std::nullopt;
    if (!seconds) return "a date such as 2027-01-31 or 2027-01-31T12:00:00Z";
    line.expires = TextOf(value);
    line.expires_at = *seconds;
    return {};
  }
  if (name == "disabled") {
    if (!value.IsBool()) return "true or false";
    line.disabled = value.GetBool();
    return {};
  }
  if (name == "consumer") return text(line.consumer);
  if (name == "tenant") return text(line.tenant);
  if (name == "tier") return text(line.tier);
  return ReadNames(value, name == "scopes" ? line.scopes : line.roles) ? "" : "a list of at most 100 texts";
}

void AppendText(std::string_view name, std::string_view text, Buffer& out) {
  out.Append(out.empty() ? "{\"" : ",\"");
  out.Append(name);
  out.Append("\":");
  transcoding::AppendEscaped(text, out);
}

void AppendNames(std::string_view name, const std::vector<std::string>& names, Buffer& out) {
  if (names.empty()) return;
  out.Append(",\"");
  out.Append(name);
  out.Append("\":[");
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out.Append(",");
    transcoding::AppendEscaped(names[i], out);
  }
  out.Append("]");
}

}  // namespace

tl::expected<ApiKeyLine, std::string> ParseApiKeyLine(std::string_view text) {
  if (text.size() > kMaxKeyLine) return tl::unexpected("expected at most " + std::to_string(kMaxKeyLine) + " bytes");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) return tl::unexpected(std::string("expected a JSON object"));
  ApiKeyLine line;
  std::vector<std::string_view> seen;
  for (const auto& member : document.GetObject()) {
    const std::string_view name = TextOf(member.name);
    if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end()) {
      return tl::unexpected("unknown member " + Quote(name) + DidYouMean(name, kMembers));
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return tl::unexpected("member " + Quote(name) + " stands twice");
    }
    seen.push_back(name);
    if (const std::string_view expected = ReadMember(name, member.value, line); !expected.empty()) {
      return tl::unexpected("member " + Quote(name) + ": expected " + std::string(expected));
    }
  }
  for (const std::string_view name : {"sha256", "consumer"}) {
    if (std::find(seen.begin(), seen.end(), name) == seen.end()) return tl::unexpected("missing member " + Quote(name));
  }
  return line;
}

std::string RenderApiKeyLine(const ApiKeyLine& line) {
  Buffer out;
  AppendText("sha256", RenderHex(line.digest), out);
  AppendText("consumer", line.consumer, out);
  if (!line.expires.empty()) AppendText("expires", line.expires, out);
  if (line.disabled) out.Append(",\"disabled\":true");
  if (!line.tenant.empty()) AppendText("tenant", line.tenant, out);
  if (!line.tier.empty()) AppendText("tier", line.tier, out);
  AppendNames("scopes", line.scopes, out);
  AppendNames("roles", line.roles, out);
  out.Append("}");
  return std::string(out.view());
}

void ReadApiKeyFile(const std::string& path, const std::function<void(ApiKeyLine, int)>& take, Problems& problems) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  size_t found = 0;
  int number = 0;
  while (file && found < kMaxProblems && std::getline(file, text)) {
    ++number;
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty() || text.starts_with('#')) continue;
    tl::expected<ApiKeyLine, std::string> line = ParseApiKeyLine(text);
    if (line) {
      take(*std::move(line), number);
    } else {
      ++found;
      problems.push_back({path + ":" + std::to_string(number), std::move(line.error())});
    }
  }
  if (number == 0 && !file.eof()) problems.push_back({path, std::string("cannot be read: ") + std::strerror(errno)});
}

}  // namespace dragoman::auth
