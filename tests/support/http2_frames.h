#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HTTP/2 by hand, for tests: knows nothing of the gateway's code, and writes what no library would.
namespace dragoman::frames {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A header block without any compression, which changes no table: it may hold what no library would send.
std::string Block(const Headers& headers);
// A string literal of HPACK (RFC 7541, 5.2), without Huffman.
std::string Literal(std::string_view text);
// An integer of HPACK (5.1) with a prefix of so many bits, beside which `first` stands.
std::string Integer(uint8_t first, int prefix, uint64_t value);
// A frame as it goes over the wire; its length may be a lie.
std::string FrameBytes(uint8_t type, uint8_t flags, int32_t id, std::string_view payload);
// Four bytes, the first one the highest.
std::string Number(uint32_t value);
// One entry of SETTINGS.
std::string Setting(uint16_t id, uint32_t value);

}  // namespace dragoman::frames
