'use strict';
const assert = require('node:assert/strict');
const {once} = require('node:events');
const http2 = require('node:http2');
const {after, before, describe, it} = require('node:test');
const {Stage, lineReader, within} = require('./harness.js');

const {NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR} = http2.constants;

// What waits in node to be sent counts, 10 MB by default; over it node itself closes streams, with ENHANCE_YOUR_CALM.
const kOptions = {maxSessionMemory: 200};

// Without back-pressure some hundred MB go through within a second; windows and the sockets' buffers hold some MB. Looking takes a while: each look is a request.
const kMuch = 32 << 20;  // bytes
const kLooks = 40;

// A request on a session: {stream, headers()}; a stream's bytes are read by whoever asks.
function begin(session, path, headers = {}, {end = true} = {}) {
  const stream = session.request({':path': path, ...headers}, {endStream: end});
  stream.on('error', () => {});  // who reads it is told, too
  const response = once(stream, 'response').then(([received]) => received);
  response.catch(() => {});
  return {stream, headers: () => within(response, `a response to ${path}`)};
}

async function ask(session, path, headers = {}, body = undefined) {
  const request = begin(session, path, headers, {end: body === undefined});
  if (body !== undefined) request.stream.end(body);
  const received = await request.headers();
  const pieces = [];
  for await (const piece of request.stream) pieces.push(piece);
  return {status: received[':status'], headers: received, body: Buffer.concat(pieces)};
}

