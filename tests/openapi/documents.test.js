// The documents of the examples, by the rules of OpenAPI and JSON Schema; and what the running shop sends, by its own document.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const {Program} = require('../clients/harness.js');
const {assertValid, documentOf, inFolder, mismatch, operationsOf} = require('./documents.js');

const descriptors = {
  shop: path.join(path.dirname(process.env.SHOP_BACKEND), 'shop.pb'),
  streams: path.join(path.dirname(process.env.STREAMS_BACKEND), 'streams.pb'),
};

// The example's own configuration, whose descriptors lie beside it in the build folder.
async function documentOfExample(name) {
  return inFolder(async (folder) => {
    const text = fs.readFileSync(path.join(process.env.SOURCE_DIR, 'examples', name, 'dragoman.yaml'), 'utf8');
    fs.writeFileSync(path.join(folder, 'dragoman.yaml'), text.replace(/tls: \{certificates:.*\}\n/, 'proxy_protocol: false\n'));
    for (const file of Object.values(descriptors)) fs.copyFileSync(file, path.join(folder, path.basename(file)));
    return documentOf(['--config', path.join(folder, 'dragoman.yaml')]);
  });
}

for (const name of ['shop', 'protected', 'home', 'checkout', 'streams']) {
  test(`the document of ${name} is valid`, async () => {
    const document = await documentOfExample(name);
    await assertValid(document, name);
    assert.ok(operationsOf(document).length > 3);
  });
}

test('documents are valid whatever is configured', async () => {
  for (const more of ['json: {emit_defaults: false, preserve_proto_names: true, enums_as_integers: true, int64_as_numbers: true}', 'errors: {format: aip193}',
    'errors: {format: problem}', 'policies: [{methods: ["shop.v1.Catalog/GetItem"], json: {preserve_proto_names: true, fields_parameter: fields}}]',
    'authentication: {api_keys: {in: [{header: x-api-key}, {query: key}]}, basic: {}}\npolicies: [{methods: ["*"], authenticate: {all: [api_key, basic]}}]',
    'openapi: {title: "The \\"shop\\"", servers: ["https://shop.example"]}']) {
    await inFolder(async (folder) => {
      const config = path.join(folder, 'd.yaml');
      fs.writeFileSync(config, `descriptors: [{file: ${descriptors.shop}}]\nbackends: {shop: {endpoints: ["127.0.0.1:1"]}}\nservices: [{name: "*", backend: shop, expose: all}]\n${more}\n`);
      await assertValid(await documentOf(['--config', config]), more);
    });
  }
});

// A request for each operation that reads, and some that write.
const kRequests = [
  ['GET', '/v1/items/{id}', '/v1/items/grinder'],
  ['GET', '/v1/shelves/{shelvesId}/items/{itemsId}', '/v1/shelves/equipment/items/grinder'],
  ['GET', '/v1/items', '/v1/items?pageSize=50'],
  ['GET', '/v1/items:batchGet', '/v1/items:batchGet?ids=grinder&ids=green-tea'],
  ['GET', '/v1/items/{id}/tags', '/v1/items/grinder/tags'],
  ['GET', '/v1/items/{id}/price', '/v1/items/grinder/price?quantity=3'],
  ['PUT', '/v1/items/{id}/tags', '/v1/items/grinder/tags', ['a', 'b']],
  ['PUT', '/v1/items/{id}/stock', '/v1/items/grinder/stock', '9007199254740993'],
  ['PUT', '/v1/items/{id}/attributes', '/v1/items/grinder/attributes', {a: 'b'}],
  ['GET', '/v1/ads', '/v1/ads?count=1'],
  ['GET', '/v1/items/{id}', '/v1/items/nothing', undefined, 404],
  ['GET', '/v1/items', '/v1/items?pageSize=many', undefined, 400],
];

for (const json of ['{}', '{emit_defaults: false, preserve_proto_names: true, enums_as_integers: true, int64_as_numbers: true}']) {
  for (const errors of json === '{}' ? ['status', 'aip193', 'problem'] : ['status']) {
    test(`what the shop sends is what its document says: json ${json}, errors ${errors}`, async () => {
      await inFolder(async (folder) => {
        const backend = new Program(process.env.SHOP_BACKEND, ['--listen', '127.0.0.1:0']);
        const [, address] = await backend.shows(/^listening on (.*)$/m);
        const config = path.join(folder, 'd.yaml');
        fs.writeFileSync(config, `listeners: [{address: "127.0.0.1:0"}]\ndescriptors: [{file: ${descriptors.shop}}]\nbackends: {shop: {endpoints: ["${address}"]}}\n` +
          `services: [{name: "shop.v1.*", backend: shop}]\njson: ${json}\nerrors: {format: ${errors}}\n`);
        const document = await documentOf(['--config', config]);
        const gateway = new Program(process.env.DRAGOMAN, ['serve', '--config', config]);
        const [, url] = await gateway.shows(/^listening on (http:.*)$/m);
        try {
          for (const [method, template, target, body, status = 200] of kRequests) {
            const operation = document.paths[template]?.[method.toLowerCase()];
            assert.ok(operation, `${method} ${template} is in the document`);
            const sent = {method};
            if (body !== undefined) {
              const schema = operation.requestBody.content['application/json'].schema;
              const value = json.includes('int64_as_numbers') && typeof body === 'string' ? 7 : body;
              assert.equal(mismatch(document, schema, value), '', `${method} ${target}: the request`);
              Object.assign(sent, {body: JSON.stringify(value), headers: {'content-type': 'application/json'}});
            }
            const response = await fetch(url + target, sent);
            const text = await response.text();
            assert.equal(response.status, status, text);
            const described = operation.responses[response.status] ?? operation.responses.default;
            const media = described.content[response.headers.get('content-type').split(';')[0]];
            assert.ok(media, `${method} ${target}: ${response.headers.get('content-type')} is described`);
            assert.equal(mismatch(document, media.schema, JSON.parse(text)), '', `${method} ${target}: ${text}`);
          }
        } finally {
          assert.equal(await gateway.stop(), 0, gateway.err);
          await backend.stop();
        }
      });
    });
  }
}
