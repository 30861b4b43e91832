#include "jose/token.h"

#include <algorithm>
#include <array>
#include <utility>

#include "jose/base64url.h"
#include "jose/claims.h"
#include "jose/strict_json.h"

namespace dragoman::jose {
namespace {

struct Parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  std::string_view signed_text;
};

tl::unexpected<std::string> No(std::string why) { return tl::unexpected(std::move(why)); }

tl::expected<Parts, std::string> Split(std::string_view text) {
  if (text.size() > Token::kMaxBytes) {
    return No("the token has more than " + std::to_string(Token::kMaxBytes >> 10) + " KiB");
  }
  std::array<size_t, 2> dots{};
  size_t count = 0;
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', dot + 1)) {
    if (count < dots.size()) dots[count] = dot;
    ++count;
  }
  if (count == 4) return No("the token is encrypted (JWE); a signed one (JWS) is expected");
  if (count != 2) return No("the token is no JWT: expected three parts with dots between them");
  Parts parts;
  parts.header = text.substr(0, dots[0]);
  parts.claims = text.substr(dots[0] + 1, dots[1] - dots[0] - 1);
  parts.signature = text.substr(dots[1] + 1);
  parts.signed_text = text.substr(0, dots[1]);
  if (parts.header.size() > Token::kMaxHeaderBytes) {
    return No("the token's header has more than " + std::to_string(Token::kMaxHeaderBytes >> 10) + " KiB");
  }
  return parts;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) { return Lower(a) == b; });
}

// A media type, whose "application/" may be left out (RFC 7515, section 4.1.9).
bool IsMediaType(std::string_view text, std::string_view subtype) {
  constexpr std::string_view kTree = "application/";
  if (EqualsIgnoringCase(text.substr(0, kTree.size()), kTree)) text.remove_prefix(kTree.size());
  return EqualsIgnoringCase(text, subtype);
}

tl::expected<void, std::string> ReadHeader(const rapidjson::Value& header, Token& token) {
  const rapidjson::Value* algorithm = nullptr;
  for (auto member = header.MemberBegin(); member != header.MemberEnd(); ++member) {
    const std::string_view name = TextOf(member->name);
    const rapidjson::Value& value = member->value;
    const bool is_text = value.IsString();
    if (name == "alg") {
      algorithm = &value;
    } else if (name == "kid") {
      if (!is_text) return No("the token's kid is no text");
      token.kid.emplace(TextOf(value));
    } else if (name == "crit" || name == "b64") {
      return No("the token demands an extension (crit) that is not understood");
    } else if (name == "typ") {
      if (!is_text || !(IsMediaType(TextOf(value), "jwt") || IsMediaType(TextOf(value), "at+jwt"))) {
        return No("the token's type (typ) is neither JWT nor at+jwt");
      }
    } else if (name == "cty") {
      if (!is_text || IsMediaType(TextOf(value), "jwt")) return No("the token holds another token (cty)");
    }
  }
  if (algorithm == nullptr || !algorithm->IsString()) return No("the token's header names no algorithm (alg)");
  const std::string_view name = TextOf(*algorithm);
  if (EqualsIgnoringCase(name, "none")) return No("the token is not signed (alg none)");
  const std::optional<Algorithm> known = ParseAlgorithm(name);
  if (!known) return No("the token is signed by an algorithm that is not supported");
  token.algorithm = *known;
  return {};
}

}  // namespace

tl::expected<Token, std::string> Token::Parse(std::string_view text) {
  const auto parts = Split(text);
  if (!parts) return No(parts.error());
  Token token;
  Buffer header;
  if (!AppendFromBase64Url(parts->header, header)) return No("the token's header is not base64url");
  StrictJson json;
  JsonFault fault = json.Parse(header.view(), kMaxHeaderDepth);
  if (fault == JsonFault::kNone && HasRepeatedNames(json.root())) fault = JsonFault::kRepeatedName;
  if (fault != JsonFault::kNone) return No("the token's header " + std::string(TextOf(fault)));
  if (auto read = ReadHeader(json.root(), token); !read) return No(std::move(read.error()));
  if (parts->signature.empty()) return No("the token has no signature");
  if (!AppendFromBase64Url(parts->signature, token.signature)) return No("the token's signature is not base64url");
  token.signed_text = parts->signed_text;
  token.claims = parts->claims;
  return token;
}

std::string UnverifiedText(std::string_view text, std::string_view claim) {
  const auto parts = Split(text);
  Buffer json;
  if (!parts || !AppendFromBase64Url(parts->claims, json)) return {};
  const auto claims = Claims::Parse(json.view());
  return claims ? std::string((*claims)->Text(claim)) : std::string();
}

}  // namespace dragoman::jose
