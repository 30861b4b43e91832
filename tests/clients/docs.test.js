// The page that shows the API, in chromium, on the gateway that serves it. Screenshots stay in the folder that SCREENSHOTS names.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {after, before, describe, it} = require('node:test');
const {chromium} = require('playwright-core');
const {Program, kPatience, makeFolder} = require('./harness.js');

const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const kWide = {width: 1440, height: 900};
const kKey = 'dgm_protected-demo-gold-3Vb8kq0ZpT7xYw2Nf5Rj1L';  // of examples/protected

// An example as its folder has it, on free ports, without Redis, and with a description of itself.
class Example {
  static async start(name, program, openapi) {
    const example = new Example();
    example.folder = await makeFolder();
    example.backend = new Program(program, ['--listen', '127.0.0.1:0'], {lasting: true});
    const [, address] = await example.backend.shows(/^listening on (.*)$/m);
    for (const file of fs.readdirSync(path.dirname(program))) {
      if (file.endsWith('.pb')) fs.copyFileSync(path.join(path.dirname(program), file), path.join(example.folder, file));
    }
    const text = fs.readFileSync(path.join(process.env.SOURCE_DIR, 'examples', name, 'dragoman.yaml'), 'utf8')
                     .replace(/127\.0\.0\.1:500[56]1/, address)
                     .replace(/127\.0\.0\.1:(8080|8443|9901)/g, '127.0.0.1:0')
                     .replace(/^(store|openapi): .*$/gm, '');
    const config = path.join(example.folder, 'dragoman.yaml');
    fs.writeFileSync(config, `${text}\nopenapi: ${openapi}\n`);
    example.gateway = new Program(process.env.DRAGOMAN, ['serve', '--config', config], {lasting: true});
    [, example.docs] = await example.gateway.shows(/^docs: (.*)$/m);
    example.origin = new URL(example.docs).origin;
    return example;
  }
  async stop() {
    assert.equal(await this.gateway?.stop(), 0, this.gateway?.err);
    await this.backend?.stop();
    fs.rmSync(this.folder, {recursive: true, force: true});
  }
}

