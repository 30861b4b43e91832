#include "http/chunk_decoder.h"

#include <algorithm>
#include <string>

#include "exchange/characters.h"
#include "exchange/too_large.h"

namespace dragoman::http {
namespace {

constexpr uint8_t kMaxDigits = 16;

Status Malformed(std::string_view what) {
  return Status(Reason::kInvalidRequest, "the chunked body is malformed: " + std::string(what));
}

Status BadSize() { return Malformed("a chunk does not begin with its size"); }
Status BadExtension() { return Malformed("a chunk's extension is not a name and a value"); }
Status BadLine() { return Malformed("a line does not end in CR LF"); }
Status BadTrailer() { return Malformed("a trailer is not a name and a value"); }

bool IsWhiteSpace(char c) { return c == ' ' || c == '\t'; }
bool IsToken(char c) { return LowerTokenCharacter(c) != 0; }

// 0…15; -1 for what is no digit.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<size_t> ChunkDecoder::Decode(std::string_view bytes, Buffer& out) {
  size_t used = 0;
  while (used < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::string_view data =
          bytes.substr(used, static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - used)));
      out.Append(data);
      used += data.size();
      left_ -= data.size();
      if (left_ == 0) state_ = State::kDataCr;
    } else if (Status bad = Step(bytes[used++]); !bad.ok()) {
      return Refuse(std::move(bad));
    }
  }
  return used;
}

// chunked-body = *chunk last-chunk trailer-section CRLF
// chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
Status ChunkDecoder::Step(char c) {
  switch (state_) {
    case State::kSize: {
      const int digit = HexDigit(c);
      if (digit >= 0) {
        if (++digits_ > kMaxDigits) return Malformed("a chunk's size has more than 16 digits");
        left_ = left_ << 4 | static_cast<uint64_t>(digit);
        return {};
      }
      if (digits_ == 0) return BadSize();
      if (c == '\n') return BadLine();
      state_ = AfterElement(c, State::kBeforeExtension);
      return state_ == State::kSize ? BadSize() : Status();
    }
    case State::kSizeLf:
      return c == '\n' ? BeginData() : BadLine();
    case State::kDataCr:
    case State::kDataLf:
      if (c != (state_ == State::kDataCr ? '\r' : '\n')) return Malformed("a chunk's data is not followed by CR LF");
      if (state_ == State::kDataLf) digits_ = 0;
      state_ = state_ == State::kDataCr ? State::kDataLf : State::kSize;
      return {};
    case State::kTrailerBegin:
    case State::kTrailerName:
    case State::kTrailerValue:
    case State::kTrailerLf:
    case State::kEndLf:
      return StepTrailer(c);
    default:
      return StepExtension(c);
  }
}

// What a size, or a name or value of an extension, ends in; the present state if `c` ends nothing.
ChunkDecoder::State ChunkDecoder::AfterElement(char c, State white_space) const {
  if (c == '\r') return State::kSizeLf;
  if (c == ';') return State::kNameBegin;
  if (IsWhiteSpace(c)) return white_space;
  return state_;
}

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )     chunk-ext-val = token / quoted-string
// (section 7.1.1)
Status ChunkDecoder::StepExtension(char c) {
  if (++extensions_ > kMaxExtensions) {
    return Status(Reason::kInvalidRequest,
                  "the chunk extensions are longer than " + std::to_string(kMaxExtensions) + " bytes together");
  }
  if (c == '\n') return BadLine();
  switch (state_) {
    case State::kBeforeExtension:
      if (c == ';') state_ = State::kNameBegin;
      return c == ';' || IsWhiteSpace(c) ? Status() : BadExtension();
    case State::kNameBegin:
    case State::kValueBegin:
      if (IsWhiteSpace(c)) return {};
      if (c == '"' && state_ == State::kValueBegin) {
        state_ = State::kQuoted;
        return {};
      }
      state_ = state_ == State::kNameBegin ? State::kName : State::kValue;
      return IsToken(c) ? Status() : BadExtension();
    case State::kName:
    case State::kAfterName:
      if (c == '=') {
        state_ = State::kValueBegin;
        return {};
      }
      if (state_ == State::kAfterName) {
        if (c == ';') state_ = State::kNameBegin;
        return c == ';' || IsWhiteSpace(c) ? Status() : BadExtension();
      }
      state_ = AfterElement(c, State::kAfterName);
      return state_ != State::kName || IsToken(c) ? Status() : BadExtension();
    case State::kValue:
      state_ = AfterElement(c, State::kBeforeExtension);
      return state_ != State::kValue || IsToken(c) ? Status() : BadExtension();
    case State::kQuoted:
      if (c == '"') state_ = State::kAfterQuoted;
      if (c == '\\') state_ = State::kQuotedPair;
      return IsValueCharacter(c) ? Status() : BadExtension();
    case State::kQuotedPair:
      state_ = State::kQuoted;
      return IsValueCharacter(c) ? Status() : BadExtension();
    default:  // kAfterQuoted
      state_ = AfterElement(c, State::kBeforeExtension);
      return state_ != State::kAfterQuoted ? Status() : BadExtension();
  }
}

Status ChunkDecoder::BeginData() {
  if (left_ > max_content_ - content_) return TooLarge("the body", max_content_);
  content_ += left_;
  state_ = left_ > 0 ? State::kData : State::kTrailerBegin;
  return {};
}

// trailer-section = *( field-line CRLF )
Status ChunkDecoder::StepTrailer(char c) {
  if (++trailers_ > kMaxTrailers) {
    return Status(Reason::kHeadersTooLarge, "the trailers are longer than " + std::to_string(kMaxTrailers) + " bytes");
  }
  switch (state_) {
    case State::kTrailerBegin:
      if (c == '\r') {
        state_ = State::kEndLf;
        return {};
      }
      name_size_ = 0;
      state_ = State::kTrailerName;
      [[fallthrough]];
    case State::kTrailerName:
      if (c == '\n') return BadLine();
      if (c == ':' && name_size_ > 0) {
        state_ = State::kTrailerValue;
        return CheckTrailerName();
      }
      if (!IsToken(c)) return BadTrailer();
      if (name_size_ < name_.size()) name_[name_size_] = LowerTokenCharacter(c);
      ++name_size_;
      return {};
    case State::kTrailerValue:
      if (c == '\n') return BadLine();
      if (c == '\r') state_ = State::kTrailerLf;
      return c == '\r' || IsValueCharacter(c) ? Status() : BadTrailer();
    default:  // kTrailerLf, kEndLf
      if (c != '\n') return BadLine();
      state_ = state_ == State::kEndLf ? State::kDone : State::kTrailerBegin;
      return {};
  }
}

Status ChunkDecoder::CheckTrailerName() const {
  if (name_size_ > name_.size()) return {};
  const std::string_view name(name_.data(), name_size_);
  if (name != "content-length" && name != "transfer-encoding" && name != "host") return {};
  return Malformed("\"" + std::string(name) + "\" is no trailer");
}

}  // namespace dragoman::http
