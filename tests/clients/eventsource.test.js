'use strict';
const assert = require('node:assert/strict');
const {after, before, describe, it} = require('node:test');
const {EventSource} = require('eventsource');
const {Stage, within} = require('./harness.js');

// What comes of a source until its end: {messages, end: 'end' | 'failed' | 'refused', error}. `end` and a failure close it, as a page's script would.
function listen(url) {
  const source = new EventSource(url);
  const messages = [];
  source.onmessage = (event) => messages.push(JSON.parse(event.data));
  return within(new Promise((resolve) => {
    const close = (end, error) => {
      source.close();
      resolve({messages, end, error});
    };
    source.addEventListener('end', () => close('end'));
    source.addEventListener('error', (event) => {
      if (event.data) close('failed', JSON.parse(event.data));
      else close('refused', event.code);
    });
  }), 'the end of the events');
}

describe('eventsource', () => {
  let stage;
  before(async () => { stage = await Stage.open(); });
  after(() => stage.close());

  it('hears every price and the end, and does not come back', async () => {
    const {callsBegun} = await stage.counts();
    const {messages, end} = await listen(`${stage.http}/v1/prices/FIGS:watch?count=50`);
    assert.equal(end, 'end');
    assert.deepEqual(messages.map((price) => price.sequence), Array.from({length: 50}, (_, i) => String(i + 1)));
    assert.equal((await stage.counts()).callsBegun, callsBegun + 1, 'the call was made again');
  });

  it('hears prices as they come', async () => {
    const {callsCancelled} = await stage.counts();
    const source = new EventSource(`${stage.http}/v1/prices/FIGS:watch?interval=0.01s`);
    await within(new Promise((resolve) => {
      source.onmessage = (event) => { if (JSON.parse(event.data).sequence === '3') resolve(); };
    }), 'the third price');
    source.close();
    await stage.untilCounts((counts) => counts.callsCancelled > callsCancelled, 'a cancelled call');
  });

  it('hears that the call has failed', async () => {
    const {messages, end, error} = await listen(`${stage.http}/v1/prices/FIGS:watch?failAfter=2&failCode=14`);
    assert.equal(messages.length, 2);
    assert.equal(end, 'failed');
    assert.equal(error.code, 14);
    assert.equal(error.message, 'failed as asked');
  });

  it('is refused with a status', async () => {
    const {messages, end, error} = await listen(`${stage.http}/v1/prices/FIGS:watch?failAtOnce=true&failCode=5`);
    assert.deepEqual({messages, end, error}, {messages: [], end: 'refused', error: 404});
  });
});
