#include <algorithm>
#include <cstring>
#include <utility>

#include "transcoding/field_forms.h"
#include "transcoding/join_parts.h"
#include "transcoding/percent.h"
#include "transcoding/quote.h"
#include "transcoding/request_plan.h"
#include "transcoding/request_text.h"
#include "transcoding/well_known.h"
#include "transcoding/wire.h"

// RequestPlan at work: request_plan.cc compiles it.
namespace dragoman::transcoding {
namespace {

constexpr int32_t kHttpBodyContentType = 1;  // google/api/httpbody.proto
constexpr int32_t kHttpBodyData = 2;

constexpr size_t kMaxFormFields = 1000;

// Each parameter is looked for in what the body has set: so many of its fields are passed in all, and eight for each of its bytes, before the
// request is refused. It keeps many parameters beside a body of many values from costing their product.
constexpr size_t kFieldsPassed = 1 << 20;
constexpr size_t kFieldsPassedPerByte = 8;

// True for a field whose value on the wire is its type's default: zero, or of no length.
bool IsDefaultValue(std::string_view record) {
  WireCursor cursor(record);
  uint32_t tag = 0;
  if (!cursor.ReadTag(tag)) return false;
  const std::string_view value(cursor.at(), record.data() + record.size() - cursor.at());
  return std::all_of(value.begin(), value.end(), [](char c) { return c == '\0'; });
}

// What the part of a message that is already on the wire says of a field.
struct Found {
  std::string_view record;                 // tag and value of its last occurrence; empty if it is not there
  const FieldPlan* oneof_rival = nullptr;  // another member of its oneof, or of one of its parents', that is there
};

// Looks for the field that `path` leads to in `wire`, which the codec has written and so is well-formed. `patience`: how many fields may
// be passed; 0 afterwards: that was not enough.
Found FindOnWire(std::string_view wire, const MessagePlan& message, const FieldPlan* const* path, size_t depth, size_t& patience) {
  Found found;
  const FieldPlan& wanted = *path[0];
  WireCursor cursor(wire);
  while (!cursor.done()) {
    if (patience == 0 || --patience == 0) return found;
    const char* begin = cursor.at();
    uint32_t tag = 0;
    if (!cursor.ReadTag(tag)) return found;
    if (NumberOf(tag) != wanted.number) {
      if (wanted.oneof >= 0) {
        const FieldPlan* other = message.FindNumber(NumberOf(tag));
        if (other != nullptr && other->oneof == wanted.oneof) found.oneof_rival = other;
      }
      if (!cursor.Skip(tag)) return found;
      continue;
    }
    std::string_view content;
    if (depth > 1 && (WireTypeOf(tag) == WireType::kStartGroup ? cursor.ReadGroup(wanted.number, content)
                                                               : cursor.ReadLengthDelimited(content))) {
      const Found inner = FindOnWire(content, *wanted.message, path + 1, depth - 1, patience);
      if (!inner.record.empty()) found.record = inner.record;
      if (inner.oneof_rival != nullptr) found.oneof_rival = inner.oneof_rival;
      continue;
    }
    if (!cursor.Skip(tag)) return found;
    found.record = {begin, static_cast<size_t>(cursor.at() - begin)};
  }
  return found;
}

// Nobody wants to know: nothing of it is left once it is compiled.
struct NoNotes {
  template <typename Path>
  void Set(FieldOrigin::Source, const Path&, std::string_view, std::string_view, FieldOrigin::Fate) {}
  void Body(const MessagePlan&, std::string_view) {}
  void Mask(const FieldPlan&, std::string_view) {}
};

// For RequestPlan::Trace.
class OriginNotes {
 public:
  explicit OriginNotes(std::vector<FieldOrigin>& origins) : origins_(origins) {}

