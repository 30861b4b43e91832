#include "cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "auth/api_keys.h"
#include "tests/cli/fixture.h"

namespace dragoman::cli {
namespace {

TEST(Cli, TellsAboutItself) {
  const Outcome version = RunCommand({"version"});
  EXPECT_EQ(version.exit_code, kDone);
  EXPECT_TRUE(version.out.starts_with("dragoman 0.")) << version.out;
  EXPECT_EQ(RunCommand({"--version"}).out, version.out);

  const Outcome overview = RunCommand({"--help"});
  EXPECT_EQ(overview.exit_code, kDone);
  EXPECT_EQ(overview.out,
            "dragoman: one REST/JSON interface in front of gRPC services\n\n"
            "usage: dragoman COMMAND [--FLAG [VALUE]...]\n\n"
            "  serve     Serves until SIGTERM or SIGINT, then lets the requests that run end.\n"
            "  check     Says everything that is wrong with a configuration, or what it exposes.\n"
            "  routes    Lists the routes in the order in which they are tried.\n"
            "  explain   Tells what would become of a request, and why, without sending it.\n"
            "  openapi   Writes the OpenAPI 3.1 document of what is served.\n"
            "  fmt       Writes configuration files in one form: indentation, blanks, blank lines.\n"
            "  init      Writes a commented configuration to begin with.\n"
            "  key new   Makes an API key of 256 random bits and shows it, once.\n"
            "  key hash  Says the SHA-256 of a key, for consumers.NAME.keys.\n"
            "  key list  Lists the API keys of a file.\n"
            "  version   Says which version this is.\n\n"
            "`dragoman COMMAND --help` tells more. Exit codes: 0 done, 1 the input is wrong, 2 wrong usage.\n");
  const Outcome bare = RunCommand({});
  EXPECT_EQ(bare.exit_code, kWrongUsage);
  EXPECT_EQ(bare.err, overview.out);
}

TEST(Cli, HelpsWithEveryCommand) {
  for (const std::string command : {"serve", "check", "routes", "explain", "openapi", "fmt", "init", "version"}) {
    const Outcome help = RunCommand({command, "--help"});
    EXPECT_EQ(help.exit_code, kDone);
    EXPECT_TRUE(help.out.starts_with("usage: dragoman " + command)) << help.out;
    EXPECT_EQ(help.err, "");
  }
  EXPECT_EQ(RunCommand({"routes", "--config", "x", "-h"}).out,
            "usage: dragoman routes --config FILE [--json]\n\n"
            "Lists the routes in the order in which they are tried.\n\n"
            "ORIGIN is where a route comes from: an annotation, a place in the configuration, or `expose: all`. LIMITS is how much\n"
            "of its RPC may pass, where anything is limited; STREAMS which of its\n"
            "messages are many, where such an RPC has a route. Contacts nobody but the backends of `descriptors: - reflection`.\n\n"
            "  --config FILE  the configuration, YAML or JSON; config/README.md explains its keys\n"
            "  --json         as a JSON array\n");
}

TEST(Cli, WritesTheDocumentOfAConfigurationOrOfDescriptors) {
  const Folder folder;
  const std::string config = folder.WriteConfig(Folder::kConfig);
  const Outcome document = RunCommand({"openapi", "--config", config});
  EXPECT_EQ(document.exit_code, kDone) << document.err;
  EXPECT_TRUE(document.out.starts_with(R"({"openapi":"3.1.0","info":{"title":"API","version":"1"},"tags":[{"name":"Library",)")) << document.out;
  EXPECT_EQ(RunCommand({"openapi", "--descriptors", folder.path("library.pb")}).out, document.out);
  EXPECT_EQ(RunCommand({"openapi", "--config", config, "--output", folder.path("openapi.json")}).out, "");
  std::ifstream file(folder.path("openapi.json"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), document.out);
  const Outcome unwritable = RunCommand({"openapi", "--config", config, "--output", folder.path("nowhere/openapi.json")});
  EXPECT_EQ(unwritable.exit_code, kWrongInput);
  EXPECT_EQ(unwritable.err, "dragoman openapi: " + folder.path("nowhere/openapi.json") + ": cannot be written: No such file or directory\n");
  EXPECT_EQ(RunCommand({"openapi", "--descriptors", "/nonexistent.pb"}).err,
            "--descriptors: cannot read /nonexistent.pb: No such file or directory\n1 problem\n");
}

TEST(Cli, RefusesADocumentThatIsTooLarge) {
  const Folder folder;
  // Each binding has the message written out, since its path has one of the fields.
  std::string proto = "syntax = \"proto3\"; package large; import \"google/api/annotations.proto\"; message M {";
  for (int i = 1; i <= 10'000; ++i) proto += "string f" + std::to_string(i) + " = " + std::to_string(i) + ";";
  proto += "} service S { rpc Put(M) returns (M) { option (google.api.http) = {put: \"/a\" body: \"*\"";
  for (int i = 0; i < 1000; ++i) proto += " additional_bindings {put: \"/{f1}/b" + std::to_string(i) + "\" body: \"*\"}";
  std::ofstream(folder.path("large.proto")) << proto << "}; } }";
  const Outcome outcome = RunCommand({"openapi", "--descriptors", folder.path("large.proto"), "--output", folder.path("large.json")});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::StartsWith("dragoman openapi: the document would be larger than 128 MiB, which the first "));
  EXPECT_THAT(outcome.err, testing::EndsWith(" of its 1001 paths are already\n"));
  EXPECT_FALSE(std::ifstream(folder.path("large.json")).is_open());
}

TEST(Cli, SaysWhatIsWrongWithTheUsage) {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view first_line;
  };
  const Case cases[] = {
      {{"sevre"}, "dragoman: unknown command \"sevre\"; did you mean \"serve\"?"},
      {{"explode"}, "dragoman: unknown command \"explode\""},
      {{"--config", "x"}, "dragoman: unknown command \"--config\""},
      {{"key"}, "dragoman key: expected one of new, hash, list"},
      {{"help", "sevre"}, "dragoman: unknown command \"sevre\"; did you mean \"serve\"?"},
      {{"key", "mew"}, "dragoman key: expected one of new, hash, list, got \"mew\""},
      {{"key", "new"}, "dragoman key new: --consumer NAME is missing"},
      {{"key", "new", "--consumer", "a", "--expires", "soon"},
       "dragoman key new: --expires: expected a date such as 2027-01-31 or 2027-01-31T12:00:00Z"},
      {{"key", "list"}, "dragoman key list: --file FILE is missing"},
      {{"check"}, "dragoman check: --config FILE is missing"},
      {{"routes", "--json"}, "dragoman routes: --config FILE is missing"},
      {{"check", "--confg", "x"}, "dragoman check: unknown flag \"--confg\"; did you mean \"--config\"?"},
      {{"explain", "--config", "x"}, "dragoman explain: the PATH is missing, such as /v1/items/7?view=full"},
      {{"explain", "/a"}, "dragoman explain: expected --config FILE, --backend HOST:PORT, --descriptors PATH or --admin ADDRESS"},
      {{"explain", "/a", "--config", "x", "--admin", "y:1"}, "dragoman explain: expected --config FILE, --backend HOST:PORT, --descriptors PATH or --admin ADDRESS"},
      {{"explain", "/a", "--config", "x", "--token-env", "y"}, "dragoman explain: --token-env goes with --admin"},
      {{"explain", "/a", "/b"}, "dragoman explain: one argument too many: \"/b\""},
      {{"explain", "--config", "x", "v1/items"}, "dragoman explain: expected a path that begins with '/', or a URL, got \"v1/items\""},
      {{"explain", "--config", "x", "-H", "x-app mobile", "/a"}, "dragoman explain: -H: expected NAME:VALUE, got \"x-app mobile\""},
      {{"explain", "--config", "x", "-H", ": mobile", "/a"}, "dragoman explain: -H: expected NAME:VALUE, got \": mobile\""},
      {{"explain", "-X", "GET", "-XPUT", "/a"}, "dragoman explain: -X stands twice"},
      {{"explain", "/a", "-d"}, "dragoman explain: -d needs a value: -d BODY"},
      {{"explain", "-Z", "/a"}, "dragoman explain: unknown flag \"-Z\"; did you mean \"-X\"?"},
      {{"version", "--json"}, "dragoman version: unknown flag \"--json\""},
      {{"openapi"}, "dragoman openapi: expected --config FILE, --backend HOST:PORT or --descriptors PATH"},
      {{"openapi", "--config", "x", "--descriptors", "y"},
       "dragoman openapi: --config stands alone: the file says what --backend and --descriptors would"},
      {{"openapi", "--backend", "x"}, "dragoman openapi: --backend: expected host:port, [v6]:port or unix:/path, got \"x\"; the port is missing"},
      {{"serve"}, "dragoman serve: expected --config FILE or --backend HOST:PORT"},
      {{"serve", "--descriptors", "x"},
       "dragoman serve: expected --config FILE or --backend HOST:PORT"},
      {{"serve", "--config", "x", "--listen", "a:1"},
       "dragoman serve: --config stands alone: the file says what --backend, --descriptors and --listen would"},
      {{"serve", "--backend", "x", "--descriptors", "x"},
       "dragoman serve: --backend: expected host:port, [v6]:port or unix:/path, got \"x\"; the port is missing"},
      {{"serve", "--backend", "x:1", "--descriptors", "x", "--listen", "8080"},
       "dragoman serve: --listen: expected host:port, [v6]:port or unix:/path, got \"8080\"; the port is missing"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = RunCommand(c.arguments);
    EXPECT_EQ(outcome.exit_code, kWrongUsage) << c.first_line;
    EXPECT_EQ(outcome.err.substr(0, outcome.err.find('\n')), c.first_line);
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_EQ(RunCommand({"serve"}).err,
            "dragoman serve: expected --config FILE or --backend HOST:PORT\n"
            "usage: dragoman serve --config FILE\n"
            "       dragoman serve --backend ADDRESS [--descriptors PATH] [--listen ADDRESS]\n"
            "`dragoman serve --help` tells more\n");
}

TEST(Explain, TellsOfARequestWithoutSendingIt) {
  const Folder folder;
  const std::string file = folder.WriteConfig(Folder::kConfig);
  const Outcome text = RunCommand({"explain", "--config", file, "-H", "X-Empty;", "/v1/shelves/7/books/tea?lent=1"});
  EXPECT_EQ(text.exit_code, kDone) << text.err;
  EXPECT_EQ(text.err, "");
  EXPECT_TRUE(text.out.starts_with("request\n  GET /v1/shelves/7/books/tea?lent=1\n  to 127.0.0.1:8080 by http, from 127.0.0.1\n")) << text.out;
  EXPECT_NE(text.out.find("won  GET  /v1/shelves/{shelf}/books/{name}"), std::string::npos) << text.out;
  const Outcome json = RunCommand({"explain", "--config", file, "--json", "https://api.example/v1/shelves/7/books/tea#top"});
  EXPECT_EQ(json.exit_code, kDone) << json.err;
  EXPECT_NE(json.out.find("\"host\": \"api.example\""), std::string::npos) << json.out;
  // A refusal is an explanation, too; a body makes it a POST.
  const Outcome refused = RunCommand({"explain", "--config", file, "-d", "{}", "--from", "2001:db8::1", "/v1/shelves/7/books/tea"});
  EXPECT_EQ(refused.exit_code, kDone) << refused.err;
  EXPECT_NE(refused.out.find("405 METHOD_NOT_ALLOWED by route\n"), std::string::npos) << refused.out;
  EXPECT_NE(refused.out.find("from 2001:db8::1"), std::string::npos) << refused.out;
}

TEST(Explain, SaysWhatIsWrongWithTheQuestion) {
  const Folder folder;
  const std::string file = folder.WriteConfig(Folder::kConfig);
  const Outcome no_file = RunCommand({"explain", "--config", file, "-d", "@" + folder.path("nothing"), "/a"});
  EXPECT_EQ(no_file.exit_code, kWrongInput);
  EXPECT_EQ(no_file.err, "dragoman explain: -d: " + folder.path("nothing") + ": cannot be read\n");
  const Outcome client = RunCommand({"explain", "--config", file, "--from", "here", "/a"});
  EXPECT_EQ(client.exit_code, kWrongUsage);
  EXPECT_TRUE(client.err.starts_with("dragoman explain: the client: expected an address such as 192.0.2.7, got \"here\"\n")) << client.err;
  EXPECT_EQ(RunCommand({"explain", "--config", file, "-H", "x: a\nb", "/a"}).exit_code, kWrongUsage);
  const Outcome no_config = RunCommand({"explain", "--config", folder.path("nowhere.yaml"), "/a"});
  EXPECT_EQ(no_config.exit_code, kWrongInput);
  const Outcome nobody = RunCommand({"explain", "--admin", "unix:" + folder.path("nobody.sock"), "/a"});
  EXPECT_EQ(nobody.exit_code, kWrongInput);
  EXPECT_EQ(nobody.err, "dragoman explain: unix:" + folder.path("nobody.sock") + ": No such file or directory\n");
  EXPECT_EQ(RunCommand({"explain", "--admin", "nowhere", "/a"}).exit_code, kWrongInput);
  const Outcome no_token = RunCommand({"explain", "--admin", "unix:/x", "--token-env", "DRAGOMAN_NO_SUCH_TOKEN", "/a"});
  EXPECT_EQ(no_token.exit_code, kWrongInput);
  EXPECT_EQ(no_token.err, "dragoman explain: --token-env: the environment has no DRAGOMAN_NO_SUCH_TOKEN\n");
}

TEST(Check, PrintsAllProblems) {
  const Folder folder;
  const std::string file = folder.WriteConfig("listners: []\nworkers: many\ndescriptors: [{file: a.pb}]\n");
  const Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.out, "more problems, and findings, may be told once these are mended\n");
  EXPECT_EQ(outcome.err, file + ":1:1: missing key \"backends\"\n" + file + ":1:1: missing key \"services\"\n" + file +
                             ":1:1: unknown key \"listners\"; did you mean \"listeners\"?\n" + file +
                             ":2:10: expected a whole number, got \"many\"\n" + file + ":3:15: cannot read " + folder.path("a.pb") + ": No such file or directory\n5 problems\n");
}

TEST(Check, FindsWhatOnlyTheDescriptorsShow) {
  const Folder folder;
  const std::string file = folder.WriteConfig(std::string(Folder::kConfig) +
                                              "http_rules: [{selector: library.v1.Library.GetBok, get: /a}]\n");
  const Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err,
            file +
                ":4:14: http_rules: the descriptors have no method \"library.v1.Library.GetBok\"; did you mean "
                "\"library.v1.Library.GetBook\"?\n1 problem\n");
}

TEST(Check, SummarisesWhatIsExposed) {
  const Folder folder;
  const std::string file = folder.WriteConfig(
      std::string(Folder::kConfig) +
      "admin: {address: 127.0.0.1:9901}\n"
      "http_rules: [{selector: library.v1.Library.ListBooks, get: /v1/books, additional_bindings: [{get: /books}]}]\n");
  const Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "listeners      127.0.0.1:8080, admin on 127.0.0.1:9901\n"
            "backends       library (1 endpoint)\n"
            "services       library.v1.* → library\n"
            "routes         3\n"
            "exposed        2 methods\n"
            "without route  2 methods\n"
            "callers        anybody: there is no authentication\n\n"
            "exposed:\n"
            "  library.v1.Library/GetBook    GET /v1/shelves/{shelf}/books/{name}  public\n"
            "  library.v1.Library/ListBooks  GET /books, GET /v1/books             public\n\n"
            "without route:\n"
            "  library.v1.Library/PutBook  no google.api.http annotation and no entry in http_rules\n"
            "  library.v1.Library/Watch    no google.api.http annotation and no entry in http_rules\n");
}

