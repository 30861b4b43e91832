#include "openapi/schemas.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

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
  const std::string& full_name = message != nullptr ? message->full_name() : enumeration->full_name;
  out.Text("$ref", "#/components/schemas/" + (resolved_ ? nodes_[entry->second].name : full_name));
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
    out.Open(NameOf(*field, form));
    Field(*field, form, out);
    if (field->oneof >= 0) out.Text("x-oneof", message.oneofs()[static_cast<size_t>(field->oneof)]);
    out.Close();
  }
  out.Close();
  bool any = false;
  for (const FieldPlan* field : fields) {
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

void Schemas::Resolve() {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    std::vector<size_t> refers;
    noted_ = &refers;
    JsonOut out;
    const Node node = nodes_[i];  // of a vector that grows
    WriteNode(node, out);
    nodes_[i].label = std::hash<std::string_view>()(out.view());
    nodes_[i].refers = std::move(refers);
  }
  noted_ = nullptr;
  Refine();
  Name();
  resolved_ = true;
}

// Two forms of one type have the same schema where they say the same themselves, and refer to what has the same schema: labels are made finer,
// by those of what they refer to, until that divides no type any more.
void Schemas::Refine() {
  size_t before = 0;
  while (true) {
    std::set<std::pair<const void*, size_t>> classes;
    for (const auto& [key, number] : numbers_) classes.emplace(key.first, nodes_[number].label);
    if (classes.size() == before || classes.size() == nodes_.size()) return;
    before = classes.size();
    std::vector<size_t> labels;
    for (const Node& node : nodes_) {
      size_t label = node.label;
      for (const size_t other : node.refers) label = label * 0x9E3779B97F4A7C15u + (nodes_[other].label ^ (label >> 29));
      labels.push_back(label);
    }
    for (size_t i = 0; i < nodes_.size(); ++i) nodes_[i].label = labels[i];
  }
}

std::string Schemas::FreeName(const std::string& wanted) {
  std::string name = wanted;
  for (int n = 2; !taken_.insert(name).second; ++n) name = wanted + "-" + std::to_string(n);
  return name;
}

// In the order in which types were met, so that names do not hang on addresses; of one type replies first, and the usual form before others.
void Schemas::Name() {
  std::map<const void*, std::vector<size_t>> forms;
  std::vector<const void*> types;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    const void* const type = node.message != nullptr ? static_cast<const void*>(node.message->descriptor()) : node.enumeration->descriptor;
    std::vector<size_t>& of_type = forms[type];
    if (of_type.empty()) types.push_back(type);
    of_type.push_back(i);
  }
  for (const void* type : types) {
    std::vector<size_t>& of_type = forms[type];
    std::ranges::sort(of_type, {}, [this](size_t i) { return nodes_[i].form.bits(); });
    std::map<size_t, std::string> names;  // by label
    for (const size_t i : of_type) {
      Node& node = nodes_[i];
      std::string& name = names[node.label];
      if (name.empty()) {
        const std::string& full_name = node.message != nullptr ? node.message->full_name() : node.enumeration->full_name;
        const bool first = names.size() == 1;
        name = FreeName(first ? full_name : full_name + (node.form.request ? "-Input" : "-Output"));
      }
      node.name = name;
    }
  }
}

void Schemas::WriteAll(JsonOut& out) {
  std::map<std::string_view, size_t> by_name;
  for (size_t i = 0; i < nodes_.size(); ++i) by_name.emplace(nodes_[i].name, i);
  for (const auto& [name, number] : by_name) {
    out.Open(name);
    WriteNode(nodes_[number], out);
    out.Close();
  }
}

}  // namespace dragoman::openapi
