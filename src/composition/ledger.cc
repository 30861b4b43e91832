#include "composition/ledger.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "transcoding/json_escape.h"

namespace dragoman::composition {
namespace {

constexpr std::string_view kOutcomes[] = {"untried", "abandoned", "unwanted", "skipped", "done", "failed"};

void AppendNumber(uint64_t number, Buffer& out) {
  char text[20];
  const auto end = std::to_chars(std::begin(text), std::end(text), number);
  out.Append(std::string_view(text, static_cast<size_t>(end.ptr - text)));
}

void AppendText(std::string_view text, Buffer& out) {
  if (!transcoding::AppendEscaped(text, out)) out.Append("\"\"");  // of a backend, and no UTF-8
}

void RenderFailure(std::string_view call, const Status& status,
                   const boost::container::small_vector<uint32_t, 3>* index, Buffer& out) {
  out.Append("{\"part\":");
  AppendText(call, out);
  if (index != nullptr) {
    out.Append(",\"index\":[");
    for (size_t i = 0; i < index->size(); ++i) {
      if (i > 0) out.Append(',');
      AppendNumber((*index)[i], out);
    }
    out.Append(']');
  }
  out.Append(",\"code\":");
  AppendNumber(static_cast<uint64_t>(status.code()), out);
  out.Append(",\"reason\":");
  AppendText(status.reason() == Reason::kNone ? CodeName(status.code()) : FactsOf(status.reason()).name, out);
  out.Append(",\"message\":");
  AppendText(status.message(), out);
  out.Append('}');
}

}  // namespace

bool Ledger::partial() const {
  return std::any_of(records_.begin(), records_.end(),
                     [](const CallRecord& record) { return record.outcome == CallOutcome::kFailed; });
}

std::string Ledger::PartialCalls() const { return Names(CallOutcome::kFailed); }

std::string Ledger::Names(CallOutcome outcome) const {
  std::string names;
  for (size_t i = 0; i < records_.size(); ++i) {
    if (records_[i].outcome == outcome) names += (names.empty() ? "" : ", ") + plan_.calls[i].name;
  }
  return names;
}

void Ledger::RenderErrors(Buffer& out) const {
  std::string_view separator = "[";
  for (size_t i = 0; i < records_.size(); ++i) {
    const CallRecord& record = records_[i];
    const std::string& name = plan_.calls[i].name;
    if (!record.status.ok()) {
      out.Append(std::exchange(separator, ","));
      RenderFailure(name, record.status, nullptr, out);
    }
    for (const ItemFailure& item : record.items) {
      out.Append(std::exchange(separator, ","));
      RenderFailure(name, item.status, &item.index, out);
    }
    if (record.failed_items > record.items.size()) {
      out.Append(",{\"part\":");
      AppendText(name, out);
      out.Append(",\"more\":");
      AppendNumber(record.failed_items - record.items.size(), out);
      out.Append('}');
    }
  }
  out.Append(separator == "[" ? "[]" : "]");
}

Status Ledger::Failed(size_t call, Status status, bool steps) const {
  status = std::move(status).WithFact("part", plan_.calls[call].name);
  if (!steps) return status;
  for (const auto& [name, outcome] :
       {std::pair("done", CallOutcome::kDone), std::pair("failed", CallOutcome::kFailed),
        std::pair("abandoned", CallOutcome::kAbandoned), std::pair("not_tried", CallOutcome::kUntried)}) {
    if (std::string names = Names(outcome); !names.empty()) {
      status = std::move(status).WithFact(name, std::move(names));
    }
  }
  return status;
}

std::string Ledger::Describe() const {
  std::string text;
  for (size_t i = 0; i < records_.size(); ++i) {
    text += (text.empty() ? "" : " ") + plan_.calls[i].name + "=";
    text += kOutcomes[static_cast<size_t>(records_[i].outcome)];
  }
  return text;
}

}  // namespace dragoman::composition
