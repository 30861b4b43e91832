// The document of all of Google's published APIs: 13 000 methods. A test of scale: it is bounded, and it is a document. APIS: the folder of what tests/google_apis makes.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const {Program} = require('../clients/harness.js');
const {assertCoherent, inFolder, operationsOf} = require('./documents.js');

const kMostBytes = 2 * 2 ** 30;  // of memory, all of it: a generation of these takes half a gigabyte

// The most memory that the process has had so far; 0 once it is gone.
function peakBytes(pid) {
  try {
    return Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

test('the document of all APIs is made in bounded memory, and holds together', async () => {
  await inFolder(async (folder) => {
    const config = path.join(folder, 'dragoman.yaml');
    const output = path.join(folder, 'openapi.json');
    fs.writeFileSync(config, fs.readFileSync(path.join(process.env.APIS, 'clash_free.yaml'), 'utf8').replace('google_apis.pb', path.join(process.env.APIS, 'google_apis.pb')));
    const program = new Program(process.env.DRAGOMAN, ['openapi', '--config', config, '--output', output]);
    let peak = 0;
    const watch = setInterval(() => { peak = Math.max(peak, peakBytes(program.process.pid)); }, 50);
    assert.equal(await program.ended, 0, program.err);
    clearInterval(watch);
    assert.ok(peak < kMostBytes, `${peak >> 20} MiB of memory`);
    assert.ok(fs.statSync(output).size < 256 * 2 ** 20, `${fs.statSync(output).size >> 20} MiB of text`);
    const document = JSON.parse(fs.readFileSync(output, 'utf8'));
    assertCoherent(document, 'all APIs');
    assert.ok(operationsOf(document).length > 12_000, `${operationsOf(document).length} operations`);
  });
});
