#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transcoding/any_types.h"
#include "transcoding/buffer.h"
#include "transcoding/json_codec.h"
#include "transcoding/json_scanner.h"
#include "transcoding/length_prefixes.h"
#include "transcoding/message_plan.h"
#include "transcoding/scalar.h"
#include "transcoding/status.h"

namespace dragoman::transcoding {

// JSON text → wire bytes: the reading half of JsonCodec, which says what it promises.
//
// The text is pulled token by token, led by the plan: scalars go straight from the text into the sink, every open
// object or array is one frame on a stack of our own. Nothing recurses.
class JsonReader {
 public:
  explicit JsonReader(const PlanSet& plans) : plans_(plans) {}

  Status ReadMessage(const MessagePlan& plan, Buffer& json, const JsonReadOptions& options, Buffer& out);
  Status ReadField(const FieldPlan& field, Buffer& json, const JsonReadOptions& options, Buffer& out, Buffer* mask);

 private:
  // What became of a value.
  enum class Step : uint8_t {
    kFailed,   // status_, or the scanner's error
    kDone,     // read and written
    kOpened,   // its frame is on the stack now
    kDropped,  // an unknown enum name that is ignored; nothing was written behind the tag
  };
  enum class FrameKind : uint8_t {
    kMessage,
    kMaskedMessage,  // the same, whose members become paths of mask_
    kAnyValue,
    kList,
    kMap,
    kStruct,
    kListValue,
    kSkippedObject,
    kSkippedArray
  };
  enum class Next : uint8_t { kFailed, kItem, kEnd };
  enum class Token : uint8_t {
    kFailed,  // malformed
    kRead,    // a string, a number, true or false
    kOther,   // null, an object or an array begins here
  };

  // An object or array that is being read.
  struct Frame {
    FrameKind kind;
    bool first = true;        // no item was read yet
    bool any = false;         // members of an Any: "@type" stands among them
    bool type_seen = false;   // "@type" was passed
    bool value_seen = false;  // kAnyValue: "value" was passed
    const MessagePlan* plan = nullptr;
    const FieldPlan* field = nullptr;  // kList, kMap; kMaskedMessage: whose value it is, but of the outermost
    uint32_t name_at = kNoName;        // offset of the quote of the present member's name
    uint32_t count = 0;                // elements begun
    uint32_t base = 0;      // where its bits in seen_ (kMessage), its keys in keys_ (kMap, kStruct), its bytes (kList) begin
    uint32_t prefixes = 0;  // length prefixes that stay open when it closes
    uint32_t guess = 0;     // kMessage: index of the field that should come next
    uint32_t end_tag = 0;   // of a group
  };
  static constexpr uint32_t kNoName = UINT32_MAX;

  // The key of a map entry, as it stands in the sink.
  struct Key {
    uint32_t begin;
    uint32_t size;
    uint32_t name_at;
  };

  void Start(Buffer& json, const JsonReadOptions& options, Buffer& out);
  Status Finish(Step first);
  bool RunFrames();

  // Frames: each reads items until its end, or until one of them opens a frame.
  template <bool kMasked>
  Step ReadMembers();
  Step ReadAnyValue();
  Step ReadElements();
  Step ReadEntries();
  Step ReadStruct();
  Step ReadListValue();
  Step SkipMembers();
  Step SkipElements();
  Step Push(Frame frame);
  Step PushMessage(const MessagePlan& plan, size_t prefixes, uint32_t end_tag, bool any);
  Step Close();
  Step CloseMap();
  Next NextMember(Frame& frame);
  Next NextElement(Frame& frame);

  // Members of a message.
  bool FindMember(Frame& frame, const FieldPlan*& field, std::string_view& name);
  Step ReadUnknown(std::string_view name);
  Step ReadMember(const FieldPlan& field);
  Step ReadFieldValue(const FieldPlan& field);
  bool TestAndSet(const Frame& frame, size_t bit);

  // The mask (json_reader_mask.cc). False: status_.
  bool NoteMember(const FieldPlan& field, Step step);
  bool NotePath(size_t frames, const FieldPlan* leaf);

  // Values. `prefixes`: as in the frame.
  static bool TakesNull(const FieldPlan& field);  // one value of it may be null
  Step ReadSingular(const FieldPlan& field, size_t prefixes);
  Step ReadScalar(const FieldPlan& field);
  Step ReadMessageValue(const MessagePlan& plan, size_t prefixes, uint32_t end_tag);
  Step ReadScalarForm(const MessagePlan& plan, size_t prefixes);
  Step ReadAny(const MessagePlan& plan, size_t prefixes);
  Step ReadValue(size_t prefixes);
  Step ReadCompoundValue(const char* at, size_t prefixes);
  Step SkipValue();
  Token ReadToken(std::string_view& text, TextKind& kind);

  // Errors (json_reader_errors.cc). Each returns kFailed.
  Step FailAt(const char* at, Reason reason, const std::string& what);
  Step FailType(const char* at, std::string_view expected);
  Step FailConversion(const char* at, Conversion conversion, std::string_view expected);
  Step FailUnknown(const MessagePlan& plan, std::string_view name);
  std::string Path(size_t frames) const;
  std::string Position(const char* at) const;
  bool DescribeValue(const char* at, std::string& description);
  std::string_view NameAt(uint32_t offset) const;

  const PlanSet& plans_;
  JsonScanner text_;
  LengthPrefixes prefixes_;
  AnyTypes any_types_;
  std::vector<Frame> frames_;
  std::vector<uint64_t> seen_;       // fields, then oneofs, of the open messages: one bit each
  std::vector<Key> keys_;            // of the open maps
  const FieldPlan* root_ = nullptr;  // ReadField
  Buffer* mask_ = nullptr;           // of kMaskedMessage
  JsonReadOptions options_;
  Buffer* out_ = nullptr;
  Status status_;
};

}  // namespace dragoman::transcoding
