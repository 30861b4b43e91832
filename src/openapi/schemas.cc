#include "openapi/schemas.h"

#include <algorithm>
#include <functional>
#include <set>

#include "openapi/words.h"

namespace dragoman::openapi {

using transcoding::EnumPlan;
using transcoding::FieldPlan;
using transcoding::MessagePlan;

Form Form::OfReply(const transcoding::JsonWriteOptions& options, bool selectable) {
  return {.request = false,
          .all_fields = options.emit_defaults && !selectable,
          .proto_names = options.preserve_proto_names,
          .enum_numbers = options.enums_as_integers,
          .int64_numbers = options.int64_as_numbers};
}

Form Form::OfRequest(const transcoding::JsonWriteOptions& options) {
  Form form = OfReply(options, true);
  form.request = true;
  return form;
}

uint8_t Form::bits() const {
  return static_cast<uint8_t>((request ? 16 : 0) | (all_fields ? 0 : 8) | (proto_names ? 4 : 0) | (enum_numbers ? 2 : 0) | (int64_numbers ? 1 : 0));
}

const std::string& NameOf(const FieldPlan& field, Form form) { return form.proto_names ? field.name : field.json_name; }

void Schemas::Refer(const MessagePlan* message, const EnumPlan* enumeration, Form form, JsonOut& out) {
  if (enumeration != nullptr) form = {.enum_numbers = form.enum_numbers};
  const void* const type = message != nullptr ? static_cast<const void*>(message->descriptor()) : enumeration->descriptor;
  const auto [entry, added] = numbers_.try_emplace({type, form.bits()}, nodes_.size());
  if (added) nodes_.push_back({.message = message, .enumeration = enumeration, .form = form, .refers = {}, .name = {}});
  if (noted_ != nullptr) noted_->push_back(entry->second);
  const Node& node = nodes_[entry->second];
  out.Text("$ref", "#/components/schemas/" + (resolved_ ? node.name : node.full_name()));
}

void Schemas::WriteNode(const Node& node, JsonOut& out) {
  if (node.enumeration != nullptr) return WriteEnum(*node.enumeration, node.form, out);
  Object(*node.message, node.form, [](const FieldPlan&) { return false; }, out);
}

void Schemas::Object(const MessagePlan& message, const std::vector<const FieldPlan*>& fields, Form form, JsonOut& out) {
  out.Text("type", "object");
  if (const std::string text = Readable(comments_.Find(message.full_name())); !text.empty()) out.Text("description", text);
  if (message.descriptor()->options().deprecated()) out.Flag("deprecated", true);
  if (fields.empty()) return;
  out.Open("properties");
  for (const FieldPlan* field : fields) {
    if (out.full()) return;
    out.Open(NameOf(*field, form));
    Field(*field, form, out);
    if (field->oneof >= 0) out.Text("x-oneof", message.oneofs()[static_cast<size_t>(field->oneof)]);
    out.Close();
  }
  out.Close();
  bool any = false;
  for (const FieldPlan* field : fields) {
    if (out.full()) return;
    const Behaviour behaviour = BehaviourOf(*field);
    const bool written = form.all_fields && !field->zero.empty();
    const bool demanded = form.request ? behaviour.required && !behaviour.output_only : field->descriptor->is_required();
    if (!written && !demanded) continue;
    if (!any) out.OpenList("required");
    any = true;
    out.Text(NameOf(*field, form));
  }
  if (any) out.CloseList();
}

void Schemas::WriteEnum(const EnumPlan& enumeration, Form form, JsonOut& out) {
  std::string description = Readable(comments_.Find(enumeration.full_name));
  std::string values;
  const auto& descriptor = *enumeration.descriptor;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const std::string text = Readable(comments_.Find(descriptor.value(i)->full_name()));
    if (text.empty()) continue;
    values += (values.empty() ? "* `" : "\n* `") + descriptor.value(i)->name() + "`: " + FirstSentence(text);
  }
  AddParagraph(description, values);
  out.Text("type", form.enum_numbers ? "integer" : "string");
  if (!description.empty()) out.Text("description", description);
  if (descriptor.options().deprecated()) out.Flag("deprecated", true);
  out.OpenList("enum");
  std::set<int> numbers;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    if (!form.enum_numbers) {
      out.Text(descriptor.value(i)->name());
    } else if (numbers.insert(descriptor.value(i)->number()).second) {
      out.Number(descriptor.value(i)->number());
    }
  }
  out.CloseList();
  if (!form.enum_numbers) return;
  out.OpenList("x-enum-varnames");
  numbers.clear();
  for (int i = 0; i < descriptor.value_count(); ++i) {
    if (numbers.insert(descriptor.value(i)->number()).second) out.Text(descriptor.value(i)->name());
  }
  out.CloseList();
}