  template <typename Path>
  void Set(FieldOrigin::Source source, const Path& path, std::string_view name, std::string_view value,
           FieldOrigin::Fate fate) {
    std::string dotted;
    for (const FieldPlan* field : path) dotted.append(dotted.empty() ? "" : ".").append(field->name);
    Add({source, fate, std::move(dotted), std::string(name), std::string(value)});
  }
  // Down to values, lists and maps, as far as kDepth.
  void Body(const MessagePlan& message, std::string_view wire) { Walk(message, wire, {}, 1); }
  void Mask(const FieldPlan& mask, std::string_view paths_on_wire) {
    std::string paths;
    WireCursor cursor(paths_on_wire);
    uint32_t tag = 0;
    std::string_view path;
    while (!cursor.done() && cursor.ReadTag(tag) && cursor.ReadLengthDelimited(path)) {
      paths.append(paths.empty() ? "" : ",").append(path);
    }
    Add({FieldOrigin::Source::kMask, FieldOrigin::Fate::kSet, mask.name, {}, std::move(paths)});
  }

 private:
  static constexpr int kDepth = 4;

  void Add(FieldOrigin origin) {
    if (origins_.size() < RequestPlan::kMostOrigins) origins_.push_back(std::move(origin));
  }
  void Walk(const MessagePlan& message, std::string_view wire, const std::string& above, int depth) {
    WireCursor cursor(wire);
    uint32_t tag = 0;
    std::string last;
    while (!cursor.done() && cursor.ReadTag(tag)) {
      const FieldPlan* field = message.FindNumber(NumberOf(tag));
      const bool deeper = field != nullptr && depth < kDepth && !field->repeated && IsMessage(*field) &&
                          !IsGroup(*field) && !HasScalarForm(*field) && !field->message->special_form() &&
                          WireTypeOf(tag) == WireType::kLength;
      std::string_view content;
      if (!(deeper ? cursor.ReadLengthDelimited(content) : cursor.Skip(tag)) || field == nullptr) return;
      std::string name = above.empty() ? field->name : above + "." + field->name;
      if (deeper && !content.empty()) {
        Walk(*field->message, content, name, depth + 1);
      } else if (name != last) {  // of a list one
        Add({FieldOrigin::Source::kBody, FieldOrigin::Fate::kSet, name, {}, {}});
        last = std::move(name);
      }
    }
  }

  std::vector<FieldOrigin>& origins_;
};

}  // namespace

// One Encode in progress: what the three sources have written so far. `Notes`: who is told where it came from.
template <typename Notes>
class RequestPlan::Encoding {
 public:
  Encoding(const RequestPlan& plan, const RequestParts& parts, const RequestOptions& options, JsonCodec& codec,
           Buffer& out, Notes notes)
      : plan_(plan), parts_(parts), options_(options), codec_(codec), out_(out), begin_(out.size()), notes_(notes) {}

  Status Run() {
    if (Status no = EncodeBody(); !no.ok()) return no;
    body_end_ = out_.size();
    patience_ = kFieldsPassed + kFieldsPassedPerByte * (body_end_ - begin_);
    if (parts_.syntax != BodySyntax::kForm) notes_.Body(*plan_.input_, {out_.data() + begin_, body_end_ - begin_});
    for (size_t i = 0; i < plan_.captures_.size(); ++i) {
      if (Status no = EncodeCapture(plan_.captures_[i], parts_.captures[i]); !no.ok()) return no;
    }
    Status status = parts_.query.empty() ? Status() : EncodeQuery();
    if (status.ok() && (nested_.size() > 1 || (nested_.size() == 1 && body_end_ > begin_))) JoinNested();
    if (plan_.mask_ != nullptr && !mask_given_ && status.ok()) {
      plan_.AppendMask(mask_, out_);
      notes_.Mask(*plan_.mask_, mask_.view());
    }
    return status;
  }

 private:
  using Source = FieldOrigin::Source;

  static const char* NounOf(Source source) { return source == Source::kForm ? "form field " : "query parameter "; }

  // A field that the path, the query or the form has set.
  struct Bound {
    FieldPath path;
    Source source;
    std::string name;    // as it is spelled in messages
    size_t begin, size;  // of a kPath one: its tag and value in out_
  };

