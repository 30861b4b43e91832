#pragma once

#include "explain/explanation.h"

// The members of each struct by their names in JSON, said once for writing and for reading.
//
//   archive(name, member)     for every kind of member: text, number, list, optional, struct
namespace dragoman::explain {

template <typename A>
void Members(A& a, Question& q) {
  a("http_method", q.http_method);
  a("target", q.target);
  a("headers", q.headers);
  a("body", q.body);
  a("client", q.client);
}
template <typename A>
void Members(A& a, Explanation::Header& h) {
  a("name", h.name);
  a("value", h.value);
}
template <typename A>
void Members(A& a, Explanation::Request& r) {
  a("http_method", r.http_method);
  a("target", r.target);
  a("scheme", r.scheme);
  a("host", r.host);
  a("client", r.client);
  a("dialect", r.dialect);
  a("body_bytes", r.body_bytes);
  a("note", r.note);
}
template <typename A>
void Members(A& a, Explanation::Answer& r) {
  a("kind", r.kind);
  a("condition", r.condition);
  a("stage", r.stage);
  a("status", r.status);
  a("reason", r.reason);
  a("rule", r.rule);
  a("message", r.message);
  a("bound", r.bound);
  a("headers", r.headers);
  a("body", r.body);
}
template <typename A>
void Members(A& a, Explanation::Rule& r) {
  a("outcome", r.outcome);
  a("http_method", r.http_method);
  a("path", r.path);
  a("rpc", r.rpc);
  a("origin", r.origin);
  a("why", r.why);
}
template <typename A>
void Members(A& a, Explanation::Rpc& r) {
  a("name", r.name);
  a("streams", r.streams);
  a("backend", r.backend);
  a("endpoints", r.endpoints);
  a("request", r.request);
  a("reply", r.reply);
  a("response_body", r.response_body);
}
template <typename A>
void Members(A& a, Explanation::Field& f) {
  a("field", f.field);
  a("source", f.source);
  a("name", f.name);
  a("value", f.value);
  a("note", f.note);
}
template <typename A>
void Members(A& a, Explanation::Message& m) {
  a("wire_bytes", m.wire_bytes);
  a("json", m.json);
  a("note", m.note);
}
template <typename A>
void Members(A& a, Explanation::ForwardedHeader& h) {
  a("name", h.name);
  a("value", h.value);
  a("fate", h.fate);
  a("why", h.why);
}
template <typename A>
void Members(A& a, Explanation::Check& c) {
  a("what", c.what);
  a("verdict", c.verdict);
  a("why", c.why);
}
template <typename A>
void Members(A& a, Explanation::Policy& p) {
  a("name", p.name);
  a("verdict", p.verdict);
  a("what", p.what);
  a("checks", p.checks);
}
template <typename A>
void Members(A& a, Explanation::Limit& l) {
  a("name", l.name);
  a("windows", l.windows);
  a("key", l.key);
  a("cost", l.cost);
  a("counted", l.counted);
}
template <typename A>
void Members(A& a, Explanation::Bound& b) {
  a("from", b.from);
  a("value", b.value);
  a("place", b.place);
}
template <typename A>
void Members(A& a, Explanation::Deadline& d) {
  a("value", d.value);
  a("from", d.from);
  a("bounds", d.bounds);
}
template <typename A>
void Members(A& a, Explanation::Part& p) {
  a("name", p.name);
  a("rpc", p.rpc);
  a("backend", p.backend);
  a("callers", p.callers);
  a("limits", p.limits);
  a("deadline", p.deadline);
  a("deadline_from", p.deadline_from);
  a("headers", p.headers);
  a("messages", p.messages);
  a("note", p.note);
}
template <typename A>
void Members(A& a, Explanation::Composition& c) {
  a("name", c.name);
  a("graph", c.graph);
  a("parts", c.parts);
  a("note", c.note);
}
template <typename A>
void Members(A& a, Explanation& e) {
  a("request", e.request);
  a("answer", e.answer);
  a("rules", e.rules);
  a("other_rules", e.other_rules);
  a("rpc", e.rpc);
  a("fields", e.fields);
  a("messages", e.messages);
  a("other_messages", e.other_messages);
  a("headers", e.headers);
  a("policies", e.policies);
  a("limits", e.limits);
  a("deadline", e.deadline);
  a("composition", e.composition);
  a("response_headers", e.response_headers);
}

}  // namespace dragoman::explain
