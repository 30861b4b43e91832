#pragma once

#include <boost/container/small_vector.hpp>
#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "base/task.h"
#include "exchange/exchange.h"
#include "reflection/inquiry.h"
#include "transcoding/status.h"
#include "upstream/call.h"

namespace dragoman::reflection {

// What the gateway shows the server with every call, put there by whoever has it.
struct Credentials {
  using Metadata = boost::container::small_vector_base<Header>;

  // Puts it into the metadata, whose views hold until the coroutine waits again. Null: there is nothing to show.
  std::function<Task<Status>(Metadata& metadata, TimePoint deadline)> attach;
  // The server answered UNAUTHENTICATED. Null: nobody wants to know.
  std::function<void()> refused;
};

// What to do about a server that cannot be asked, as the end of a sentence.
inline constexpr std::string_view kFileInstead =
    "give its descriptors as a file (descriptors: [{file: api.pb}], or --descriptors api.pb), which this makes: protoc -I protos --include_imports "
    "--include_source_info --descriptor_set_out=api.pb protos/shop/v1/*.proto";

// Asks a server for the descriptors of all its services, over grpc.reflection.v1 or, if it does not know that, v1alpha.
// What it sends is not built to a schema here: whoever does learns of files that contradict each other or import each
// other in a circle.
//
// `name` is the backend's, and stands in what went wrong: `backend "shop" lists service "shop.v1.Catalog", but …`. What
// can be done about it is said, too.
//
// A server that changes while it is asked, or that has only half of a schema, is asked once more.
//
// Lifetime: `backend` outlives it, `credentials` too.   Threads: the backend's loop.
// Cost: memory as of what is sent, at most Bounds::bytes and one answer; parsing takes the loop's time, 10 ms for a MiB.
Task<tl::expected<Descriptors, Failure>> Ask(upstream::Backend& backend, std::string name,
                                             const Credentials& credentials, const Bounds& bounds = {});

}  // namespace dragoman::reflection