  Status EncodeBody() {
    if (plan_.raw_body_) {
      const std::string_view data = parts_.body != nullptr ? parts_.body->view() : parts_.raw;
      if (!data.empty() || !parts_.content_type.empty()) plan_.EncodeRaw(parts_.content_type, data, out_);
      return {};
    }
    if (parts_.body == nullptr || parts_.body->empty()) return {};
    if (!plan_.accepts_body()) return ExpectNoBody(parts_.body->view());
    if (parts_.syntax == BodySyntax::kForm && plan_.accepts_form()) return EncodeForm(parts_.body->view());
    return plan_.EncodeJson(*parts_.body, parts_.body_begins, options_, codec_, &mask_, out_);
  }

  // As a body of JSON, it is what path and query are held against.
  Status EncodeForm(std::string_view form) {
    QueryReader fields(form, options_.ignored_query, NounOf(Source::kForm));
    for (size_t count = 0; fields.Next();) {
      if (++count > kMaxFormFields) {
        return Status(Reason::kInvalidRequest, "the form has more than " + std::to_string(kMaxFormFields) + " fields");
      }
      if (Status no = EncodeParameter(fields.key(), fields.value(), Source::kForm); !no.ok()) return no;
    }
    bound_.clear();
    return fields.TakeStatus();
  }

  Status EncodeCapture(const Binding& binding, std::string_view raw) {
    const PercentDecoding how =
        binding.multi_segment && !plan_.fully_decode_reserved_ ? PercentDecoding::kKeepSlash : PercentDecoding::kFull;
    const auto text = PercentDecode(raw, how, scratch_);
    if (!text) return InvalidRequest(binding.dotted, "path variable {" + binding.dotted + "}: " + text.error());
    const size_t before = out_.size();
    Result<std::string_view> set = AppendField(binding.path, *text);
    if (!set)
      return InvalidRequest(binding.dotted, "path variable {" + binding.dotted + "}: " + std::string(set.error().message()));
    if (body_end_ > begin_) {
      const Result<Found> found = InBody(binding.path);
      if (!found) return found.error();
      if (found->oneof_rival != nullptr)
        return OneofClash("path variable {" + binding.dotted + "}", binding.dotted, *found->oneof_rival);
      if (found->record == *set) {  // twice, and what holds a list would hold two
        out_.Truncate(before);
        set = found->record;
      } else if (!found->record.empty() && !IsDefaultValue(found->record)) {
        return InvalidRequest(binding.dotted, "the path and the body give " + binding.dotted + " different values");
      }
    }
    notes_.Set(Source::kPath, binding.path, binding.dotted, *text, FieldOrigin::Fate::kSet);
    if (!parts_.query.empty())
      bound_.push_back(
          {binding.path, Source::kPath, binding.dotted, static_cast<size_t>(set->data() - out_.data()), set->size()});
    return {};
  }

  Status EncodeQuery() {
    QueryReader parameters(parts_.query, options_.ignored_query);
    while (parameters.Next()) {
      if (!options_.fields_parameter.empty() && parameters.key() == options_.fields_parameter) continue;
      if (Status no = EncodeParameter(parameters.key(), parameters.value(), Source::kQuery); !no.ok()) return no;
    }
    return parameters.TakeStatus();
  }

