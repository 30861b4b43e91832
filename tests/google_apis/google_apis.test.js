// The gateway before all of Google's published APIs. The environment names the program (DRAGOMAN) and the folder of what the build made (APIS).
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const http2 = require('node:http2');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, it} = require('node:test');
const protobuf = require('protobufjs');
const {Program, kPatience, within} = require('../clients/harness.js');
const {clashFree, clashesOf, readBindings} = require('./apis.js');

const set = path.join(process.env.APIS, 'google_apis.pb');
const bindings = readBindings(set);

function writeConfiguration(text) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dragoman-apis-'));
  fs.writeFileSync(path.join(folder, 'dragoman.yaml'), text.replace('google_apis.pb', set));
  return folder;
}

// What `check --format json` says: the groups of rules that clash, each as lines of "GET /v1/{name=a/*} of annotation of a.B.C (a.proto)", and all other problems.
function parseProblems(text) {
  const groups = [];
  const others = [];
  const lines = JSON.parse(text).problems.flatMap((each) => `${each.where}: ${each.message}`.split('\n'));
  for (const line of lines) {
    const pair = line.match(/^(annotation of \S+ \(\S+\)): (\S+ \S+) matches the same requests as (\S+ \S+ of annotation of .*)$/);
    const head = line.match(/^(annotation of \S+ \(\S+\)): (\S+ \S+) matches the same requests as \d+ other rules:$/);
    if (pair) groups.push([`${pair[2]} of ${pair[1]}`, pair[3]]);
    else if (head) groups.push([`${head[2]} of ${head[1]}`]);
    else if (line.startsWith('    ')) groups.at(-1).push(line.trim());
    else others.push(line);
  }
  return {groups: groups.map((group) => group.sort()).sort(), others};
}

describe('check', () => {
  let folder;
  let problems;
  before(async () => {
    folder = writeConfiguration('descriptors: [{file: google_apis.pb}]\nbackends: {apis: {endpoints: ["127.0.0.1:9"]}}\nservices: [{name: "*", backend: apis}]\n');
    const check = new Program(process.env.DRAGOMAN, ['check', '--config', path.join(folder, 'dragoman.yaml'), '--format', 'json']);
    assert.equal(await check.ended, 1, check.err);
    problems = parseProblems(check.out);
  });
  after(() => fs.rmSync(folder, {recursive: true, force: true}));

  it('names every rule of every clash, and no other', () => {
    const nameOf = (each) => `${each.httpMethod} ${each.path} of annotation of ${each.method} (${each.file})`;
    const expected = clashesOf(bindings).map((group) => group.map(nameOf).sort()).sort();
    assert.ok(expected.length > 300, `${expected.length} groups`);
    assert.deepEqual(problems.groups, expected);
  });

  it('names every template that http.proto does not allow, and nothing else', () => {
    const expected = bindings.filter((each) => each.unsupported).map((each) => `annotation of ${each.method} (${each.file})`);
    assert.ok(expected.length > 0);
    assert.deepEqual(problems.others.map((line) => line.slice(0, line.indexOf(': path template'))).sort(), expected.sort());
  });
});

// A gRPC backend that knows every method: it answers with `reply`, a message on the wire, tells in x-method which method it was, and keeps the last request.
class Backend {
  static async open() {
    const backend = new Backend();
    backend.reply = Buffer.alloc(0);
    backend.server = http2.createServer({settings: {maxConcurrentStreams: 1000}});
    backend.server.on('stream', (stream, headers) => {
      const parts = [];
      stream.on('error', () => {});  // of one that was given up
      stream.on('data', (bytes) => parts.push(bytes));
      stream.on('end', () => {
        backend.request = Buffer.concat(parts).subarray(5);
        stream.respond({':status': 200, 'content-type': 'application/grpc', 'x-method': headers[':path']}, {waitForTrailers: true});
        stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0'}));
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(backend.reply.length, 1);
        stream.end(Buffer.concat([prefix, backend.reply]));
      });
    });
    await new Promise((resolve) => backend.server.listen(0, '127.0.0.1', resolve));
    return backend;
  }
  get address() { return `127.0.0.1:${this.server.address().port}`; }
}

