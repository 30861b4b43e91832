'use strict';
const assert = require('node:assert/strict');
const {once} = require('node:events');
const {after, before, describe, it} = require('node:test');
const WebSocket = require('ws');
const {Stage, within} = require('./harness.js');

const kOrigin = 'https://app.example';

// A socket whose messages are asked for one by one.
class Talk {
  constructor(url, {protocols = ['dragoman.json'], ...options} = {}) {
    this.socket = new WebSocket(url, protocols, options);
    this.messages = [];
    this.wanted = [];
    this.socket.on('error', () => {});  // `opened` and `closed` tell
    this.socket.on('message', (data, binary) => {
      const message = binary ? data : data.toString();
      if (this.wanted.length > 0) this.wanted.shift()(message);
      else this.messages.push(message);
    });
    this.closed = once(this.socket, 'close').then(([code, reason]) => ({code, reason: reason.toString()}));
    this.closed.catch(() => {});
  }
  async open() {
    await within(once(this.socket, 'open'), 'the 101');
    return this;
  }
  // What an upgrade is answered with that is refused: its status and body.
  async refused() {
    const [, response] = await within(once(this.socket, 'unexpected-response'), 'a refusal');
    let body = '';
    for await (const piece of response) body += piece;
    return {status: response.statusCode, body};
  }
  say(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }
  hear() {
    return within(this.messages.length > 0 ? Promise.resolve(this.messages.shift()) : new Promise((resolve) => this.wanted.push(resolve)), 'a message');
  }
  async hearJson() {
    return JSON.parse(await this.hear());
  }
  end() {
    return within(this.closed, 'the close');
  }
}

describe('ws', () => {
  let stage;
  let base;
  before(async () => {
    stage = await Stage.open({origins: [kOrigin], more: 'limits: {max_body_bytes: 64KiB}'});
    base = stage.http.replace('http', 'ws');
  });
  after(() => stage.close());
  const talk = (path, options) => new Talk(base + path, options).open();

  it('hears each line that it says', async () => {
    const echo = await talk('/v1/rooms/attic:echo');
    assert.equal(echo.socket.protocol, 'dragoman.json');
    for (const text of ['one', 'zwei', 'τρία']) {
      echo.say({text});
      assert.equal((await echo.hearJson()).text, text);
    }
    echo.say({text: '/end'});
    assert.deepEqual(await echo.end(), {code: 1000, reason: ''});
    assert.deepEqual(echo.messages, []);
  });

  it('talks by TLS, too', async () => {
    const echo = await new Talk(stage.https.replace('http', 'ws') + '/v1/rooms/attic:echo', {ca: stage.ca}).open();
    echo.say({text: 'hello'});
    assert.deepEqual(await echo.hearJson(), {room: 'attic', text: 'hello'});
    echo.socket.close(1000);
    assert.equal((await echo.end()).code, 1000);
  });

  it('meets others in a room', async () => {
    const ada = await talk('/v1/rooms/hall:join');
    ada.say({author: 'ada', text: 'anybody here?'});
    assert.deepEqual(await ada.hearJson(), {room: 'hall', author: 'ada', text: 'anybody here?'});
    const bob = await talk('/v1/rooms/hall:join');
    bob.say({author: 'bob', text: 'I am'});
    const heard = {room: 'hall', author: 'bob', text: 'I am'};
    assert.deepEqual(await bob.hearJson(), heard);
    assert.deepEqual(await ada.hearJson(), heard);
    ada.socket.close(1000);
    bob.socket.close(1000);
    assert.equal((await ada.end()).code, 1000);
    assert.equal((await bob.end()).code, 1000);
  });

  it('is told by the close code how the call ended', async () => {
    const echo = await talk('/v1/rooms/attic:echo');
    echo.say({text: '/fail 5'});
    assert.deepEqual(await echo.end(), {code: 4005, reason: 'failed as asked'});
  });

  it('is told why a message cannot be sent on', async () => {
    const echo = await talk('/v1/rooms/attic:echo');
    echo.say('{"text": tru}');
    const {code, reason} = await echo.end();
    assert.equal(code, 4003);
    assert.match(reason, /column/);
    assert.ok(Buffer.byteLength(reason) <= 123);
  });

  it('may not send more than a message may have', async () => {
    const echo = await talk('/v1/rooms/attic:echo');
    echo.say({text: 'x'.repeat(70_000)});
    assert.equal((await echo.end()).code, 1009);
  });

  it('watches what the server streams', async () => {
    const watch = await talk('/v1/prices/FIGS:watch?count=100');  // its rule has no body: there is nothing to say
    for (let i = 1; i <= 100; ++i) assert.equal((await watch.hearJson()).sequence, String(i));
    assert.equal((await watch.end()).code, 1000);
  });

  it('sends readings, and gets their sum when it has nothing more to say', async () => {
    const record = await talk('/v1/sensors/cellar/readings');
    for (const value of [1, 2, 3]) record.say({value});
    record.say('');
    assert.deepEqual(await record.hearJson(), {sensor: 'cellar', count: '3', sum: 6});
    assert.equal((await record.end()).code, 1000);
  });

  it('is ponged', async () => {
    const echo = await talk('/v1/rooms/attic:echo');
    const pong = once(echo.socket, 'pong');
    echo.socket.ping('are you there');
    const [data] = await within(pong, 'the pong');
    assert.equal(data.toString(), 'are you there');
    echo.socket.close();
    await echo.end();
  });

  it('cancels the call by vanishing', async () => {
    const {callsCancelled} = await stage.counts();
    const join = await talk('/v1/rooms/cellar:join');
    join.say({text: 'hello'});
    await join.hear();
    join.socket.terminate();
    await stage.untilCounts((counts) => counts.callsCancelled > callsCancelled, 'a cancelled call');
  });

  it('leaves nothing behind when it closes', async () => {
    const before = await stage.counts();
    const echo = await talk('/v1/rooms/attic:echo');
    echo.say({text: 'hello'});
    await echo.hear();
    echo.socket.close(1000);
    await echo.end();
    const ended = await stage.untilCounts((counts) => counts.callsEnded > before.callsEnded, 'the end of the call');
    assert.equal(ended.callsBegun, before.callsBegun + 1);
  });

  it('comes from a page that may', async () => {
    const echo = await talk('/v1/rooms/attic:echo', {origin: kOrigin});
    echo.say({text: '/end'});
    assert.equal((await echo.end()).code, 1000);
  });

  it('comes from a page that may not', async () => {
    const {callsBegun} = await stage.counts();
    const {status, body} = await new Talk(`${base}/v1/rooms/attic:echo`, {origin: 'https://elsewhere.example'}).refused();
    assert.equal(status, 403, body);
    assert.equal(JSON.parse(body).code, 7);
    assert.equal((await stage.counts()).callsBegun, callsBegun, 'the backend was asked');
  });

  it('finds nothing where nothing is', async () => {
    const {status, body} = await new Talk(`${base}/v1/nowhere`).refused();
    assert.equal(status, 404, body);
    assert.equal(JSON.parse(body).code, 5);
  });
});