  // Of the query or of the form.
  Status EncodeParameter(std::string_view key, std::string_view value, Source source) {
    FieldPath path;
    if (Status no = ResolveParameter(key, source, path); !no.ok()) return no;
    if (path.empty()) {  // unknown, and to be ignored
      notes_.Set(source, path, key, value, FieldOrigin::Fate::kUnknown);
      return {};
    }
    const FieldPlan& field = *path.back();
    const std::string subject = NounOf(source) + Quote(key);
    if (source == Source::kQuery && plan_.body_ == BodyKind::kField && path.front() == plan_.body_field_) {
      return InvalidRequest(Excerpt(key),
                     subject + " lies in \"" + plan_.body_field_->name + "\", which is the body of this route");
    }
    const Bound* earlier = nullptr;
    for (const Bound& bound : bound_) {
      if (bound.path == path) earlier = &bound;
      if (const FieldPlan* rival = OneofRival(bound.path, path)) return OneofClash(subject, key, *rival);
    }
    if (earlier != nullptr && earlier->source == source && !field.repeated) {
      return InvalidRequest(Excerpt(key), subject + " is given twice, but the field holds a single value");
    }
    const size_t record = out_.size();
    bool same = false;  // the body has set the very same
    // `?flag` and `?flag=` switch a bool on.
    const bool flag = value.empty() && field.type == google::protobuf::FieldDescriptor::TYPE_BOOL;
    const Result<std::string_view> set = AppendField(path, flag ? "true" : value);
    if (!set) return InvalidRequest(Excerpt(key), subject + ": " + std::string(set.error().message()));
    if (earlier != nullptr && earlier->source == Source::kPath) {
      if (*set != std::string_view(out_.data() + earlier->begin, earlier->size)) {
        return InvalidRequest(Excerpt(key), "the path and the query give " + earlier->name + " different values");
      }
      out_.Truncate(record);
      notes_.Set(source, path, key, value, FieldOrigin::Fate::kSame);
      return {};
    }
    if (body_end_ > begin_ && earlier == nullptr) {
      const Result<Found> found = InBody(path);
      if (!found) return found.error();
      if (found->oneof_rival != nullptr) return OneofClash(subject, key, *found->oneof_rival);
      if (!found->record.empty() && field.repeated) {
        return InvalidRequest(Excerpt(key), "the query and the body both give " + Excerpt(key) + "; a list comes from one of them");
      }
      if (!found->record.empty() && found->record != *set) {
        return InvalidRequest(Excerpt(key), "the query and the body give " + Excerpt(key) + " different values");
      }
      same = !found->record.empty();
    }
    if (earlier == nullptr) {
      bound_.push_back({path, source, std::string(key), 0, 0});
      if (plan_.mask_ != nullptr) NoteForMask(path, source);
    }
    if (same || (field.unset_when_empty && value.empty())) out_.Truncate(record);
    notes_.Set(source, path, key, value, same ? FieldOrigin::Fate::kSame : FieldOrigin::Fate::kSet);
    return {};
  }

  void NoteForMask(const FieldPath& path, Source source) {
    if (source == Source::kQuery) {
      mask_given_ = mask_given_ || path.front() == plan_.mask_;
      return;
    }
    std::string name;  // below the body
    for (size_t i = 1; i < path.size(); ++i) name.append(i == 1 ? "" : ".").append(path[i]->name);
    AppendVarint(mask_, kMaskPathsTag);
    AppendLengthDelimited(mask_, name);
  }

  // `path` stays empty for an unknown name that is to be ignored.
  Status ResolveParameter(std::string_view key, Source source, FieldPath& path) const {
    const bool form = source == Source::kForm;
    const auto refuse = [&](std::string why) {
      return InvalidRequest(Excerpt(key), NounOf(source) + Quote(key) + ": " + std::move(why));
    };
    const char* const cannot_set = form ? ", which a form cannot set" : ", which a query cannot set";
    const MessagePlan* message = form ? plan_.form_ : plan_.input_;
    if (form && plan_.body_ == BodyKind::kField) path.push_back(plan_.body_field_);
    std::string_view rest = key;
    while (true) {
      if (path.size() >= static_cast<size_t>(options_.json.max_depth)) {
        return refuse("nested more than " + std::to_string(options_.json.max_depth) + " levels deep");
      }
      const size_t dot = rest.find('.');
      const std::string_view name = rest.substr(0, dot);
      const FieldPlan* field = message->Find(name);
      if (field == nullptr) {
        path.clear();
        if (options_.ignore_unknown_query) return {};
        const FieldPlan* nearest = message->Nearest(name);
        return refuse(message->full_name() + " has no field " + Quote(name) +
                      (nearest ? "; did you mean \"" + nearest->name + "\"?" : ""));
      }
      path.push_back(field);
      if (dot == std::string_view::npos) break;
      if (!IsMessage(*field) || HasScalarForm(*field))
        return refuse("\"" + field->name + (field->repeated ? "\" is a list of single values, which have no fields" : "\" holds a single value and has no fields"));
      if (field->repeated)
        return refuse("\"" + field->name + (field->map ? "\" is a map" : "\" is a list of messages") + cannot_set);
      message = field->message;
      rest = rest.substr(dot + 1);
    }
    const FieldPlan& field = *path.back();
    if (field.map) return refuse(std::string("is a map") + cannot_set);
    if (!HasScalarForm(field)) {
      return refuse(field.repeated ? std::string("is a list of messages") + cannot_set
                                   : "is a message (" + field.message->full_name() + "); name one of its fields");
    }
    return {};
  }