describe('the APIs that do not clash', () => {
  const served = clashFree(bindings);
  let backend;
  let folder;
  let gateway;
  let session;
  before(async () => {
    backend = await Backend.open();
    folder = writeConfiguration(fs.readFileSync(path.join(process.env.APIS, 'clash_free.yaml'), 'utf8').replace('127.0.0.1:9', backend.address));
    gateway = new Program(process.env.DRAGOMAN, ['serve', '--config', path.join(folder, 'dragoman.yaml')], {lasting: true});
    const [, url] = await gateway.shows(/^listening on (http:.*)$/m, 4 * kPatience);
    session = http2.connect(url);
  });
  after(async () => {
    session?.close();
    const code = await gateway?.stop();
    backend?.server.close();
    fs.rmSync(folder, {recursive: true, force: true});
    assert.equal(code, 0, gateway?.err);
  });

  const ask = (httpMethod, url, body = '') => within(new Promise((resolve, reject) => {
    const stream = session.request({':method': httpMethod, ':path': url, 'content-type': 'application/json'}, {endStream: body === ''});
    const answer = {text: ''};
    stream.on('response', (headers) => { answer.status = headers[':status']; answer.method = headers['x-method']; });
    stream.on('data', (bytes) => { answer.text += bytes; });
    stream.on('error', reject);
    stream.on('close', () => resolve(answer));
    if (body !== '') stream.end(body);
  }), `an answer to ${httpMethod} ${url}`);

  // "/v1/{name=a/*}/b/{c}" → "/v1/a/7/b/7". `**` takes more segments than any rule has without it.
  const exampleOf = (template) => template.replace(/\{[^=}]*\}/g, '*').replace(/\{[^=]*=([^}]*)\}/g, '$1')
      .replace(/\*\*/g, Array(20).fill('7').join('/')).replace(/\*/g, '7');

  it('are more than thirteen thousand rules', () => assert.ok(served.length > 13_000, `${served.length}`));

  it('are served, each rule by its method', async () => {
    const wrong = [];
    const left = served.values();
    const caller = async () => {
      for (const rule of left) {
        const url = exampleOf(rule.path);
        const hasBody = rule.httpMethod !== 'GET' && rule.httpMethod !== 'DELETE';
        const answer = await ask(rule.httpMethod, url, hasBody ? '{}' : '');
        if (answer.status !== 200 || answer.method !== rule.rpc) wrong.push({rule: `${rule.httpMethod} ${rule.path}`, rpc: rule.rpc, ...answer});
      }
    };
    await Promise.all(Array.from({length: 32}, caller));
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} wrong answers`);
  });

  describe('with messages', () => {
    const root = new protobuf.Root();
    const protos = path.join(process.env.APIS, 'node_modules/google-proto-files');
    root.resolvePath = (origin, target) => path.join(protos, path.relative(protos, path.resolve(protos, target)));
    const typeOf = (name) => root.lookupType(name);
    before(() => root.load(['google/pubsub/v1/pubsub.proto', 'google/longrunning/operations.proto', 'google/cloud/audit/audit_log.proto']));
    after(() => { backend.reply = Buffer.alloc(0); });

    it('take what the path says and give what the reply holds', async () => {
      const Topic = typeOf('google.pubsub.v1.Topic');
      backend.reply = Topic.encode({name: 'projects/p/topics/t', labels: {team: 'tea'}}).finish();
      const {status, text} = await ask('GET', '/v1/projects/p/topics/t');
      assert.equal(status, 200, text);
      assert.deepEqual(typeOf('google.pubsub.v1.GetTopicRequest').decode(backend.request).toJSON(), {topic: 'projects/p/topics/t'});
      const {name, labels} = JSON.parse(text);
      assert.deepEqual({name, labels}, {name: 'projects/p/topics/t', labels: {team: 'tea'}});
    });

    it('show in an Any a type that nobody has asked for before', async () => {
      const value = typeOf('google.cloud.audit.AuditLog').encode({authenticationInfo: {principalEmail: 'a@example.com'}}).finish();
      backend.reply = typeOf('google.longrunning.Operation').encode({done: true, response: {type_url: 'type.googleapis.com/google.cloud.audit.AuditLog', value}}).finish();
      const rule = served.find((each) => each.output === '.google.longrunning.Operation' && each.httpMethod === 'GET');
      const {status, text} = await ask('GET', exampleOf(rule.path));
      assert.equal(status, 200, text);
      const {response} = JSON.parse(text);
      assert.equal(response['@type'], 'type.googleapis.com/google.cloud.audit.AuditLog');
      assert.equal(response.authenticationInfo.principalEmail, 'a@example.com');
    });
  });
});
