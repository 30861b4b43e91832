'use strict';
const assert = require('node:assert/strict');
const {after, before, describe, it} = require('node:test');
const undici = require('undici');
const {Stage, lineReader, within} = require('./harness.js');

describe('undici', () => {
  let stage;
  before(async () => { stage = await Stage.open({more: 'compression: {}'}); });
  after(() => stage.close());

  // One agent for each way of speaking; closed with its last request.
  const ways = {
    'HTTP/1.1': () => ({base: stage.http, agent: new undici.Agent()}),
    'HTTP/1.1 by TLS': () => ({base: stage.https, agent: new undici.Agent({connect: {ca: stage.ca}})}),
    'HTTP/2 by TLS': () => ({base: stage.https, agent: new undici.Agent({allowH2: true, connect: {ca: stage.ca}})}),
  };
  for (const [way, choose] of Object.entries(ways)) {
    describe(way, () => {
      let base;
      let agent;
      before(() => { ({base, agent} = choose()); });
      after(() => agent.destroy());
      const ask = (path, options = {}) => within(undici.request(base + path, {dispatcher: agent, ...options}), `a response to ${path}`);

      it('asks once and is answered once', async () => {
        const {statusCode, body} = await ask('/v1/prices/FIGS');
        assert.equal(statusCode, 200);
        const price = await body.json();
        assert.equal(price.symbol, 'FIGS');
        assert.equal(price.sequence, '1');
      });

      it('reads a stream line by line', async () => {
        const {statusCode, headers, body} = await ask('/v1/prices/FIGS:watch?count=1000');
        assert.equal(statusCode, 200);
        assert.match(headers['content-type'], /^application\/x-ndjson/);
        const lines = await lineReader(body).rest();
        assert.deepEqual(lines.map((line) => JSON.parse(line).sequence), Array.from({length: 1000}, (_, i) => String(i + 1)));
      });

      it('has a status where a stream fails before its first message', async () => {
        const {statusCode, body} = await ask('/v1/prices/FIGS:watch?failAtOnce=true&failCode=5');
        assert.equal(statusCode, 404);
        assert.equal((await body.json()).message, 'failed as asked');
      });

      it('sees in the last line that a stream has failed later', async () => {
        const {statusCode, body} = await ask('/v1/prices/FIGS:watch?failAfter=3&failCode=8');
        assert.equal(statusCode, 200);
        const lines = await lineReader(body).rest();
        assert.equal(lines.length, 4);
        assert.equal(JSON.parse(lines[3])['@error'].code, 8);
      });

      it('cannot take an array that was cut off for a whole one', async () => {
        await assert.rejects(async () => {
          const {body} = await ask('/v1/prices/FIGS:watch?failAfter=3&failCode=8', {headers: {accept: 'application/json'}});
          return body.text();
        }, (error) => error.name !== 'AssertionError' && !/did not come/.test(error.message));
      });

      it('takes an element of an array for what it is', async () => {
        const {body} = await ask('/v1/prices/FIGS:watch?count=3', {headers: {accept: 'application/json'}});
        assert.deepEqual((await body.json()).map((price) => price.sequence), ['1', '2', '3']);
      });

      it('sends a body that is made as it goes', async () => {
        async function* readings() {
          for (let i = 1; i <= 1000; ++i) yield `{"value": ${i}}\n`;
        }
        const {statusCode, body} = await ask('/v1/sensors/cellar/readings', {method: 'POST', body: readings(), headers: {'content-type': 'application/x-ndjson'}});
        const text = await body.text();
        assert.equal(statusCode, 200, text);
        assert.deepEqual(JSON.parse(text), {sensor: 'cellar', count: '1000', sum: 500500});
      });

      it('cancels the call by leaving', async () => {
        const cancelled = (await stage.counts()).callsCancelled;
        const {body} = await ask('/v1/prices/FIGS:watch?interval=0.01s');
        assert.equal(JSON.parse(await lineReader(body).next()).sequence, '1');
        body.on('error', () => {}).destroy();
        await stage.untilCounts((counts) => counts.callsCancelled > cancelled, 'a cancelled call');
      });
    });
  }

  it('writes while it reads, over HTTP/1.1, each line upon the answer to the one before', async () => {
    let heard = () => {};
    async function* lines() {
      for (const text of ['one', 'two', 'three']) {
        const answer = new Promise((resolve) => { heard = resolve; });
        yield `{"text": "${text}"}\n`;
        await within(answer, `the answer to ${text}`);
      }
    }
    const {statusCode, body} = await within(
        undici.request(`${stage.http}/v1/rooms/attic:echo`, {method: 'POST', body: lines(), headers: {'content-type': 'application/x-ndjson'}}), 'a response to the first line');
    assert.equal(statusCode, 200);
    const reader = lineReader(body);
    const said = [];
    for (let line = await reader.next(); line !== null; line = await reader.next()) {
      said.push(JSON.parse(line).text);
      heard();
    }
    assert.deepEqual(said, ['one', 'two', 'three']);
  });

  it('holds the backend back by not reading', async () => {
    const kPadding = 100_000;
    const before = (await stage.counts()).messagesSent;
    const {body} = await undici.request(`${stage.http}/v1/prices/FIGS:watch?padding=${kPadding}`);
    // Without back-pressure the backend makes some hundred MB a second. Windows and sockets' buffers hold some MB.
    for (let i = 0; i < 40; ++i) {
      const sent = ((await stage.counts()).messagesSent - before) * kPadding;
      assert.ok(sent < 64 << 20, `${sent} bytes were sent to a client that does not read`);
    }
    body.on('error', () => {}).destroy();
  });

  it('fetches what was compressed', async () => {
    const response = await undici.fetch(`${stage.http}/v1/prices/FIGS:watch?count=100`, {headers: {'accept-encoding': 'gzip'}});
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    const lines = (await response.text()).trimEnd().split('\n');
    assert.equal(lines.length, 100);
    assert.equal(JSON.parse(lines[99]).sequence, '100');
  });

  it('fetches upon a body that is a ReadableStream', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const value of [1, 2, 3]) controller.enqueue(new TextEncoder().encode(`{"value": ${value}}\n`));
        controller.close();
      },
    });
    const response = await undici.fetch(`${stage.http}/v1/sensors/attic/readings`, {method: 'POST', body, duplex: 'half'});
    assert.deepEqual(await response.json(), {sensor: 'attic', count: '3', sum: 6});
  });
});
