#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"

// What several parts of the grammar have in common.
namespace dragoman::config {

// Letters, digits and `punctuation`.
bool IsMadeOf(std::string_view text, std::string_view punctuation);
// "shop.v1.Catalog": identifiers between dots.
bool IsProtoName(std::string_view name);
// A name that the operator invents, of a backend, a consumer, a provider.
bool IsName(std::string_view name);
inline constexpr std::string_view kNameShape = R"(letters, digits, "-", "_" and ".", at most 64 bytes)";

enum class Secrecy { kPublic, kSecret };  // a secret may not stand in a file with strict_secrets: true

// A header's name, in lower case: gRPC carries a-z 0-9 - _ . (PROTOCOL-HTTP2, "Header-Name").
std::optional<std::string> ReadHeaderName(const Node& node, ReadContext& context);

// `{file: PATH}`, `{env: NAME}` or the text itself.
std::optional<TextSource> ReadSource(const Node& node, Secrecy secrecy, ReadContext& context);
void ReadSource(MappingReader& map, std::string_view key, Secrecy secrecy, std::optional<TextSource>& out);
void ReadRequiredSource(MappingReader& map, std::string_view key, Secrecy secrecy, TextSource& out);

// A list of texts, at most kMaxTexts; one that stands twice is reported.
void ReadTexts(MappingReader& map, std::string_view key, std::vector<std::string>& out,
               Presence presence = Presence::kOptional);

inline constexpr size_t kMaxTexts = 1000;  // of one such list

}  // namespace dragoman::config
