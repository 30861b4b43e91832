// What the tests of whole documents stand on: programs, documents of configurations, validators.
//
// The environment names the programs (CMakeLists.txt sets it): DRAGOMAN, SHOP_BACKEND, STREAMS_BACKEND (their descriptors lie beside them), SOURCE_DIR.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const Ajv2020 = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const {run} = require('../clients/harness.js');

// Calls `use` with a folder that is gone afterwards.
async function inFolder(use) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dragoman-openapi-'));
  try {
    return await use(folder);
  } finally {
    fs.rmSync(folder, {recursive: true, force: true});
  }
}

// The document that the command writes, parsed.
async function documentOf(flags) {
  const {code, out, err} = await run(process.env.DRAGOMAN, ['openapi', ...flags]);
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

// By the schema that the OpenAPI Initiative publishes.
async function assertValid(document, what) {
  const {Validator} = await import(pathToFileURL(path.join(process.env.NODE_PATH, '@seriousme/openapi-schema-validator/index.js')));  // NODE_PATH is for require alone
  const result = await new Validator({strict: false}).validate(structuredClone(document));
  assert.ok(result.valid, `${what}: ${JSON.stringify(result.errors, null, 1)}`);
  assertCoherent(document, what);
  const ajv = ajvOf(document);
  for (const name of Object.keys(document.components.schemas)) {
    ajv.getSchema(`document#/components/schemas/${escaped(name)}`);  // throws where it is no JSON Schema
  }
  for (const {where, operation} of operationsOf(document)) {
    for (const [type, {schema, example}] of Object.entries(operation.requestBody?.content ?? {})) {
      if (example !== undefined) assert.equal(mismatch(document, schema, example), '', `${what}: ${where}: the example of ${type}`);
    }
  }
}

// What the Initiative's schema cannot say.
function assertCoherent(document, what) {
  const operations = operationsOf(document);
  const ids = operations.map(({operation}) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length, `${what}: operationIds stand once`);
  const shapes = Object.keys(document.paths).map((text) => text.replace(/\{[^}]*\}/g, '{}'));
  assert.equal(new Set(shapes).size, shapes.length, `${what}: no two paths have the same shape`);
  for (const {where, path: text, operation} of operations) {
    const inPath = (operation.parameters ?? []).filter((each) => each.in === 'path').map((each) => each.name);
    assert.deepEqual(inPath, [...text.matchAll(/\{([^}]*)\}/g)].map((match) => match[1]), `${what}: ${where} declares its path's parameters`);
    const all = (operation.parameters ?? []).map((each) => `${each.in} ${each.name}`);
    assert.equal(new Set(all).size, all.length, `${what}: ${where} has each parameter once`);
  }
  const seen = new Set();
  const walk = (value) => {
    if (typeof value !== 'object' || value === null) return;
    const to = value.$ref;
    if (typeof to === 'string' && !seen.has(to)) {
      seen.add(to);
      const parts = to.slice(2).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
      assert.ok(to.startsWith('#/') && parts.reduce((at, part) => at?.[part], document) !== undefined, `${what}: ${to} leads nowhere`);
    }
    for (const member of Object.values(value)) walk(member);
  };
  walk(document);
}

const kMembers = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

// All operations: {where: "GET /v1/items", path, member, operation}.
function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([text, item]) => [
    ...kMembers.filter((member) => item[member]).map((member) => ({where: `${member.toUpperCase()} ${text}`, path: text, member, operation: item[member]})),
    ...Object.entries(item['x-additionalOperations'] ?? {}).map(([method, operation]) => ({where: `${method} ${text}`, path: text, operation}))]);
}

const escaped = (name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));

// An Ajv that knows the document as "document".
function ajvOf(document) {
  const ajv = new Ajv2020({strict: true, strictSchema: false, allErrors: true, validateFormats: true});
  addFormats(ajv);
  for (const format of ['int32', 'int64', 'uint32', 'uint64', 'float', 'double', 'binary']) ajv.addFormat(format, true);
  ajv.addSchema({$id: 'document', components: {schemas: document.components.schemas}});
  return ajv;
}

// Why `value` is none of `schema`, whose references are the document's; empty if it is.
function mismatch(document, schema, value) {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/'));
  const ajv = ajvOf(document);
  return ajv.validate(absolute, value) ? '' : ajv.errorsText();
}

module.exports = {assertCoherent, assertValid, documentOf, inFolder, mismatch, operationsOf};