describe('the page of the API', () => {
  let browser;
  before(async () => {
    fs.mkdirSync(process.env.SCREENSHOTS, {recursive: true});
    console.log(`screenshots: ${process.env.SCREENSHOTS}`);
    browser = await chromium.launch({executablePath: kChromium, timeout: 4 * kPatience, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']});
  });
  after(() => browser?.close());

  // A page that notes what its scripts complain of, what the policy has kept from it, and what it asks of others.
  async function open(example, options = {}) {
    const context = await browser.newContext({viewport: kWide, reducedMotion: 'reduce', ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(kPatience);
    page.complaints = [];
    page.refused = [];  // answers that are no success, which chromium complains of, too
    page.on('pageerror', (error) => page.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error' && !/Content.Security.Policy/i.test(message.text())) return;
      if (!/^Failed to load resource: the server responded with a status of/.test(message.text())) page.complaints.push(message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${example.origin}/`) && !url.startsWith('data:') && !url.startsWith('blob:')) page.complaints.push(`asks for ${url}`);
    });
    page.on('response', (response) => { if (response.status() >= 400) page.refused.push(`${response.status()} ${new URL(response.url()).pathname}`); });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    await page.goto(example.docs, {timeout: 4 * kPatience});  // the bundle is 5 MB of script
    await page.locator('.gate').waitFor();
    await page.locator('aside, nav').getByText('Introduction').first().waitFor({state: 'attached'});
    return page;
  }
  const shoot = (page, name) => page.screenshot({path: path.join(process.env.SCREENSHOTS, `${name}.png`)});
  async function close(page, refused = []) {
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(page.refused, refused);
    await page.context().close();
  }
  const visible = (page, selector, hasText) => page.locator(selector, {hasText}).locator('visible=true').first();
  const tester = (page, operation) => page.locator('button').filter({hasText: `(${operation})`}).first();
  // By the navigation to an operation, which is there once one may test it.
  async function visit(page, name, operation) {
    await visible(page, 'aside a, nav a', name).click();
    await tester(page, operation).waitFor();
  }
  // The client for an operation whose one variable has the value.
  async function tryIt(page, operation, value) {
    await tester(page, operation).click();
    const client = page.getByRole('dialog');
    const variable = client.locator('tr, [role=row]').filter({hasText: 'Required'}).locator('[contenteditable=true]').last();
    await variable.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(value);
    return client;
  }
  async function send(client, status, text) {
    await client.getByRole('button', {name: /^Send/}).first().click();
    await client.getByText(status).waitFor();
    await client.getByText(text, {exact: true}).first().waitFor();
  }

  describe('of the shop', () => {
    let shop;
    before(async () => { shop = await Example.start('shop', process.env.SHOP_BACKEND, '{title: The Shop, description: "Everything that is for sale, and who has bought it."}'); });
    after(() => shop?.stop());

    it('loads from the gateway alone, and shows the services', async () => {
      const page = await open(shop);
      assert.equal(await page.title(), 'The Shop');
      await page.getByRole('heading', {name: 'The Shop'}).waitFor();
      await page.getByText('Everything that is for sale').waitFor();
      for (const service of ['Catalog', 'Orders', 'Users']) await page.locator('button, a', {hasText: service}).first().waitFor();
      await shoot(page, 'shop-light');
      await close(page);
    });

    it('leads to an operation, tries it, and shows the reply of the backend', async () => {
      const page = await open(shop);
      await visit(page, 'Get item', 'get /v1/items/{id}');
      await page.waitForURL(/#/);
      await shoot(page, 'shop-operation');
      const client = await tryIt(page, 'get /v1/items/{id}', 'grinder');
      await send(client, '200 OK', '"Grinder"');
      await shoot(page, 'shop-try');
      await close(page);
    });

    it('is dark where the reader likes it dark', async () => {
      const page = await open(shop, {colorScheme: 'dark'});
      await page.locator('body.dark-mode').waitFor();
      const [red, green, blue] = await page.locator('.gate').evaluate((gate) => getComputedStyle(gate).backgroundColor.match(/\d+/g).map(Number));
      assert.ok(red + green + blue < 150, `${red} ${green} ${blue}`);
      await shoot(page, 'shop-dark');
      await visit(page, 'Get item', 'get /v1/items/{id}');
      await shoot(page, 'shop-dark-operation');
      await close(page);
    });

    it('fits a phone', async () => {
      const page = await open(shop, {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true});
      await page.getByRole('heading', {name: 'The Shop'}).waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it is wider than the screen');
      await shoot(page, 'shop-phone');
      await page.getByRole('button', {name: /menu/i}).first().click();
      await visible(page, 'button', 'Orders').waitFor();
      await shoot(page, 'shop-phone-menu');
      await close(page);
    });
  });

  describe('of the protected shop', () => {
    let shop;
    before(async () => { shop = await Example.start('protected', process.env.SHOP_BACKEND, '{title: The Shop}'); });
    after(() => shop?.stop());

    it('shows a refusal without a key, and the reply with one', async () => {
      const page = await open(shop);
      await visit(page, 'Get item', 'get /v1/items/{id}');
      await shoot(page, 'protected-operation');
      const client = await tryIt(page, 'get /v1/items/{id}', 'grinder');
      await send(client, '401 Unauthorized', '"UNAUTHENTICATED"');
      await shoot(page, 'protected-refused');
      await client.locator('.scalar-password-input, [contenteditable=true].scalar-password-input').first().fill(kKey);
      await send(client, '200 OK', '"Grinder"');
      await shoot(page, 'protected-try');
      await close(page, ['401 /v1/items/grinder']);
    });

    it('forgets the key with the page', async () => {
      const page = await open(shop);
      await page.locator('.scalar-password-input').first().fill(kKey);
      await page.locator('.scalar-password-input').first().blur();
      await page.reload({timeout: 4 * kPatience});
      await page.locator('.scalar-password-input').first().waitFor();
      assert.equal(await page.locator('.scalar-password-input').first().inputValue(), '');
      assert.equal(await page.evaluate((key) => JSON.stringify({...localStorage, ...sessionStorage}).includes(key), kKey), false);
      await close(page);
    });
  });

  describe('of the streams', () => {
    let streams;
    before(async () => { streams = await Example.start('streams', process.env.STREAMS_BACKEND, '{title: Streams}'); });
    after(() => streams?.stop());

    it('shows an operation that streams', async () => {
      const page = await open(streams);
      await visit(page, 'Watch', 'get /v1/prices/{symbol}:watch');
      await shoot(page, 'streams-operation');
      await close(page);
    });
  });
});
