#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec_kinds.h"
#include "transcoding/status.h"

// protobuf's own JSON beside our codec: the same text or the same bytes through both.
namespace dragoman::fuzz {

// One text as a message of one kind.
struct Reading {
  const CodecKinds::Kind& kind;
  std::string_view text;
  bool ignore_unknown;
  Status our_status;
  std::string our_error;  // the reason and the text, "" where it was read
  std::string their_error;
  std::string our_wire;  // as a serializer writes the message
  std::string their_wire;
};

// One message of a kind, as text.
struct Writing {
  const CodecKinds::Kind& kind;
  std::string wire;  // as a serializer writes it: pieces merged, of equal keys the last, without unknown fields
  bool emit_defaults;
  std::string our_error;
  std::string their_error;
  std::string our_text;
  std::string their_text;
};

Reading ReadByBoth(const CodecKinds::Kind& kind, std::string_view text, bool ignore_unknown);
// The message that our codec makes of a text, canonical; nothing where it refuses.
std::optional<std::string> ReadByUs(const CodecKinds::Kind& kind, std::string_view text);
// Nothing where there is no canonical message.
std::optional<Writing> WriteByBoth(const CodecKinds::Kind& kind, std::string_view wire, bool emit_defaults);

// The message, deeper than protobuf's parser goes by itself, without its unknown fields; null where the bytes are none.
std::unique_ptr<google::protobuf::Message> Parse(const google::protobuf::Message& prototype, std::string_view wire);

// The message as one sequence of bytes that any equal message has: no defaults without presence, maps sorted, no
// unknown fields, within an Any as well. Nothing where protobuf does not read `wire`, or what an Any in it holds: when
// that is a packed list that is cut, protobuf's JSON of it has no end.
std::optional<std::string> Canonical(const google::protobuf::Message& prototype, std::string_view wire);

}  // namespace dragoman::fuzz
