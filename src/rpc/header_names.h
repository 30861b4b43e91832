#pragma once

#include <string_view>

namespace dragoman::rpc {

// Why a header of that name can never be forwarded from a client as metadata; empty if it can.
std::string_view CannotForward(std::string_view name);

// Why a client can never set metadata of that name, binary (`-bin`) or not; empty if it can.
std::string_view CannotBeSet(std::string_view name);

// True if reply metadata of that name becomes a response header.
bool ReachesClient(std::string_view name);

// Why a policy cannot put a header of that name into a response; empty if it can.
std::string_view CannotRespond(std::string_view name);

}  // namespace dragoman::rpc
