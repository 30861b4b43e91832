#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "exchange/exchange.h"

namespace dragoman::http {

// The fields of a response's head for nghttp2. Names and values are views of what it was made of, but for numbers,
// which are its own: it must be kept until they have been submitted, what it was made of until they have been packed.
//
// What is the HTTP layer's business is left out, and so is what no header may hold (see response_writer.h).
class Http2ResponseFields {
 public:
  // `content_length`: nothing for a body of unknown length or none.
  Http2ResponseFields(const ResponseHead& head, std::span<const Header> standing,
                      std::optional<uint64_t> content_length, std::string_view date);

  std::span<const nghttp2_nv> fields() const { return {fields_.data(), fields_.size()}; }
  size_t dropped() const { return dropped_; }

 private:
  void Add(const Header& header);

  boost::container::small_vector<nghttp2_nv, 24> fields_;
  std::array<char, 3> status_;
  std::array<char, 20> length_;
  size_t dropped_ = 0;
};

}  // namespace dragoman::http
