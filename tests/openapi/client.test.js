// A TypeScript client of the shop whose types openapi-typescript makes of its document, compiled with --strict, against the real binary.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const test = require('node:test');
const {execFile} = require('node:child_process');
const {promisify} = require('node:util');
const {Program} = require('../clients/harness.js');
const {documentOf, inFolder} = require('./documents.js');

// Compilers are no quick programs where all else runs too.
const compile = (...command) => promisify(execFile)(process.execPath, command, {timeout: 240_000, maxBuffer: 64 << 20});

test('a generated TypeScript client calls the shop', async () => {
  await inFolder(async (folder) => {
    const modules = process.env.NODE_PATH;
    fs.symlinkSync(modules, path.join(folder, 'node_modules'));
    const backend = new Program(process.env.SHOP_BACKEND, ['--listen', '127.0.0.1:0']);
    const [, address] = await backend.shows(/^listening on (.*)$/m);
    const config = path.join(folder, 'd.yaml');
    fs.writeFileSync(config, `listeners: [{address: "127.0.0.1:0"}]\ndescriptors: [{file: ${path.join(path.dirname(process.env.SHOP_BACKEND), 'shop.pb')}}]\n` +
      `backends: {shop: {endpoints: ["${address}"]}}\nservices: [{name: "shop.v1.*", backend: shop}]\n`);
    fs.writeFileSync(path.join(folder, 'shop.json'), JSON.stringify(await documentOf(['--config', config])));

    await compile(path.join(modules, 'openapi-typescript/bin/cli.js'), path.join(folder, 'shop.json'), '-o', path.join(folder, 'shop.d.ts'));
    fs.copyFileSync(path.join(process.env.SOURCE_DIR, 'tests/openapi/client.ts'), path.join(folder, 'client.ts'));
    fs.writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({
      compilerOptions: {strict: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'], types: []}, files: ['client.ts']}));
    await compile(path.join(modules, 'typescript/bin/tsc'), '--project', folder).catch((error) => assert.fail(error.stdout));

    const gateway = new Program(process.env.DRAGOMAN, ['serve', '--config', config]);
    const [, url] = await gateway.shows(/^listening on (http:.*)$/m);
    try {
      const {callTheShop} = await import(pathToFileURL(path.join(folder, 'client.js')));
      assert.deepEqual(await callTheShop(url), ['get', 'list', 'create', 'update', 'tags', 'error', 'delete']);
    } finally {
      assert.equal(await gateway.stop(), 0, gateway.err);
      await backend.stop();
    }
  });
});
