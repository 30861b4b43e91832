'use strict';
const assert = require('node:assert/strict');
const path = require('node:path');
const {after, before, describe, it} = require('node:test');
const {chromium} = require('playwright-core');
const {Program, Stage, kPatience, makeFolder, within} = require('./harness.js');

const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

// A page that tells what its scripts complain of.
async function openPage(browser, url) {
  const page = await browser.newPage({ignoreHTTPSErrors: true});
  page.setDefaultTimeout(kPatience);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  await page.goto(url);
  return page;
}

// Its page server, on a port of its own: another origin than any other.
async function servePage(folder) {
  const server = new Program(process.execPath, [path.join(process.env.SOURCE_DIR, 'examples/streams/page_server.js'), folder, '0'], {lasting: true});
  const [, origin] = await server.shows(/(https:\/\/127\.0\.0\.1:\d+)\//);
  return {server, origin};
}

describe('chromium', () => {
  let stage;
  let browser;
  let known;
  let foreign;
  before(async () => {
    const folder = await makeFolder();
    known = await servePage(folder);
    foreign = await servePage(folder);
    stage = await Stage.open({folder, origins: [known.origin], more: 'compression: {}'});
    browser = await chromium.launch({
      executablePath: kChromium,
      timeout: 4 * kPatience,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--ignore-certificate-errors'],  // as root, without a screen, in a small machine
    });
  });
  after(async () => {
    await browser?.close();
    await Promise.all([known?.server.stop(), foreign?.server.stop()]);
    await stage?.close();
  });
  const address = (origin) => `${origin}/?api=${stage.https}`;

  describe('the page of examples/streams', () => {
    let page;
    before(async () => { page = await openPage(browser, address(known.origin)); });
    after(async () => {
      assert.deepEqual(page.complaints, []);
      await page.close();
    });
    const state = (section, pattern) => page.locator(`#${section} .state`).filter({hasText: pattern}).waitFor();

    it('speaks HTTP/2 to the gateway', async () => {
      const devtools = await page.context().newCDPSession(page);  // scripts are not told by which protocol another origin answers
      await devtools.send('Network.enable');
      const seen = new Promise((resolve) => {
        devtools.on('Network.responseReceived', ({response}) => { if (response.url === `${stage.https}/v1/prices/FIGS`) resolve(response.protocol); });
      });
      await page.evaluate((api) => fetch(`${api}/v1/prices/FIGS`).then((response) => response.text()), stage.https);
      assert.equal(await within(seen, 'the response'), 'h2');
      await devtools.detach();
    });

    it('shows prices that come as events, and stops them', async () => {
      await page.locator('#FIGS polyline[points*=" "]').waitFor({state: 'attached'});  // two points at least
      await page.locator('#SAFFRON b').filter({hasText: /^\d+\.\d\d$/}).waitFor();
      const {callsCancelled} = await stage.counts();
      await page.click('#pause');
      await stage.untilCounts((counts) => counts.callsCancelled >= callsCancelled + 3, 'the end of three calls');
      await page.click('#pause');
      await state('prices', 'open');
    });

    it('reads lines by fetch', async () => {
      await page.fill('#ledger [name=count]', '5000');
      await page.click('#ledger button');
      await state('ledger', /^5000 lines/);
      assert.match(await page.locator('#ledger .tail').innerText(), /"sequence":"5000"/);
    });

    it('talks in the room over a WebSocket', async () => {
      await state('room', 'in the room');
      const other = await openPage(browser, address(known.origin));
      await other.fill('#room [name=author]', 'Bob');
      await other.fill('#room [name=text]', 'good morning');
      await other.click('#room button');
      await page.locator('#room li').filter({hasText: 'Bob' + 'good morning'}).waitFor();
      await other.close();
      await page.fill('#room [name=text]', '/fail 5');
      await page.click('#room button');
      await state('room', 'left: 4005 failed as asked');
    });
  });

  describe('scripts of a page that may call', () => {
    let page;
    before(async () => { page = await openPage(browser, `${known.origin}/page.css`); });  // nothing of the page's own runs
    after(() => page.close());

    it('may send what needs a preflight', async () => {
      const answer = await page.evaluate(async (api) => {
        const response = await fetch(`${api}/v1/sensors/cellar/readings`, {
          method: 'POST', headers: {'content-type': 'application/x-ndjson', 'x-request-id': 'from-a-page'}, body: '{"value": 1}\n{"value": 2}\n',
        });
        return {status: response.status, id: response.headers.get('x-request-id'), body: await response.json()};
      }, stage.https);
      assert.deepEqual(answer, {status: 200, id: 'from-a-page', body: {sensor: 'cellar', count: '2', sum: 3}});
    });

    it('may stream a request', async () => {  // of chromium, only over HTTP/2
      const body = await page.evaluate(async (api) => {
        const lines = new ReadableStream({
          start(controller) {
            for (const value of [1, 2, 3]) controller.enqueue(new TextEncoder().encode(`{"value": ${value}}\n`));
            controller.close();
          },
        });
        const response = await fetch(`${api}/v1/sensors/cellar/readings`, {method: 'POST', headers: {'content-type': 'application/x-ndjson'}, body: lines, duplex: 'half'});
        return response.json();
      }, stage.https);
      assert.deepEqual(body, {sensor: 'cellar', count: '3', sum: 6});
    });

    it('may read an error', async () => {
      const answer = await page.evaluate(async (api) => {
        const response = await fetch(`${api}/v1/prices/FIGS:watch?failAtOnce=true&failCode=5`);
        return {status: response.status, message: (await response.json()).message};
      }, stage.https);
      assert.deepEqual(answer, {status: 404, message: 'failed as asked'});
    });

    it('sees that a stream was cut off', async () => {
      const outcome = await page.evaluate(
          // Where head and reset come in one packet, it is fetch that fails.
          (api) => fetch(`${api}/v1/prices/FIGS:watch?failAfter=2&failCode=14`, {headers: {accept: 'application/json'}})
                       .then((response) => response.text())
                       .then(() => 'whole', (error) => error.name),
          stage.https);
      assert.equal(outcome, 'TypeError');
    });

    it('cancels a call by aborting its fetch', async () => {
      const {callsCancelled} = await stage.counts();
      await page.evaluate(async (api) => {
        const abort = new AbortController();
        const response = await fetch(`${api}/v1/prices/FIGS:watch?interval=0.01s`, {signal: abort.signal});
        await response.body.getReader().read();
        abort.abort();
      }, stage.https);
      await stage.untilCounts((counts) => counts.callsCancelled > callsCancelled, 'a cancelled call');
    });

    it('hears the end of an EventSource, which does not come back', async () => {
      const {callsBegun} = await stage.counts();
      const heard = await within(page.evaluate((api) => new Promise((resolve) => {
        const sequences = [];
        const source = new EventSource(`${api}/v1/prices/FIGS:watch?count=3`);
        source.onmessage = (event) => sequences.push(JSON.parse(event.data).sequence);
        source.addEventListener('end', () => {
          source.close();
          resolve(sequences);
        });
      }), stage.https), 'the end');
      assert.deepEqual(heard, ['1', '2', '3']);
      assert.equal((await stage.counts()).callsBegun, callsBegun + 1);
    });
  });

  describe('scripts of a page that may not call', () => {
    let page;
    before(async () => { page = await openPage(browser, `${foreign.origin}/page.css`); });
    after(() => page.close());

    it('cannot read an answer', async () => {
      const outcome = await page.evaluate((api) => fetch(`${api}/v1/prices/FIGS`).then(() => 'read', (error) => error.name), stage.https);
      assert.equal(outcome, 'TypeError');
    });

    it('cannot send what needs a preflight', async () => {
      const {callsBegun} = await stage.counts();
      const outcome = await page.evaluate((api) => fetch(`${api}/v1/files/page`, {method: 'PUT', body: 'text'}).then(() => 'sent', (error) => error.name), stage.https);
      assert.equal(outcome, 'TypeError');
      assert.equal((await stage.counts()).callsBegun, callsBegun, 'the backend was asked');
    });

    it('cannot open an EventSource or a WebSocket', async () => {
      const {callsBegun} = await stage.counts();
      const outcomes = await within(page.evaluate((api) => Promise.all([
        new Promise((resolve) => {
          const socket = new WebSocket(`${api.replace('http', 'ws')}/v1/rooms/hall:join`, 'dragoman.json');
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        }),
        new Promise((resolve) => {
          const source = new EventSource(`${api}/v1/prices/FIGS:watch?failAtOnce=true&failCode=5`);
          source.onopen = () => resolve('open');
          source.onerror = () => {
            source.close();
            resolve('refused');
          };
        }),
      ]), stage.https), 'both refusals');
      assert.deepEqual(outcomes, ['refused', 'refused']);
      assert.ok((await stage.counts()).callsBegun <= callsBegun + 1, 'the WebSocket reached the backend');  // an EventSource needs no preflight
    });
  });
});
