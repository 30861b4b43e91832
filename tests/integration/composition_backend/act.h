#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace compose {

// What a call does beside answering; compose.proto says it in words.
struct Act {
  std::chrono::milliseconds delay{0};
  int fail = 0;  // google.rpc.Code
  std::string reason = "PLAYED";
  bool hang = false;
  bool die = false;
  bool garbage = false;
  bool empty = false;
  bool twice = false;
  uint32_t bytes = 0;
  bool reverse = false;
  std::optional<uint32_t> drop;
  std::optional<uint32_t> doubled;
};

// "delay=20 fail=14". Nothing: there is a word that is none of them, or a number that is none.
std::optional<Act> ParseAct(std::string_view text);

}  // namespace compose
