// Bodies that are compressed, judged by curl and by node's zlib, which know nothing of the gateway's codecs; messages
// that are, by the gRPC library.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "streams_fixture.h"

namespace dragoman::integration {
namespace {

constexpr const char* kEcho = "/shop.v1.Diagnostics/Echo";
// As large as one asks for, and the same every time.
constexpr const char* kItems = "/v1/items:batchGet?ids=green-tea&ids=grinder&ids=house-blend";
constexpr const char* kCompression = "compression: {codings: [br, gzip], min_bytes: 1000}\n";

// What the scripts share: `ask(options, body)` gives {status, headers, raw}; `plain(answer)` its body as it is meant.
constexpr const char* kAsk = R"js(
const http = require('http'), zlib = require('zlib');
const [host, port] = process.argv[1].split(':');
const ask = (options, body) => new Promise((resolve, reject) => {
  const request = http.request({host, port, method: body === undefined ? 'GET' : 'POST', ...options}, response => {
    const parts = [];
    response.on('data', part => parts.push(part));
    response.on('error', reject);
    response.on('end', () => resolve({status: response.statusCode, headers: response.headers, raw: Buffer.concat(parts)}));
  });
  request.on('error', reject);
  request.end(body);
});
const plain = ({headers, raw}) => ({gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync}[headers['content-encoding']] || (x => x))(raw).toString();
const items = '/v1/items:batchGet?ids=green-tea&ids=grinder&ids=house-blend', echo = '/shop.v1.Diagnostics/Echo';
)js";

// Runs a script with the gateway's address; what it prints.
std::string Node(const Gateway& gateway, const std::string& script) {
  const Outcome outcome = RunToEnd(
      {"node", "-e", kAsk + ("(async () => {" + script + "})().catch(e => { console.error(e); process.exit(1); });"),
       gateway.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.out;
}

TEST(Compression, OfResponsesIsWhatNodeReads) {
  const Shop shop;
  const Gateway gateway({.endpoints = {shop.address()}, .more = kCompression});
  // Status, Content-Encoding, Vary, whether the body is the same as without, whether Content-Length is right.
  EXPECT_EQ(Node(gateway, R"js(
    const long = 'a long text, ';
    const cases = {
      'br first': [{path: items, headers: {'accept-encoding': 'gzip, deflate, br'}}],
      'gzip': [{path: items, headers: {'accept-encoding': 'gzip'}}],
      'by weight': [{path: items, headers: {'accept-encoding': 'gzip, br;q=0.5'}}],
      'none known': [{path: items, headers: {'accept-encoding': 'zstd'}}],
      'none asked': [{path: items}],
      'small': [{path: '/v1/items/grinder', headers: {'accept-encoding': 'gzip'}}],
      'small, forced': [{path: '/v1/items/grinder', headers: {'accept-encoding': 'gzip, identity;q=0'}}],
      'nothing left': [{path: '/v1/items/grinder', headers: {'accept-encoding': '*;q=0'}}],
      'an error': [{path: '/shop.v1.Diagnostics/Fail', headers: {'accept-encoding': 'gzip'}}, JSON.stringify({status: {code: 5, message: long.repeat(200) + 'and an end'}})],
      'large': [{path: echo, headers: {'accept-encoding': 'br'}}, JSON.stringify({text: long, replyBytes: 3000000})],
      'large gzip': [{path: echo, headers: {'accept-encoding': 'gzip'}}, JSON.stringify({text: long, replyBytes: 3000000})],
      'no-transform': [{path: echo, headers: {'accept-encoding': 'br'}}, JSON.stringify({replyBytes: 3000, replyMetadata: {'cache-control': 'max-age=1, no-transform'}})],
      'etag': [{path: echo, headers: {'accept-encoding': 'br'}}, JSON.stringify({replyBytes: 3000, replyMetadata: {etag: '"v7"'}})],
      'no content': [{path: echo, headers: {'accept-encoding': 'br, identity;q=0'}}, JSON.stringify({replyMetadata: {'x-http-code': '204'}})],
    };
    const masked = text => text.replace(/"metadata":{.*?}|"deadlineMs":"\d+"/g, '');
    for (const [name, [options, body]] of Object.entries(cases)) {
      const answer = await ask(options, body);
      const other = await ask({...options, headers: {}}, body);
      const {headers, raw, status} = answer;
      console.log(`${name}: ${status} ${headers['content-encoding'] || '-'} ${headers.vary || '-'} ${masked(plain(answer)) === masked(other.raw.toString())}` +
                  ` ${(headers['content-length'] || '0') == raw.length}` + (headers.etag ? ' ' + headers.etag : ''));
    }
  )js"),
            R"(br first: 200 br Accept-Encoding true true
gzip: 200 gzip Accept-Encoding true true
by weight: 200 gzip Accept-Encoding true true
none known: 200 - Accept-Encoding true true
none asked: 200 - Accept-Encoding true true
small: 200 - - true true
small, forced: 200 gzip Accept-Encoding true true
nothing left: 200 - - true true
an error: 404 gzip Accept-Encoding true true
large: 200 br Accept-Encoding true true
large gzip: 200 gzip Accept-Encoding true true
no-transform: 200 - - true true
etag: 200 br Accept-Encoding true true W/"v7"
no content: 204 - - true true
)");
}

TEST(Compression, OfResponsesIsOffWithoutItsKey) {
  const Shop shop;
  const Gateway gateway({.endpoints = {shop.address()}});
  const HttpResponse response = Fetch(gateway.address(), "GET", kItems, {{"accept-encoding", "gzip, br"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("content-encoding"), "");
  EXPECT_EQ(response.Header("vary"), "");
}

TEST(Compression, OfResponsesIsTheSameForHead) {
  const Shop shop;
  const Gateway gateway({.endpoints = {shop.address()}, .more = kCompression});
  const HttpResponse get = Fetch(gateway.address(), "GET", kItems, {{"accept-encoding", "gzip"}});
  const HttpResponse head = Fetch(gateway.address(), "HEAD", kItems, {{"accept-encoding", "gzip"}});
  EXPECT_EQ(head.body, "");
  for (const char* name : {"content-encoding", "content-length", "content-type", "vary"})
    EXPECT_EQ(head.Header(name), get.Header(name)) << name;
  EXPECT_EQ(get.Header("content-encoding"), "gzip");
}

TEST(Compression, IsWhatCurlUnderstands) {
  const Shop shop;
  const Gateway gateway({.endpoints = {shop.address()}, .more = kCompression});
  const std::string url = "http://" + gateway.address() + kItems;
  const Outcome plain = RunToEnd({"curl", "-s", url});
  for (const char* accepted : {"gzip", "br", "gzip, br"}) {
    const Outcome compressed =
        RunToEnd({"curl", "-s", "--compressed", "-H", std::string("Accept-Encoding: ") + accepted, "-w",
                  "%{stderr}%{size_download}", url});
    EXPECT_EQ(compressed.exit_code, 0);
    EXPECT_EQ(compressed.out, plain.out);
    EXPECT_LT(std::atol(compressed.err.c_str()), static_cast<long>(plain.out.size() / 2)) << accepted;
  }
}

TEST(Compression, OfRequestsIsUnderstoodAndRefusedWithReason) {
  const Shop shop;
  const Gateway gateway({.endpoints = {shop.address()}});
  EXPECT_EQ(Node(gateway, R"js(
    const text = 'ground coffee, '.repeat(300);
    const body = JSON.stringify({text});
    const gzip = zlib.gzipSync(body), br = zlib.brotliCompressSync(body);
    const cases = {
      'gzip': [gzip, 'gzip'],
      'x-gzip': [gzip, 'x-gzip'],
      'gzip at level 9': [zlib.gzipSync(body, {level: 9}), 'GZIP'],
      'gzip by a small window': [zlib.gzipSync(body, {windowBits: 9, level: 1}), 'gzip'],
      'two members': [Buffer.concat([zlib.gzipSync(body.slice(0, 1000)), zlib.gzipSync(body.slice(1000))]), 'gzip'],
      'br': [br, 'br'],
      'br, largest window': [zlib.brotliCompressSync(body, {params: {[zlib.constants.BROTLI_PARAM_LGWIN]: 24}}), 'br'],
      'deflate': [zlib.deflateSync(body), 'deflate'],
      'raw deflate': [zlib.deflateRawSync(body), 'deflate'],
      'identity': [body, 'identity'],
      'truncated': [gzip.subarray(0, gzip.length - 1), 'gzip'],
      'garbage behind': [Buffer.concat([gzip, Buffer.from('garbage')]), 'gzip'],
      'br truncated': [br.subarray(0, br.length - 1), 'br'],
      'garbage': [body, 'gzip'],
      'zstd': [body, 'zstd'],
      'stacked': [zlib.gzipSync(gzip), 'gzip, gzip'],
    };
    for (const [name, [sent, coding]] of Object.entries(cases)) {
      for (const headers of [{'content-length': sent.length}, {'transfer-encoding': 'chunked'}]) {
        const {status, headers: got, raw} = await ask({path: echo, headers: {'content-encoding': coding, ...headers}}, sent);
        const reply = JSON.parse(raw);
        const reason = status === 200 ? reply.text === text : reply.details[0].reason;
        console.log(`${name}: ${status} ${reason}${got['accept-encoding'] ? ', accept ' + got['accept-encoding'] : ''}`);
      }
    }
  )js"),
            R"(gzip: 200 true
gzip: 200 true
x-gzip: 200 true
x-gzip: 200 true
gzip at level 9: 200 true
gzip at level 9: 200 true
gzip by a small window: 200 true
gzip by a small window: 200 true
two members: 200 true
two members: 200 true
br: 200 true
br: 200 true
br, largest window: 200 true
br, largest window: 200 true
deflate: 200 true
deflate: 200 true
raw deflate: 400 INVALID_REQUEST
raw deflate: 400 INVALID_REQUEST
identity: 200 true
identity: 200 true
truncated: 400 INVALID_REQUEST
truncated: 400 INVALID_REQUEST
garbage behind: 400 INVALID_REQUEST
garbage behind: 400 INVALID_REQUEST
br truncated: 400 INVALID_REQUEST
br truncated: 400 INVALID_REQUEST
garbage: 400 INVALID_REQUEST
garbage: 400 INVALID_REQUEST
zstd: 415 UNSUPPORTED_MEDIA_TYPE, accept gzip, br
zstd: 415 UNSUPPORTED_MEDIA_TYPE, accept gzip, br
stacked: 415 UNSUPPORTED_MEDIA_TYPE, accept gzip, br
stacked: 415 UNSUPPORTED_MEDIA_TYPE, accept gzip, br
)");
  EXPECT_EQ(Stat(gateway, "Diagnostics/Echo", "started"), 18) << "what is refused reaches no backend";
}

// Ten gibibytes as ten mebibytes, and as a few kilobytes of br.
TEST(Compression, OfRequestsMayNotBeABomb) {
  const Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "limits: {max_body_bytes: 16MiB}\nworkers: 1\n"});
  EXPECT_EQ(Node(gateway, R"js(
    const member = zlib.gzipSync(Buffer.alloc(8 << 20, ' '));
    const gzip = Buffer.concat(Array(1280).fill(member));
    const br = zlib.brotliCompressSync(Buffer.alloc(32 << 20, ' '), {params: {[zlib.constants.BROTLI_PARAM_QUALITY]: 2, [zlib.constants.BROTLI_PARAM_LGWIN]: 24}});
    console.log(gzip.length > 10e6, br.length < 1e6);
    const bombs = [[gzip, 'gzip'], [br, 'br']];
    const answers = await Promise.all([0, 1, 2, 3].map(n => ask({path: echo, headers: {'content-encoding': bombs[n % 2][1]}}, bombs[n % 2][0])));
    for (const {status, raw} of answers) console.log(status, JSON.parse(raw).message);
  )js"),
            "true true\n"
            "413 the body is larger than 16777216 bytes once it is decoded\n"
            "413 the body is larger than 16777216 bytes once it is decoded\n"
            "413 the body is larger than 16777216 bytes once it is decoded\n"
            "413 the body is larger than 16777216 bytes once it is decoded\n");
  EXPECT_LT(MemoryOf(gateway.process().pid(), "VmHWM"), 700 << 10);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
}

// Each message can be read when it has come: the next one comes in an hour.
TEST(Compression, OfStreamsLetsEveryMessageThrough) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more += kCompression;
  const Gateway gateway(options);
  EXPECT_EQ(Node(gateway, R"js(
    for (const accept of ['application/x-ndjson', 'text/event-stream', 'application/json']) {
      for (const coding of ['gzip', 'br', 'gzip, br']) {
        await new Promise((resolve, reject) => {
          const request = http.get({host, port, path: '/v1/prices/a:watch?interval=3600s', headers: {accept, 'accept-encoding': coding}}, response => {
            const used = response.headers['content-encoding'];
            const decoder = used === 'gzip' ? zlib.createGunzip() : zlib.createBrotliDecompress();
            let text = '';
            response.pipe(decoder);
            decoder.on('data', data => {
              if (!(text += data).includes('}')) return;
              console.log(`${accept} ${used} ${response.headers.vary} ${/"sequence":"1"/.test(text)}`);
              response.unpipe(decoder);
              request.destroy();
              resolve();
            });
          });
          request.on('error', reject);
        }).catch(e => console.log(String(e)));
      }
    }
  )js"),
            R"(application/x-ndjson gzip Accept, Accept-Encoding true
application/x-ndjson br Accept, Accept-Encoding true
application/x-ndjson gzip Accept, Accept-Encoding true
text/event-stream gzip Accept, Accept-Encoding true
text/event-stream br Accept, Accept-Encoding true
text/event-stream gzip Accept, Accept-Encoding true
application/json gzip Accept, Accept-Encoding true
application/json br Accept, Accept-Encoding true
application/json gzip Accept, Accept-Encoding true
)");
}

TEST(Compression, OfStreamsSaysHowTheyEnded) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more += kCompression;
  const Gateway gateway(options);
  EXPECT_EQ(Node(gateway, R"js(
    const cases = {
      'ends well': '/v1/prices/a:watch?count=1000&padding=100',
      'fails late': '/v1/prices/a:watch?count=10&fail_after=5&fail_code=8',
      'fails at once': '/v1/prices/a:watch?fail_at_once=true&fail_code=5',
    };
    for (const [name, path] of Object.entries(cases)) {
      for (const coding of ['gzip', 'br']) {
        const answer = await ask({path, headers: {'accept-encoding': coding}});
        const lines = plain(answer).trim().split('\n');
        console.log(`${name}: ${answer.status} ${answer.headers['content-encoding'] || '-'} ${lines.length} ${/@error/.test(lines.at(-1))}`);
      }
    }
    const cut = await ask({path: '/v1/prices/a:watch?count=10&fail_after=5&fail_code=8', headers: {accept: 'application/json', 'accept-encoding': 'gzip'}}).catch(e => e.code);
    console.log(cut);
  )js"),
            R"(ends well: 200 gzip 1000 false
ends well: 200 br 1000 false
fails late: 200 gzip 6 true
fails late: 200 br 6 true
fails at once: 404 - 1 false
fails at once: 404 - 1 false
ECONNRESET
)");
}

// Line by line, there and back, both ways coded.
TEST(Compression, OfBothDirectionsGoesAtOnce) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more += kCompression;
  const Gateway gateway(options);
  EXPECT_EQ(Node(gateway, R"js(
    await new Promise((resolve, reject) => {
      const headers = {'content-type': 'application/x-ndjson', 'content-encoding': 'gzip', 'accept-encoding': 'gzip'};
      const request = http.request({host, port, method: 'POST', path: '/v1/rooms/kitchen:echo', headers});
      const coder = zlib.createGzip(), decoder = zlib.createGunzip();
      coder.pipe(request);
      const say = n => { coder.write(JSON.stringify({text: 'line ' + n}) + '\n'); coder.flush(zlib.constants.Z_SYNC_FLUSH); };
      let heard = 0;
      request.on('response', response => response.pipe(decoder));
      request.on('error', reject);
      decoder.on('data', data => {
        for (const line of String(data).trim().split('\n')) console.log(JSON.parse(line).text);
        if (++heard < 3) say(heard); else coder.end();
      });
      decoder.on('end', resolve);
      decoder.on('error', reject);
      say(0);
    });
  )js"),
            "line 0\nline 1\nline 2\n");
}