constexpr std::string_view kPair =
    "compositions:\n"
    "  - name: pair\n"
    "    get: /v1/pair/{name}\n"
    "    enforce_parts: false\n"
    "    calls:\n"
    "      first: {method: library.v1.Library/GetBook, request: {name: \"{path.name}\"}, timeout: 2s}\n"
    "      second: {method: library.v1.Library/PutBook, request: {name: \"{first.name}\"}}\n"
    "    response: {first: \"{first.name}\", second: \"{second.name}\"}\n";

TEST(Check, TellsOfCompositions) {
  const Folder folder;
  const Outcome outcome = RunCommand({"check", "--config", folder.WriteConfig(std::string(Folder::kConfig) + std::string(kPair))});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out,
              testing::HasSubstr(
                  "\ncompositions:\n"
                  "  compositions/pair  GET /v1/pair/{name}  2 calls  first (2s) → second: 2s of 15s, and what second takes\n\n"
                  "policies that do not hold in a composition (enforce_parts: false):\n"
                  "  compositions/pair  library.v1.Library/GetBook  public  no limit\n"
                  "  compositions/pair  library.v1.Library/PutBook  public  no limit\n"));
}

TEST(Check, DrawsGraphs) {
  const Folder folder;
  const std::string file = folder.WriteConfig(std::string(Folder::kConfig) + std::string(kPair));
  const Outcome text = RunCommand({"check", "--config", file, "--graph"});
  EXPECT_EQ(text.exit_code, kDone) << text.err;
  EXPECT_THAT(text.out, testing::StartsWith("compositions/pair: GET /v1/pair/{name}, within 15s\n\ncalls:\n  first   library"));
  EXPECT_THAT(RunCommand({"check", "--config", file, "--graph", "mermaid"}).out, testing::StartsWith("flowchart LR\n"));
  const Outcome wrong = RunCommand({"check", "--config", file, "--graph", "dot"});
  EXPECT_EQ(wrong.exit_code, kWrongUsage);
  EXPECT_THAT(wrong.err, testing::StartsWith("dragoman check: --graph: expected text or mermaid, got \"dot\"\n"));
  const std::string none = folder.WriteConfig(Folder::kConfig);
  EXPECT_EQ(RunCommand({"check", "--config", none, "--graph"}).out, "there are no compositions\n");
  EXPECT_THAT(RunCommand({"check", "--config", none, "--graph", "--format", "json"}).err, testing::StartsWith("dragoman check: --graph and --format cannot be together\n"));
}