void Schemas::Resolve(size_t max_bytes) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    std::vector<size_t> refers;
    noted_ = &refers;
    JsonOut out(max_bytes);
    const Node node = nodes_[i];  // of a vector that grows
    WriteNode(node, out);
    nodes_[i].label = std::hash<std::string_view>()(out.view());
    nodes_[i].refers = std::move(refers);
  }
  noted_ = nullptr;
  std::map<const void*, size_t> places;  // in types_, so that names do not hang on addresses
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const auto [entry, added] = places.try_emplace(nodes_[i].type(), types_.size());
    if (added) types_.emplace_back();
    types_[entry->second].push_back(i);
  }
  for (std::vector<size_t>& nodes : types_) std::ranges::sort(nodes, {}, [this](size_t i) { return nodes_[i].form.bits(); });
  Refine();
  Name();
  resolved_ = true;
}

// Two forms of one type have the same schema where they say the same themselves, and refer to what has the same schema. What differs is carried
// from pair to pair against the references: each pair of forms differs once, whatever the messages are.
void Schemas::Refine() {
  std::vector<size_t> types(nodes_.size());  // of nodes
  for (size_t type = 0; type < types_.size(); ++type) {
    for (const size_t node : types_[type]) types[node] = type;
  }
  struct Referrer {
    size_t node;
    size_t place;  // in its `refers`
  };
  std::vector<std::vector<Referrer>> referrers(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    for (size_t place = 0; place < nodes_[i].refers.size(); ++place) referrers[nodes_[i].refers[place]].push_back({i, place});
  }
  std::vector<uint32_t> differs(nodes_.size());  // from which forms of its type, by Form::bits
  std::vector<std::pair<size_t, size_t>> found;  // pairs that differ, to be carried on
  const auto differ = [&](size_t a, size_t b) {
    const uint32_t bit = uint32_t{1} << nodes_[b].form.bits();
    if ((differs[a] & bit) != 0) return;
    differs[a] |= bit;
    differs[b] |= uint32_t{1} << nodes_[a].form.bits();
    found.emplace_back(a, b);
  };
  for (const std::vector<size_t>& of_type : types_) {
    for (const size_t a : of_type) {
      for (const size_t b : of_type) {
        if (nodes_[a].label != nodes_[b].label || nodes_[a].refers.size() != nodes_[b].refers.size()) differ(a, b);
      }
    }
  }
  while (!found.empty()) {
    const auto [a, b] = found.back();
    found.pop_back();
    for (const Referrer& referrer : referrers[a]) {
      for (const size_t other : types_[types[referrer.node]]) {
        const std::vector<size_t>& refers = nodes_[other].refers;
        if (referrer.place < refers.size() && refers[referrer.place] == b) differ(referrer.node, other);
      }
    }
  }
  for (const std::vector<size_t>& of_type : types_) {
    for (const size_t node : of_type) {
      nodes_[node].label = *std::ranges::find_if(of_type, [&](size_t other) { return (differs[node] >> nodes_[other].form.bits() & 1) == 0; });
    }
  }
}

// Of one type replies first, and the usual form before others.
void Schemas::Name() {
  for (const std::vector<size_t>& of_type : types_) {
    std::map<size_t, std::string> names;  // by label
    for (const size_t i : of_type) {
      Node& node = nodes_[i];
      std::string& name = names[node.label];
      if (name.empty()) {
        const bool first = names.size() == 1;
        name = names_.Free(first ? node.full_name() : node.full_name() + (node.form.request ? "-Input" : "-Output"));
      }
      node.name = name;
    }
  }
}

void Schemas::WriteAll(JsonOut& out) {
  std::map<std::string_view, size_t> by_name;
  for (size_t i = 0; i < nodes_.size(); ++i) by_name.emplace(nodes_[i].name, i);
  for (const auto& [name, number] : by_name) {
    if (out.full()) return;
    out.Open(name);
    WriteNode(nodes_[number], out);
    out.Close();
  }
}

}  // namespace dragoman::openapi
