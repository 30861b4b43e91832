#pragma once

#include <string_view>

namespace dragoman {

// How much a client wants something, in thousandths: 0 it does not, 1000 as much as can be (RFC 9110 section 12.4.2).
using Quality = int;

// Of a content coding, by an Accept-Encoding's value: "gzip;q=0.8, *;q=0" (12.5.3). What is not listed is 0, but
// identity, which is 1 where nothing forbids it: the last choice. x-gzip is gzip.
//
// In both, an item that is malformed or has a malformed weight counts as not there, a weight may lack its 0 (".5", as
// Java writes it), and of several weights of one name the highest holds.
Quality QualityOfCoding(std::string_view accept_encoding, std::string_view coding);

// Of a media type without parameters, by an Accept's value: "text/event-stream, application/*;q=0.5" (12.5.1). The most
// specific range decides; parameters but q do not matter. A value without any range accepts everything.
Quality QualityOfMediaType(std::string_view accept, std::string_view media_type);
// Whether an Accept's value has that type itself, not only a range that it lies in.
bool NamesMediaType(std::string_view accept, std::string_view media_type);

}  // namespace dragoman
