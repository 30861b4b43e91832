#include "etcd_requests.h"

#include <utility>

namespace dragoman::integration {
namespace {

using enum Difference;

constexpr const char* kPut = "/v3/kv/put";
constexpr const char* kRange = "/v3/kv/range";
constexpr const char* kDelete = "/v3/kv/deleterange";
constexpr const char* kTxn = "/v3/kv/txn";
constexpr const char* kCompact = "/v3/kv/compaction";

EtcdRequest Vary(std::vector<std::string> names, EtcdRequest request) {
  request.varies = std::move(names);
  return request;
}

EtcdRequest Keep(std::string path, std::string name, EtcdRequest request) {
  request.keep = std::move(path);
  request.as = std::move(name);
  return request;
}

EtcdRequest With(std::string token, EtcdRequest request) {
  request.token = std::move(token);
  return request;
}

EtcdRequest By(std::string http_method, EtcdRequest request) {
  request.http_method = std::move(http_method);
  return request;
}

}  // namespace

std::vector<EtcdRequest> EtcdRequests() {
  return {

      // Keys. "Zm9v" is foo, "YmFy" is bar, "bm9uZQ==" is none, "AA==" the zero byte.
      {"put", kPut, R"({"key": "Zm9v", "value": "YmFy"})"},
      {"put again with the previous value", kPut, R"({"key": "Zm9v", "value": "YmF6", "prev_kv": true})"},
      {"put with the value kept", kPut, R"({"key": "Zm9v", "ignore_value": true, "lease": 0})"},
      {"put with the value kept and given", kPut, R"({"key": "Zm9v", "ignore_value": true, "value": "YQ=="})", 400},
      {"put a value without a key", kPut, R"({"value": "YmFy"})", 400},
      {"put an empty value", kPut, R"({"key": "ZW1wdHk=", "value": ""})"},
      {"put binary", kPut, R"({"key": "AP8=", "value": "/+8AAQI="})"},
      {"put a second", kPut, R"({"key": "Zm9vMg==", "value": "Mg=="})"},

      // Range, every option.
      {"one key", kRange, R"({"key": "Zm9v"})"},
      {"a key that is not there", kRange, R"({"key": "bm9uZQ=="})"},
      {"all keys", kRange, R"({"key": "AA==", "range_end": "AA=="})"},
      {"a prefix", kRange, R"({"key": "Zm9v", "range_end": "Zm9w"})"},
      {"limit as a string", kRange, R"({"key": "AA==", "range_end": "AA==", "limit": "2"})"},
      {"limit as a number", kRange, R"({"key": "AA==", "range_end": "AA==", "limit": 1})"},
      {"at a revision", kRange, R"({"key": "Zm9v", "revision": "2"})"},
      {"sorted ascend by key", kRange,
       R"({"key": "AA==", "range_end": "AA==", "sort_order": "ASCEND", "sort_target": "KEY"})"},
      {"sorted descend by key", kRange,
       R"({"key": "AA==", "range_end": "AA==", "sort_order": "DESCEND", "sort_target": "KEY"})"},
      {"sorted ascend by version", kRange,
       R"({"key": "AA==", "range_end": "AA==", "sort_order": "ASCEND", "sort_target": "VERSION"})"},
      {"sorted descend by create", kRange,
       R"({"key": "AA==", "range_end": "AA==", "sort_order": "DESCEND", "sort_target": "CREATE"})"},
      {"sorted descend by mod", kRange,
       R"({"key": "AA==", "range_end": "AA==", "sort_order": "DESCEND", "sort_target": "MOD"})"},
      {"sorted ascend by value", kRange,
       R"({"key": "AA==", "range_end": "AA==", "sort_order": "ASCEND", "sort_target": "VALUE"})"},
      {"sorted none by key", kRange,
       R"({"key": "AA==", "range_end": "AA==", "sort_order": "NONE", "sort_target": "KEY"})"},
      {"enums by number", kRange, R"({"key": "AA==", "range_end": "AA==", "sort_order": 2, "sort_target": 3})"},
      {"an enum number without a name", kRange, R"({"key": "Zm9v", "sort_order": 7})"},
      {"serializable", kRange, R"({"key": "Zm9v", "serializable": true})"},
      {"keys only", kRange, R"({"key": "AA==", "range_end": "AA==", "keys_only": true})"},
      {"count only", kRange, R"({"key": "AA==", "range_end": "AA==", "count_only": true})"},
      {"by modification revision", kRange,
       R"({"key": "AA==", "range_end": "AA==", "min_mod_revision": "4", "max_mod_revision": "5"})"},
      {"by creation revision", kRange,
       R"({"key": "AA==", "range_end": "AA==", "min_create_revision": 3, "max_create_revision": 1000})"},
      {"JSON names", kRange, R"({"key": "Zm9v", "rangeEnd": "AA==", "sortOrder": "DESCEND", "keysOnly": true})"},
      {"explicit nulls", kRange, R"({"key": "Zm9v", "limit": null, "range_end": null, "sort_order": null})"},
      {"explicit defaults", kRange,
       R"({"key": "Zm9v", "limit": "0", "range_end": "", "sort_order": "NONE", "serializable": false})"},
      {"spaces and line ends", kRange, "\n {\t\"key\" :\n\"Zm9v\" } \n"},
      {"escapes in strings", kRange, R"({"\u006bey": "\u005am9v"})"},
      {"a future revision", kRange, R"({"key": "Zm9v", "revision": "99"})", 400},
      {"no key", kRange, "{}", 400},
      {"no body", kRange, "", 400},

      // What is no JSON, or not of the type.
      {"an unclosed object", kRange, R"({"key": "Zm9v")", 400, kRefusedInOwnWords, "line 1, column 15: expected"},
      {"a comma too many", kRange, R"({"key": "Zm9v",})", 400, kRefusedInOwnWords, "line 1, column 16: expected"},
      {"single quotes", kRange, "{'key': 'Zm9v'}", 400, kRefusedInOwnWords, "line 1, column 2: expected"},
      {"a comment", kRange, R"({"key": "Zm9v" /* foo */})", 400, kRefusedInOwnWords, "line 1, column 16: expected"},
      {"an unclosed string", kRange, R"({"key": "Zm9v})", 400, kRefusedInOwnWords, "line 1, column"},
      {"no JSON at all", kRange, "key=Zm9v", 400, kRefusedInOwnWords, "line 1, column 1: expected"},
      {"an array for the message", kRange, "[]", 400, kRefusedInOwnWords, "expected an object, got an array"},
      {"a string for the message", kRange, R"("x")", 400, kRefusedInOwnWords, R"(expected an object, got "x")"},
      {"a number for the message", kRange, "5", 400, kRefusedInOwnWords, "expected an object, got 5"},
      {"a word for an int64", kRange, R"({"key": "Zm9v", "limit": "one"})", 400, kRefusedInOwnWords,
       R"(limit: expected an int64, got "one")"},
      {"a fraction for an int64", kRange, R"({"key": "Zm9v", "limit": 1.5})", 400, kRefusedInOwnWords,
       "limit: expected an int64, got 1.5"},
      {"an int64 out of range", kRange, R"({"key": "Zm9v", "limit": "9223372036854775808"})", 400, kRefusedInOwnWords,
       "limit: expected an int64"},
      {"a bool for an int64", kRange, R"({"key": "Zm9v", "limit": true})", 400, kRefusedInOwnWords,
       "limit: expected an int64, got true"},
      {"a word for a bool", kRange, R"({"key": "Zm9v", "keys_only": "yes"})", 400, kRefusedInOwnWords,
       R"(keys_only: expected a bool, got "yes")"},
      {"a quoted bool", kRange, R"({"key": "Zm9v", "keys_only": "true"})", 400, kRefusedInOwnWords,
       R"(keys_only: expected a bool, got "true")"},
      {"a number for a bool", kRange, R"({"key": "Zm9v", "keys_only": 1})", 400, kRefusedInOwnWords,
       "keys_only: expected a bool, got 1"},
      {"an unknown name of an enum", kRange, R"({"key": "Zm9v", "sort_order": "SIDEWAYS"})", 400, kRefusedInOwnWords,
       R"(got "SIDEWAYS")"},
      {"an enum name in small letters", kRange, R"({"key": "Zm9v", "sort_order": "ascend"})", 400, kRefusedInOwnWords,
       R"(got "ascend")"},
      {"no base64", kRange, R"({"key": "!!!"})", 400, kRefusedInOwnWords,
       R"(key: expected bytes as base64, got "!!!")"},
      {"a number for bytes", kRange, R"({"key": 5})", 400, kRefusedInOwnWords, "key: expected bytes as base64, got 5"},
      {"an array for bytes", kRange, R"({"key": ["Zm9v"]})", 400, kRefusedInOwnWords,
       "key: expected bytes as base64, got an array"},
      {"an object for bytes", kRange, R"({"key": {}})", 400, kRefusedInOwnWords,
       "key: expected bytes as base64, got an object"},
      {"an object for a list", kTxn, R"({"success": {}})", 400, kRefusedInOwnWords,
       "success: expected an array, got an object"},
      {"a scalar for a message", kTxn, R"({"success": [5]})", 400, kRefusedInOwnWords,
       "success[0]: expected an object, got 5"},

      // What etcd's gateway takes and ProtoJSON does not, and the other way round.
      {"an unknown field", kRange, R"({"key": "Zm9v", "kay": 1})", 400, kUnknownFieldPassedOver,
       R"(unknown field "kay")"},
      {"a name in the wrong case", kRange, R"({"KEY": "Zm9v"})", 400, kUnknownFieldPassedOver,
       R"(unknown field "KEY")"},
      {"a field twice", kRange, R"({"key": "Zm9v", "key": "YQ=="})", 400, kFieldTwiceTaken,
       "key: the field stands here for the second time"},
      {"a field under both its names", kRange, R"({"key": "Zm9v", "keys_only": true, "keysOnly": true})", 400,
       kFieldTwiceTaken, "the field stands here for the second time"},
      {"two members of a oneof", kTxn,
       R"({"success": [{"request_range": {"key": "bm9uZQ=="}, "request_delete_range": {"key": "bm9uZQ=="}}]})", 400,
       kTwoOfOneofTaken, R"(another member of oneof "request" is set already)"},
      {"text behind the message", kRange, R"({"key": "Zm9v"} {"key": "YQ=="})", 400, kTrailingTextPassedOver,
       "expected the end of the text"},
      {"null for the message", kRange, "null", 400, kNullTaken, "expected an object, got null"},
      {"base64 without padding", kRange, R"({"key": "Zg"})", 200, kBase64Refused},
      {"base64 for URLs", kRange, R"({"key": "-_8="})", 200, kBase64Refused},

      // Paths and HTTP methods.
      {"no such path", "/v3/nothing", "{}", 404, kNoPathInPlainText, R"(no route for POST "/v3/nothing")"},
      {"a path above", "/v3/kv", "{}", 404, kNoPathInPlainText, "no route"},
      {"a path below", "/v3/kv/range/more", "{}", 404, kNoPathInPlainText, "no route"},
      {"a path in other letters", "/v3/KV/range", "{}", 404, kNoPathInPlainText, "no route"},
      By("GET",
         {"GET where POST is meant", kRange, "", 405, kNoPathInPlainText, R"(GET is not allowed for "/v3/kv/range")"}),
      By("PUT",
         {"PUT where POST is meant", kRange, "", 405, kNoPathInPlainText, R"(PUT is not allowed for "/v3/kv/range")"}),
      By("DELETE", {"DELETE where POST is meant", kRange, "", 405, kNoPathInPlainText,
                    R"(DELETE is not allowed for "/v3/kv/range")"}),
      By("PATCH", {"PATCH where POST is meant", kRange, "", 405, kNoPathInPlainText,
                   R"(PATCH is not allowed for "/v3/kv/range")"}),
      {"a slash at the end", "/v3/kv/range/", R"({"key": "Zm9v"})", 200, kTrailingSlashRefused},
      {"a query that is not read", "/v3/kv/range?", R"({"key": "Zm9v"})"},

      // Transactions.
      {"the branch of success", kTxn,
       R"({"compare": [{"key": "Zm9v", "target": "VALUE", "result": "EQUAL", "value": "YmF6"}], "success": [{"request_put": {"key": "Zm9v", "value": "bmV3"}}, {"request_range": {"key": "Zm9v"}}], "failure": [{"request_delete_range": {"key": "Zm9v"}}]})"},
      {"the branch of failure", kTxn,
       R"({"compare": [{"key": "Zm9v", "target": "VERSION", "result": "GREATER", "version": "100"}], "success": [], "failure": [{"request_delete_range": {"key": "ZW1wdHk=", "prev_kv": true}}]})"},
      {"every comparison", kTxn,
       R"({"compare": [{"key": "Zm9v", "target": "CREATE", "result": "LESS", "create_revision": "100"}, {"key": "Zm9v", "target": "MOD", "result": "NOT_EQUAL", "mod_revision": 1}, {"key": "Zm9v", "target": "LEASE", "lease": "0"}, {"key": "Zm9v", "range_end": "Zm9w", "target": 0, "result": 1, "version": 0}], "success": [{"request_range": {"key": "Zm9v", "keys_only": true}}]})"},
      {"one inside another", kTxn,
       R"({"success": [{"request_txn": {"compare": [{"key": "bm9uZQ==", "target": "CREATE", "create_revision": "0"}], "success": [{"request_put": {"key": "bmVzdA==", "value": "MQ=="}}, {"request_txn": {"success": [{"request_range": {"key": "Zm9v"}}]}}]}}]})"},
      {"an empty one", kTxn, "{}"},
      {"an operation without a request", kTxn, R"({"success": [{}]})", 400},
      {"the same key put twice", kTxn,
       R"({"success": [{"request_put": {"key": "YQ=="}}, {"request_put": {"key": "YQ=="}}]})", 400},
      {"a put without a key inside", kTxn, R"({"success": [{"request_put": {}}]})", 400},

      // Deletion and compaction.
      {"delete with the previous value", kDelete, R"({"key": "Zm9v", "prev_kv": true})"},
      {"delete one key with an empty end", kDelete, R"({"key": "ZW1wdHk=", "range_end": ""})"},
      {"delete what is gone", kDelete, R"({"key": "Zm9v"})"},
      {"delete a prefix", kDelete, R"({"key": "Zm9v", "range_end": "Zm9w", "prev_kv": true})"},
      {"delete without a key", kDelete, "{}", 400},
      {"compact", kCompact, R"({"revision": "3", "physical": true})"},
      {"compact again", kCompact, R"({"revision": "2"})", 400},
      {"compact the future", kCompact, R"({"revision": "999"})", 400},
      {"a compacted revision", kRange, R"({"key": "Zm9v", "revision": "2"})", 400},

      // Leases.
      {"grant", "/v3/lease/grant", R"({"TTL": 600, "ID": 7001})"},
      {"grant the same", "/v3/lease/grant", R"({"TTL": 600, "ID": 7001})", 400, kPreconditionFailed},
      {"grant a large number", "/v3/lease/grant", R"({"TTL": "600", "ID": "9007199254740993"})"},
      {"grant too long", "/v3/lease/grant", R"({"TTL": "9000000001", "ID": 10})", 400},
      Vary({"ID"}, Keep("ID", "lease", {"grant without a number", "/v3/lease/grant", R"({"TTL": 600})"})),
      {"put under a lease", kPut, R"({"key": "dG1w", "value": "eA==", "lease": "7001"})"},
      {"put under no such lease", kPut, R"({"key": "dG1w", "value": "eA==", "lease": "4242"})", 404},
      Vary({"TTL"}, {"time to live with keys", "/v3/lease/timetolive", R"({"ID": "7001", "keys": true})"}),
      Vary({"TTL"}, {"time to live at its other path", "/v3/kv/lease/timetolive", R"({"ID": 7001})"}),
      {"time to live of none", "/v3/lease/timetolive", R"({"ID": "1"})"},
      {"revoke the one without a number", "/v3/lease/revoke", R"({"ID": "$lease"})"},
      {"leases", "/v3/lease/leases", "{}"},
      {"leases at their other path", "/v3/kv/lease/leases"},
      {"revoke", "/v3/lease/revoke", R"({"ID": "7001"})"},
      {"revoke again at its other path", "/v3/kv/lease/revoke", R"({"ID": "7001"})", 404},
      {"what the lease held", kRange, R"({"key": "dG1w"})"},

      // The cluster.
      Keep("header.member_id", "self", {"members", "/v3/cluster/member/list", "{}"}),
      Vary({"ID"}, Keep("member.ID", "learner",
                        {"add a member", "/v3/cluster/member/add",
                         R"({"peerURLs": ["http://127.0.0.1:1"], "isLearner": true})"})),
      Vary({"ID"}, {"members, one more", "/v3/cluster/member/list"}),
      {"promote what is not in step", "/v3/cluster/member/promote", R"({"ID": "$learner"})", 400, kPreconditionFailed},
      {"remove it", "/v3/cluster/member/remove", R"({"ID": "$learner"})"},
      {"add a member at no URL", "/v3/cluster/member/add", R"({"peerURLs": ["not a url"]})", 400},
      {"add a member without a URL", "/v3/cluster/member/add", "{}", 400},
      {"remove a member that is not there", "/v3/cluster/member/remove", R"({"ID": "12345"})", 404},
      {"update a member that is not there", "/v3/cluster/member/update",
       R"({"ID": "12345", "peerURLs": ["http://127.0.0.1:1"]})", 404},
      {"update a member", "/v3/cluster/member/update", R"({"ID": "$self", "peerURLs": ["http://127.0.0.1:2"]})"},
      {"promote a member that is not there", "/v3/cluster/member/promote", R"({"ID": "12345"})", 404},
      {"members, updated", "/v3/cluster/member/list", "{}"},

      // Maintenance.
      Vary({"dbSize", "dbSizeInUse", "raftIndex", "raftAppliedIndex"}, {"status", "/v3/maintenance/status", "{}"}),
      {"no alarms", "/v3/maintenance/alarm", R"({"action": "GET"})"},
      {"raise an alarm", "/v3/maintenance/alarm", R"({"action": "ACTIVATE", "memberID": "5", "alarm": "NOSPACE"})"},
      {"alarms", "/v3/maintenance/alarm", R"({"action": "GET", "alarm": 1})"},
      {"put while there is no space", kPut, R"({"key": "Zm9v", "value": "YmFy"})", 429},
      {"lower the alarm", "/v3/maintenance/alarm", R"({"action": "DEACTIVATE", "memberID": "5", "alarm": "NOSPACE"})"},
      Vary({"hash"}, {"hash", "/v3/maintenance/hash", "{}"}),
      {"hash of the keys", "/v3/maintenance/hashkv", "{}", 200, kHashKvNotReached},
      {"defragment", "/v3/maintenance/defragment", "{}"},
      {"no new leader", "/v3/maintenance/transfer-leadership", R"({"targetID": "5"})", 400, kPreconditionFailed},

      // Users and roles.
      {"enable without a root", "/v3/auth/enable", "{}", 400, kPreconditionFailed},
      {"authenticate while it is off", "/v3/auth/authenticate", R"({"name": "root", "password": "x"})", 400,
       kPreconditionFailed},
      {"add root", "/v3/auth/user/add", R"({"name": "root", "password": "secret"})"},
      {"add root again", "/v3/auth/user/add", R"({"name": "root", "password": "secret"})", 400, kPreconditionFailed},
      {"add nobody", "/v3/auth/user/add", R"({"name": ""})", 400},
      {"add alice", "/v3/auth/user/add",
       R"({"name": "alice", "password": "apple", "options": {"no_password": false}})"},
      {"add a role root", "/v3/auth/role/add", R"({"name": "root"})"},
      {"add a role", "/v3/auth/role/add", R"({"name": "reader"})"},
      {"add a role again", "/v3/auth/role/add", R"({"name": "reader"})", 400, kPreconditionFailed},
      {"let it read", "/v3/auth/role/grant",
       R"({"name": "reader", "perm": {"permType": "READ", "key": "Zm9v", "range_end": "Zm9w"}})"},
      {"let it write", "/v3/auth/role/grant",
       R"({"name": "reader", "perm": {"permType": "READWRITE", "key": "dw=="}})"},
      {"what it may", "/v3/auth/role/get", R"({"role": "reader"})"},
      {"a role that is not there", "/v3/auth/role/get", R"({"role": "nobody"})", 400, kPreconditionFailed},
      {"roles", "/v3/auth/role/list", "{}"},
      {"root is root", "/v3/auth/user/grant", R"({"user": "root", "role": "root"})"},
      {"alice is a reader", "/v3/auth/user/grant", R"({"user": "alice", "role": "reader"})"},
      {"alice is nobody", "/v3/auth/user/grant", R"({"user": "alice", "role": "nobody"})", 400, kPreconditionFailed},
      {"what alice is", "/v3/auth/user/get", R"({"name": "alice"})"},
      {"a user that is not there", "/v3/auth/user/get", R"({"name": "nobody"})", 400, kPreconditionFailed},
      {"users", "/v3/auth/user/list", "{}"},

      // With authentication.
      {"enable", "/v3/auth/enable", "{}"},
      {"without a token", kRange, R"({"key": "Zm9v"})", 400},
      {"a wrong password", "/v3/auth/authenticate", R"({"name": "alice", "password": "wrong"})", 400},
      Vary({"token"},
           Keep("token", "alice", {"alice", "/v3/auth/authenticate", R"({"name": "alice", "password": "apple"})"})),
      Vary({"token"},
           Keep("token", "root", {"root", "/v3/auth/authenticate", R"({"name": "root", "password": "secret"})"})),
      With("root", {"root writes", kPut, R"({"key": "Zm9v", "value": "eA=="})"}),
      With("alice", {"alice reads", kRange, R"({"key": "Zm9v"})"}),
      With("alice", {"alice reads what she may not", kRange, R"({"key": "YQ=="})", 403}),
      With("alice", {"alice writes what she may not", kPut, R"({"key": "Zm9v", "value": "eA=="})", 403}),
      With("alice", {"alice writes what she may", kPut, R"({"key": "dw==", "value": "eA=="})"}),
      With("alice", {"alice lists the users", "/v3/auth/user/list", "{}", 403}),
      With("nobody", {"a token that is none", kRange, R"({"key": "Zm9v"})", 401}),
      With("root",
           {"no more reading", "/v3/auth/role/revoke", R"({"role": "reader", "key": "Zm9v", "range_end": "Zm9w"})"}),
      With("alice", {"alice reads no more", kRange, R"({"key": "Zm9v"})", 403}),
      With("root", {"a new password", "/v3/auth/user/changepw", R"({"name": "alice", "password": "pear"})"}),
      With("root", {"alice is no reader any more", "/v3/auth/user/revoke", R"({"name": "alice", "role": "reader"})"}),
      With("root", {"nor a second time", "/v3/auth/user/revoke", R"({"name": "alice", "role": "reader"})", 400,
                    kPreconditionFailed}),
      With("root", {"alice goes", "/v3/auth/user/delete", R"({"name": "alice"})"}),
      With("root", {"and her role", "/v3/auth/role/delete", R"({"role": "reader"})"}),
      With("root", {"disable", "/v3/auth/disable", "{}"}),
      {"users without a token", "/v3/auth/user/list", "{}"},
  };
}

}  // namespace dragoman::integration