TEST(Check, TellsWhoMayCallEachMethod) {
  const Folder folder;
  const std::string file = folder.WriteConfig(
      std::string(Folder::kConfig) +
      "http_rules: [{selector: library.v1.Library.ListBooks, get: /v1/books}, "
      "{selector: library.v1.Library.PutBook, put: /v1/books, body: '*'}]\n"
      "authentication: {api_keys: {}, basic: {}}\n"
      "consumers: {a: {keys: [{sha256: " + std::string(64, '0') + "}]}}\n"
      "policies:\n"
      "- {methods: [library.v1.Library/ListBooks], authenticate: public}\n"
      "- {methods: [library.v1.Library/PutBook], authenticate: {all: [api_key, basic]}, "
      "authorize: {scopes: [w], roles: {any: [x, y]}, consumers: [a], fields: {name: consumer.name}}}\n");
  const Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.err;
  const std::string_view out = outcome.out;
  EXPECT_EQ(out.substr(out.find("callers"), out.find("\nfindings:") - out.find("callers")),
            "callers        those with api_key or basic, where nothing else is said; 1 API key\n\n"
            "exposed:\n"
            "  library.v1.Library/GetBook    GET /v1/shelves/{shelf}/books/{name}  api_key or basic\n"
            "  library.v1.Library/ListBooks  GET /v1/books                         public\n"
            "  library.v1.Library/PutBook    PUT /v1/books                         api_key and basic; scopes w; roles any "
            "of x, y; consumers a; name = consumer.name\n\n"
            "without route:\n"
            "  library.v1.Library/Watch  no google.api.http annotation and no entry in http_rules\n");
}