TEST(Compression, OfUploadsIsBoundedPerMessage) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more += "workers: 1\nlimits: {max_body_bytes: 1MiB}\n";
  Gateway gateway(options);
  EXPECT_EQ(Node(gateway, R"js(
    const lines = JSON.stringify({value: 1}) + '\n';
    const bodies = {
      'many messages': zlib.gzipSync(lines.repeat(20000)),
      'nothing but line breaks': Buffer.concat(Array(4).fill(zlib.gzipSync(Buffer.alloc(8 << 20, '\n')))),
      'one endless message': zlib.gzipSync('{"note":"' + 'x'.repeat(8 << 20) + '"}'),
      'truncated': zlib.gzipSync(lines.repeat(1000)).subarray(0, -9),
    };
    for (const [name, body] of Object.entries(bodies)) {
      const answer = await ask({path: '/v1/sensors/s/readings', headers: {'content-type': 'application/x-ndjson', 'content-encoding': 'gzip'}}, body);
      const reply = JSON.parse(answer.raw);
      console.log(`${name}: ${answer.status} ${answer.status === 200 ? reply.count : reply.details[0].reason}`);
    }
  )js"),
            R"(many messages: 200 20000
nothing but line breaks: 413 BODY_TOO_LARGE
one endless message: 413 BODY_TOO_LARGE
truncated: 400 INVALID_REQUEST
)");
  EXPECT_LT(MemoryOf(gateway.process().pid(), "VmHWM"), 700 << 10);
}