  // One message each of what the body, the path and parameters have written in parts.
  void JoinNested() {
    const std::vector<FieldSpan> paths(nested_.begin(), nested_.end());
    Buffer joined;
    if (!JoinParts({out_.data() + begin_, out_.size() - begin_}, paths, joined)) return;
    out_.Truncate(begin_);
    out_.Append(joined.view());
  }

  // Appends the field that `path` leads to, wrapped into its parents, which JoinNested joins with others of them. Returns the tag and
  // value of the field itself, a view of out_.
  Result<std::string_view> AppendField(const FieldPath& path, std::string_view text) {
    if (path.size() > 1) nested_.push_back(path);
    const size_t record = out_.size();
    if (Status no = TextToField(*path.back(), text, out_); !no.ok()) return Refuse(std::move(no));
    const size_t leaf_size = out_.size() - record;
    const size_t offset = LeafOffset(path, leaf_size);
    out_.Extend(WrappedSize(path, 0, leaf_size) - leaf_size);
    char* at = out_.data() + record;
    char* leaf = at + offset;
    std::memmove(leaf, at, leaf_size);
    for (size_t depth = 0; depth + 1 < path.size(); ++depth) {
      const bool group = IsGroup(*path[depth]);
      at = PutVarint(at, MakeTag(path[depth]->number, group ? WireType::kStartGroup : WireType::kLength));
      if (!group) at = PutVarint(at, WrappedSize(path, depth + 1, leaf_size));
    }
    at += leaf_size;
    for (size_t depth = path.size() - 1; depth-- > 0;) {
      if (IsGroup(*path[depth])) at = PutVarint(at, MakeTag(path[depth]->number, WireType::kEndGroup));
    }
    return std::string_view(leaf, leaf_size);
  }

  // How long path[depth…] is on the wire around a leaf of `leaf_size` bytes.
  static size_t WrappedSize(const FieldPath& path, size_t depth, size_t leaf_size) {
    if (depth + 1 == path.size()) return leaf_size;
    const size_t inner = WrappedSize(path, depth + 1, leaf_size);
    const size_t tag = VarintSize(path[depth]->tag);
    return IsGroup(*path[depth]) ? 2 * tag + inner : tag + VarintSize(inner) + inner;
  }

  // What stands in front of the leaf.
  static size_t LeafOffset(const FieldPath& path, size_t leaf_size) {
    size_t offset = 0;
    for (size_t depth = 0; depth + 1 < path.size(); ++depth) {
      offset += VarintSize(path[depth]->tag);
      if (!IsGroup(*path[depth])) offset += VarintSize(WrappedSize(path, depth + 1, leaf_size));
    }
    return offset;
  }

  Result<Found> InBody(const FieldPath& path) {
    const Found found = FindOnWire({out_.data() + begin_, body_end_ - begin_}, *plan_.input_, path.data(), path.size(), patience_);
    if (patience_ > 0) return found;
    return Refuse(Status(Reason::kInvalidRequest, "the query has too many parameters beside a body of so many values; send them in the body"));
  }