TEST(Check, TellsWhichFieldsAParameterHides) {
  const Folder folder;
  const std::string file =
      folder.WriteConfig(std::string(Folder::kConfig) +
                         "policies: [{methods: [library.v1.Library/GetBook], json: {fields_parameter: tags}}]\n");
  const Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out,
              testing::EndsWith("\nfindings:\n" + file +
                                ":4:58: warning: library.v1.Library/GetBook: query parameter \"tags\" chooses fields of the reply; the "
                                "request's own \"tags\" cannot be set there; name it otherwise [fields-parameter-hides-field]\n"
                                "1 warning, 0 notes\n"));
  const std::string other = folder.WriteConfig(
      std::string(Folder::kConfig) + "policies: [{methods: [library.v1.Library/GetBook], json: {fields_parameter: fields}}]\n");
  EXPECT_THAT(RunCommand({"check", "--config", other}).out, testing::Not(testing::HasSubstr("findings")));
}

TEST(Check, RefusesPoliciesThatMeanNothing) {
  const Folder folder;
  const std::string file = folder.WriteConfig(std::string(Folder::kConfig) +
                                              "authentication: {api_keys: {in: [{header: x-key}]}, identity: {x-user: claims.sub}}\n"
                                              "forward_headers: [x-key]\n"
                                              "policies:\n"
                                              "- {methods: [library.v1.Libary/*]}\n"
                                              "- {methods: ['*'], authorize: {fields: {nme: claims.sub, shelf: claims.sub}}}\n"
                                              "- {methods: ['library.v1.*'], headers: {response: {set: {date: x}}, request: {add: {te: x}}}}\n");
  const Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err,
            file + ":5:19: header \"x-key\" cannot be forwarded: it carries credentials\n" + file +
                ":7:14: policies: \"library.v1.Libary/*\" selects no method that is served; did you mean "
                "\"library.v1.Library/*\"?\n" + file +
                ":8:41: library.v1.Library/GetBook: library.v1.Book has no field \"nme\"; did you mean \"name\"?\n" + file +
                ":9:40: header \"te\" cannot be set: it concerns one connection only\n" + file +
                ":9:40: header \"date\" cannot be set: the gateway itself sets it\n5 problems\n");
}

