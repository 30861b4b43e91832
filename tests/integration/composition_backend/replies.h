#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "act.h"

namespace compose {

// A request that was read: how to act, and what to answer.
struct Answer {
  std::string request;     // JSON
  std::optional<Act> act;  // nothing: it asked for something that there is not
  std::string reply;       // wire bytes
};

// Reads a request, wire bytes. Nothing: they are no message of the request's type.
using Method = std::function<std::optional<Answer>(const std::string& request)>;

// Of "Items/GetItem". Null: there is none.
const Method* FindMethod(std::string_view name);

}  // namespace compose