  static Status OneofClash(const std::string& subject, std::string_view field, const FieldPlan& rival) {
    return InvalidRequest(Excerpt(field), subject + ": \"" + rival.name + "\" of the same oneof is set too");
  }

  const RequestPlan& plan_;
  const RequestParts& parts_;
  const RequestOptions& options_;
  JsonCodec& codec_;
  Buffer& out_;
  const size_t begin_;
  size_t body_end_ = 0;
  size_t patience_ = 0;       // of InBody
  std::vector<Bound> bound_;  // empty unless there is a query
  boost::container::small_vector<FieldPath, 2> nested_;  // where AppendField has written below messages
  Buffer mask_;               // the FieldMask of a body, where the plan has one
  bool mask_given_ = false;   // by the query
  std::string scratch_;
  Notes notes_;
};

Status RequestPlan::Encode(const RequestParts& parts, const RequestOptions& options, JsonCodec& codec,
                           Buffer& out) const {
  input_->Complete();
  const size_t before = out.size();
  Status status = Encoding<NoNotes>(*this, parts, options, codec, out, {}).Run();
  if (!status.ok()) out.Truncate(before);
  return status;
}

Status RequestPlan::Trace(const RequestParts& parts, const RequestOptions& options, JsonCodec& codec, Buffer& out,
                          std::vector<FieldOrigin>& origins) const {
  input_->Complete();
  const size_t before = out.size();
  Status status = Encoding<OriginNotes>(*this, parts, options, codec, out, OriginNotes(origins)).Run();
  if (!status.ok()) out.Truncate(before);
  return status;
}

Status RequestPlan::EncodeNext(Buffer& element, TextPlace begins_at, const RequestOptions& options, JsonCodec& codec,
                               Buffer& out) const {
  Buffer mask;
  Status no = EncodeJson(element, begins_at, options, codec, &mask, out);
  if (no.ok() && mask_ != nullptr) AppendMask(mask, out);
  return no;
}

void RequestPlan::EncodeNextRaw(std::string_view piece, Buffer& out) const { EncodeRaw({}, piece, out); }

Status RequestPlan::EncodeJson(Buffer& body, TextPlace begins_at, const RequestOptions& options, JsonCodec& codec,
                               Buffer* mask, Buffer& out) const {
  JsonReadOptions how = options.json;
  how.begins_at = begins_at;
  if (body_ == BodyKind::kMessage) return codec.ReadMessage(*input_, body, how, out);
  return codec.ReadField(*body_field_, body, how, out, mask_ != nullptr ? mask : nullptr);
}

// Also one without paths: nothing is to be changed then, which a service may not tell from "everything" without it.
void RequestPlan::AppendMask(const Buffer& mask, Buffer& out) const {
  AppendVarint(out, mask_->tag);
  AppendLengthDelimited(out, mask.view());
}

// The HttpBody, or the field that is one.
void RequestPlan::EncodeRaw(std::string_view content_type, std::string_view data, Buffer& out) const {
  constexpr size_t kMostPrefix = 4 * kMaxVarintBytes;  // the tags and the lengths of field, type and data
  out.Reserve(kMostPrefix + content_type.size() + data.size());
  if (body_ == BodyKind::kField) {
    size_t size = 1 + static_cast<size_t>(VarintSize(data.size())) + data.size();
    if (!content_type.empty()) size += 1 + static_cast<size_t>(VarintSize(content_type.size())) + content_type.size();
    AppendVarint(out, MakeTag(body_field_->number, WireType::kLength));
    AppendVarint(out, size);
  }
  if (!content_type.empty()) {
    AppendVarint(out, MakeTag(kHttpBodyContentType, WireType::kLength));
    AppendLengthDelimited(out, content_type);
  }
  AppendVarint(out, MakeTag(kHttpBodyData, WireType::kLength));
  AppendLengthDelimited(out, data);
}

}  // namespace dragoman::transcoding