TEST(Key, MakesAKeyAndKeepsItsDigestOnly) {
  const Folder folder;
  const std::string file = folder.path("keys.jsonl");
  const Outcome made = RunCommand({"key", "new", "--consumer", "mobile", "--file", file, "--tenant", "acme", "--tier",
                                   "gold", "--scopes", "a,b", "--expires", "2199-01-31"});
  ASSERT_EQ(made.exit_code, kDone) << made.err;
  const std::string key = made.out.substr(0, made.out.find('\n'));
  EXPECT_EQ(key.size(), 4u + 43u);
  EXPECT_TRUE(key.starts_with("dgm_"));
  EXPECT_EQ(made.err, "the key above is shown this once; give it to mobile\nits SHA-256 is in " + file + "\n");
  ASSERT_EQ(RunCommand({"key", "new", "--consumer", "old", "--file", file, "--expires", "2001-01-31"}).exit_code, kDone);

  std::ifstream in(file);
  const std::string kept((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(kept.find(key), std::string::npos);
  const std::string digest = RenderHex(auth::Sha256Of(key));
  EXPECT_TRUE(kept.starts_with("{\"sha256\":\"" + digest +
                               "\",\"consumer\":\"mobile\",\"expires\":\"2199-01-31\",\"tenant\":\"acme\","
                               "\"tier\":\"gold\",\"scopes\":[\"a\",\"b\"]}\n"))
      << kept;

  const Outcome listed = RunCommand({"key", "list", "--file", file});
  EXPECT_EQ(listed.exit_code, kDone) << listed.err;
  EXPECT_TRUE(listed.out.starts_with("SHA-256       CONSUMER  STATE    EXPIRES     TENANT  TIER  SCOPES  ROLES\n" +
                                     digest.substr(0, 12) + "  mobile    live     2199-01-31  acme    gold  a,b     -\n"))
      << listed.out;
  EXPECT_NE(listed.out.find("  old       expired  2001-01-31  -       -     -       -\n"), std::string::npos) << listed.out;
}

TEST(Key, AddsNothingToAFileOfSomethingElse) {
  const Folder folder;
  const std::string file = folder.WriteConfig(std::string(Folder::kConfig));
  const Outcome made = RunCommand({"key", "new", "--consumer", "mobile", "--file", file});
  EXPECT_EQ(made.exit_code, kWrongInput);
  EXPECT_EQ(made.out, "");
  EXPECT_THAT(made.err, testing::StartsWith(file + ":1: expected a JSON object\n"));
  EXPECT_THAT(made.err, testing::EndsWith("dragoman key new: " + file + " is no file of keys; nothing was added to it\n"));
  std::ifstream in(file);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(in)), {}), Folder::kConfig);
}