describe("node's http2", () => {
  let stage;
  before(async () => { stage = await Stage.open(); });
  after(() => stage.close());

  const ways = {
    'with prior knowledge': () => http2.connect(stage.http, kOptions),
    'by TLS': () => http2.connect(stage.https, {...kOptions, ca: stage.ca}),
  };
  for (const [way, connect] of Object.entries(ways)) {
    describe(way, () => {
      let session;
      before(async () => {
        session = connect();
        await within(once(session, 'connect'), 'the connection');
      });
      after(() => within(new Promise((resolve) => session.close(resolve)), 'the end of the session'));

      it('asks once and is answered once', async () => {
        const {status, body} = await ask(session, '/v1/prices/FIGS');
        assert.equal(status, 200);
        assert.equal(JSON.parse(body).symbol, 'FIGS');
      });

      it('asks two hundred things at once', async () => {
        const symbols = Array.from({length: 200}, (_, i) => `S${i}`);
        const answers = await within(Promise.all(symbols.map((symbol) => ask(session, `/v1/prices/${symbol}`))), 'all answers');
        assert.deepEqual(answers.map(({body}) => JSON.parse(body).symbol), symbols);
      });

      it('reads many streams side by side', async () => {
        const counts = [1, 10, 100, 1000];
        const answers = await within(Promise.all(counts.map((count) => ask(session, `/v1/prices/FIGS:watch?count=${count}`))), 'all streams');
        answers.forEach(({body}, i) => {
          const lines = body.toString().trimEnd().split('\n');
          assert.equal(lines.length, counts[i]);
          assert.equal(JSON.parse(lines.at(-1)).sequence, String(counts[i]));
        });
      });

      it('says a line and hears it, again and again', async () => {
        const {stream, headers} = begin(session, '/v1/rooms/attic:echo', {':method': 'POST', 'content-type': 'application/x-ndjson'}, {end: false});
        const reader = lineReader(stream);
        for (let i = 0; i < 20; ++i) {
          stream.write(`{"text": "line ${i}"}\n`);
          assert.equal(JSON.parse(await reader.next()).text, `line ${i}`);
        }
        assert.equal((await headers())[':status'], 200);
        stream.end();
        assert.equal(await reader.next(), null);
        assert.equal(stream.rstCode, NGHTTP2_NO_ERROR);
      });

      it('is left by the backend in the middle of a talk', async () => {
        const {stream} = begin(session, '/v1/rooms/attic:echo', {':method': 'POST'}, {end: false});
        const reader = lineReader(stream);
        stream.write('{"text": "hello"}\n');
        assert.equal(JSON.parse(await reader.next()).text, 'hello');
        stream.write('{"text": "/fail 9"}\n');
        assert.equal(JSON.parse(await reader.next())['@error'].code, 9);
        assert.equal(await reader.next(), null);
        stream.close();
      });

      it('has its stream reset where an array cannot be completed', async () => {
        const {stream, headers} = begin(session, '/v1/prices/FIGS:watch?failAfter=3&failCode=14', {accept: 'application/json'});
        assert.equal((await headers())[':status'], 200);
        await assert.rejects(within((async () => { for await (const piece of stream) assert.ok(piece.length); })(), 'the end of the array'));
        assert.equal(stream.rstCode, NGHTTP2_INTERNAL_ERROR);
      });

      it('cancels one call and keeps the others', async () => {
        const {callsCancelled} = await stage.counts();
        const kept = begin(session, '/v1/rooms/attic:echo', {':method': 'POST'}, {end: false});
        const left = begin(session, '/v1/prices/FIGS:watch?interval=0.01s');
        assert.equal((await left.headers())[':status'], 200);
        left.stream.close(NGHTTP2_CANCEL);
        await stage.untilCounts((counts) => counts.callsCancelled > callsCancelled, 'a cancelled call');
        kept.stream.end('{"text": "still here"}\n');
        assert.equal(JSON.parse(await lineReader(kept.stream).next()).text, 'still here');
      });

      it('holds the backend back by not reading', async () => {
        const kPadding = 100_000;
        const {messagesSent, callsCancelled} = await stage.counts();
        const {stream, headers} = begin(session, `/v1/prices/FIGS:watch?padding=${kPadding}`);
        assert.equal((await headers())[':status'], 200);
        for (let i = 0; i < kLooks; ++i) {
          const sent = ((await stage.counts()).messagesSent - messagesSent) * kPadding;
          assert.ok(sent < kMuch, `${sent} bytes were sent to a client that does not read`);
        }
        const other = await ask(session, '/v1/prices/OLIVES');  // the connection goes on
        assert.equal(JSON.parse(other.body).symbol, 'OLIVES');
        stream.close(NGHTTP2_CANCEL);
        await stage.untilCounts((counts) => counts.callsCancelled > callsCancelled, 'a cancelled call');
      });

      it('is held back where the backend takes nothing', async () => {
        const {callsCancelled, messagesReceived} = await stage.counts();
        const {stream} = begin(session, '/v1/sensors/cellar/readings', {':method': 'POST', 'content-type': 'application/x-ndjson'}, {end: false});
        stream.write('{"value": 1, "pause": "3600s"}\n');
        await stage.untilCounts((counts) => counts.messagesReceived > messagesReceived, 'the first reading');
        const before = session.socket.bytesWritten;
        const piece = Buffer.from(`{"value": 1, "note": "${'n'.repeat(16_000)}"}\n`);
        for (let written = 0; written < 2 * kMuch; written += piece.length) stream.write(piece);
        for (let i = 0; i < kLooks; ++i) {
          await stage.counts();
          const taken = session.socket.bytesWritten - before;
          assert.ok(taken < kMuch, `${taken} bytes were taken for a backend that takes none`);
        }
        stream.close(NGHTTP2_CANCEL);
        await stage.untilCounts((counts) => counts.callsCancelled > callsCancelled, 'a cancelled call');
      });

      it('puts a file of some megabytes and gets it back', async () => {
        const bytes = Buffer.alloc(5 << 20);
        for (let i = 0; i < bytes.length; ++i) bytes[i] = (i * 31 + (i >> 8)) & 255;
        const put = await ask(session, '/v1/files/large', {':method': 'PUT', 'content-type': 'application/octet-stream'}, bytes);
        assert.equal(put.status, 200, put.body.toString());
        const file = JSON.parse(put.body);
        assert.equal(file.bytes, String(bytes.length));
        assert.ok(file.pieces > 1, 'the upload was not cut into pieces');
        const got = await ask(session, '/v1/files/large');
        assert.equal(got.headers['content-type'], 'application/octet-stream');
        assert.ok(got.body.equals(bytes), 'the file has changed');
      });

      it('is pinged back', async () => {
        const echoed = await within(new Promise((resolve, reject) => {
          session.ping(Buffer.from('8 bytes!'), (error, _, payload) => (error ? reject(error) : resolve(payload)));
        }), 'the ping');
        assert.equal(echoed.toString(), '8 bytes!');
      });
    });
  }

  it('sees GOAWAY while a stream ends in peace', async () => {
    const drained = await Stage.open();
    try {
      const session = http2.connect(drained.http);
      const goaway = once(session, 'goaway');
      const {stream, headers} = begin(session, '/v1/rooms/attic:echo', {':method': 'POST'}, {end: false});
      const reader = lineReader(stream);
      stream.write('{"text": "before"}\n');
      assert.equal(JSON.parse(await reader.next()).text, 'before');
      assert.equal((await headers())[':status'], 200);
      drained.gateway.process.kill('SIGTERM');
      const [code] = await within(goaway, 'GOAWAY');
      assert.equal(code, NGHTTP2_NO_ERROR);
      stream.end('{"text": "after"}\n');
      assert.equal(JSON.parse(await reader.next()).text, 'after');
      assert.equal(await reader.next(), null);
      await within(new Promise((resolve) => (session.closed ? resolve() : session.close(resolve))), 'the end of the session');
    } finally {
      await drained.close();
    }
  });
});
