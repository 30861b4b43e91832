'use strict';
const assert = require('node:assert/strict');
const {after, before, describe, it} = require('node:test');
const {Stage, run} = require('./harness.js');

describe('h2load', () => {
  let stage;
  before(async () => { stage = await Stage.open(); });
  after(() => stage.close());

  const bursts = [
    {name: 'small replies, HTTP/2 with prior knowledge', base: () => stage.http, protocol: 'h2c', path: '/v1/prices/FIGS', requests: 3000},
    {name: 'small replies, HTTP/2 by TLS', base: () => stage.https, protocol: 'h2', path: '/v1/prices/FIGS', requests: 3000},
    {name: 'small replies, HTTP/1.1', base: () => stage.http, flags: ['--h1'], protocol: 'http/1.1', path: '/v1/prices/FIGS', requests: 1000},
    {name: 'streams', base: () => stage.http, protocol: 'h2c', path: '/v1/prices/FIGS:watch?count=50', requests: 300},
    {name: 'streams through small windows', base: () => stage.http, flags: ['-w', '10', '-W', '14'], protocol: 'h2c', path: '/v1/prices/FIGS:watch?count=50', requests: 300},
  ];
  for (const {name, base, flags = [], protocol, path, requests} of bursts) {
    it(name, async () => {
      const streams = protocol === 'http/1.1' ? 1 : 16;
      const {code, out, err} = await run('h2load', [`-n${requests}`, '-c10', `-m${streams}`, ...flags, base() + path]);
      assert.equal(code, 0, err);
      assert.match(out, new RegExp(`^Application protocol: ${protocol}$`, 'm'));
      assert.match(out, new RegExp(`^requests: ${requests} total, ${requests} started, ${requests} done, ${requests} succeeded, 0 failed, 0 errored, 0 timeout$`, 'm'));
      assert.match(out, new RegExp(`^status codes: ${requests} 2xx, 0 3xx, 0 4xx, 0 5xx$`, 'm'));
    });
  }
});