TEST(Cli, HelpsWithACommandAndWithAGroupOfThem) {
  const Outcome serve = RunCommand({"serve", "--help"});
  EXPECT_EQ(RunCommand({"help", "serve"}).out, serve.out);
  const std::string keys = RunCommand({"key", "new", "--help"}).out + "\n\n" + RunCommand({"key", "hash", "--help"}).out + "\n\n" +
                           RunCommand({"key", "list", "--help"}).out;
  for (const std::vector<std::string>& asks : {std::vector<std::string>{"key", "--help"}, {"key", "-h"}, {"help", "key"}}) {
    const Outcome told = RunCommand(asks);
    EXPECT_EQ(told.exit_code, kDone);
    EXPECT_EQ(told.out, keys);
  }
}

TEST(Key, SaysWhichLineOfAFileIsWrong) {
  const Folder folder;
  const std::string file = folder.path("keys.jsonl");
  std::ofstream(file) << "# keys\n\n{\"sha256\":\"x\"}\nnot json\n{\"consumr\":\"a\"}\n";
  const Outcome listed = RunCommand({"key", "list", "--file", file});
  EXPECT_EQ(listed.exit_code, kWrongInput);
  EXPECT_EQ(listed.err, file + ":3: member \"sha256\": expected 64 hexadecimal digits in lower case\n" + file +
                            ":4: expected a JSON object\n" + file +
                            ":5: unknown member \"consumr\"; did you mean \"consumer\"?\n3 problems\n");
  EXPECT_EQ(RunCommand({"key", "list", "--file", folder.path("none")}).err,
            folder.path("none") + ": cannot be read: No such file or directory\n1 problem\n");
}