TEST(Compression, GoesOverHttp2) {
  const Shop shop;
  const Gateway gateway({.endpoints = {shop.address()}, .more = kCompression});
  const std::string url = "http://" + gateway.address() + kItems;
  const Outcome plain = RunToEnd({"curl", "-s", url});
  const Outcome compressed = RunToEnd({"curl", "-s", "--http2-prior-knowledge", "--compressed", "-w",
                                       "%{stderr}%{http_version} %{size_download}", url});
  EXPECT_EQ(compressed.out, plain.out);
  EXPECT_TRUE(compressed.err.starts_with("2 ")) << compressed.err;
  EXPECT_LT(std::atol(compressed.err.c_str() + 2), static_cast<long>(plain.out.size() / 2));
}

TEST(Compression, OfMessagesIsWhatTheGrpcLibraryMakesAndReads) {
  ::setenv("GRPC_TRACE", "compression", 1);
  ::setenv("GRPC_VERBOSITY", "INFO", 1);
  Shop shop("127.0.0.1:0", "shop", {"--compress", "gzip"});
  ::unsetenv("GRPC_TRACE");
  ::unsetenv("GRPC_VERBOSITY");
  for (const char* requests : {"none", "gzip"}) {
    const Gateway gateway(
        {.endpoints = {shop.address()}, .compression = requests, .more = "limits: {max_response_bytes: 1MiB}"});
    for (const size_t bytes : {0u, 100u, 1024u, 500'000u}) {
      const std::string text(bytes, 'x');
      const HttpResponse response = Fetch(gateway.address(), "POST", kEcho, {}, R"({"text":")" + text + R"("})");
      EXPECT_EQ(response.status, 200) << response.body;
      EXPECT_EQ(JsonAt(response.body, "text"), text);
    }
    const HttpResponse large = Fetch(gateway.address(), "POST", kEcho, {}, R"({"replyBytes":1000000})");
    EXPECT_EQ(large.status, 200) << large.body.substr(0, 1000);
    const HttpResponse bomb = Fetch(gateway.address(), "POST", kEcho, {}, R"({"replyBytes":1100000})");
    EXPECT_EQ(bomb.status, 502);
    EXPECT_EQ(JsonAt(bomb.body, "message"), "backend \"shop\" sent a message over 1048576 bytes");
  }
  EXPECT_TRUE(shop.process().WaitForOutput("Compressed[gzip]"));
}

}  // namespace
}  // namespace dragoman::integration