TEST(Routes, SayWhatStreams) {
  const Folder folder;
  const std::string file = folder.WriteConfig(std::string(Folder::kConfig) +
                                              "http_rules: [{selector: library.v1.Library.Watch, get: /v1/watch}]\n");
  const Outcome table = RunCommand({"routes", "--config", file});
  EXPECT_EQ(table.exit_code, kDone) << table.err;
  EXPECT_THAT(table.out, testing::StartsWith(
                             "HTTP  PATH                              BODY  RPC                         BACKEND  ORIGIN"));
  EXPECT_THAT(table.out, testing::ContainsRegex("ORIGIN +STREAMS\n"));
  EXPECT_THAT(table.out, testing::ContainsRegex("Library/GetBook .* -\n"));
  EXPECT_THAT(table.out, testing::ContainsRegex("GET   /v1/watch .*Library/Watch .* replies\n"));
  EXPECT_THAT(RunCommand({"routes", "--config", file, "--json"}).out,
              testing::HasSubstr(R"("rpc": "library.v1.Library/Watch", "streams": "replies", )"));
  EXPECT_THAT(RunCommand({"check", "--config", file}).out,
              testing::HasSubstr("  library.v1.Library/Watch    GET /v1/watch (streams replies)       public\n"));
}

TEST(Routes, PrintsTheTable) {
  const Folder folder;
  const std::string file = folder.WriteConfig(
      std::string(Folder::kConfig) +
      "http_rules: [{selector: library.v1.Library.PutBook, put: /v1/books, body: sequel, response_body: tags}]\n");
  const Outcome table = RunCommand({"routes", "--config", file});
  EXPECT_EQ(table.exit_code, kDone) << table.err;
  EXPECT_EQ(table.out,
            "HTTP  PATH                              BODY    RPC                         BACKEND  ORIGIN\n"
            "PUT   /v1/books                         sequel  library.v1.Library/PutBook  library  " +
                file +
                ":4:14\n"
                "GET   /v1/shelves/{shelf}/books/{name}  -       library.v1.Library/GetBook  library  annotation of "
                "library.v1.Library.GetBook\n"
                "\nwithout route:\n"
                "  library.v1.Library/ListBooks  no google.api.http annotation and no entry in http_rules\n"
                "  library.v1.Library/Watch      no google.api.http annotation and no entry in http_rules\n");
  const Outcome json = RunCommand({"routes", "--config", file, "--json"});
  EXPECT_EQ(json.exit_code, kDone) << json.err;
  EXPECT_EQ(
      json.out,
      "[\n"
      R"(  {"http_method": "PUT", "path": "/v1/books", "body": "sequel", "response_body": "tags", "rpc": "library.v1.Library/PutBook", )"
      R"("streams": "", "backend": "library", "callers": "public", "limits": "", "origin": ")" +
          file +
          R"(:4:14"},)"
          "\n"
          R"(  {"http_method": "GET", "path": "/v1/shelves/{shelf}/books/{name}", "body": "", "response_body": "", )"
          R"("rpc": "library.v1.Library/GetBook", "streams": "", "backend": "library", "callers": "public", "limits": "", "origin": "annotation of library.v1.Library.GetBook"})"
          "\n"
          "]\n");
}

TEST(Serve, RefusesWhatCheckRefuses) {
  const Folder folder;
  const std::string file = folder.WriteConfig("workers: many\n");
  const Outcome outcome = RunCommand({"serve", "--config", file});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, RunCommand({"check", "--config", file}).err);
}

TEST(Serve, SaysWhichDescriptorsCannotBeRead) {
  const Outcome outcome = RunCommand({"serve", "--backend", "127.0.0.1:1", "--descriptors", "/nonexistent.pb"});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, "--descriptors: cannot read /nonexistent.pb: No such file or directory\n1 problem\n");
}

}  // namespace
}  // namespace dragoman::cli
