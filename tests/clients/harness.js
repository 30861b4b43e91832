// What the tests of real clients stand on: programs as processes, a gateway in front of streams_backend, and waiting for what must come.
//
// The environment names the programs (CMakeLists.txt sets it): DRAGOMAN, STREAMS_BACKEND (streams.pb lies beside it), SOURCE_DIR.
'use strict';
const assert = require('node:assert/strict');
const {spawn, execFile} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {setTimeout: pass} = require('node:timers/promises');

const kPatience = 30_000;  // milliseconds that anything may take which should happen at once, on a busy machine and under sanitizers

// The promise's value; an error that names `what` if it does not come.
async function within(promise, what, patience = kPatience) {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, pass(patience, undefined, {signal: timer.signal}).then(() => {
      throw new Error(`${what} did not come within ${patience / 1000} s`);
    })]);
  } finally {
    timer.abort();
  }
}

// Asks again and again until `holds` is true of the answer, which it returns.
async function until(ask, holds, what) {
  const end = Date.now() + kPatience;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come; at last it was ${JSON.stringify(answer)}`);
  }
}

const running = new Set();

// A child process whose output is read line by line.
class Program {
  // `lasting`: it is stopped by whoever made it.
  constructor(command, args, {lasting = false, ...options} = {}) {
    this.name = path.basename(command);
    this.process = spawn(command, args, {stdio: ['pipe', 'pipe', 'pipe'], ...options});
    this.process.stdin.on('error', () => {});  // it may end before it has read everything
    this.out = '';
    this.err = '';
    this.more = [];
    if (!lasting) running.add(this);
    this.process.stdout.on('data', (bytes) => { this.out += bytes; this.wake(); });
    this.process.stderr.on('data', (bytes) => { this.err += bytes; });
    this.ended = new Promise((resolve) => {
      this.process.once('error', (error) => { this.err += error; this.over = true; this.wake(); resolve(-1); });
      this.process.once('close', (code, signal) => {
        this.over = true;
        running.delete(this);
        this.wake();
        resolve(code ?? signal);
      });
    });
  }
  wake() {
    for (const resolve of this.more.splice(0)) resolve();
  }
  // Waits until `pattern` matches what it has printed, and returns the match.
  async shows(pattern, patience = kPatience) {
    const look = async () => {
      for (;;) {
        const match = this.out.match(pattern);
        if (match) return match;
        if (this.over) throw new Error(`${this.name} ended and has not shown ${pattern}:\n${this.out}${this.err}`);
        await new Promise((resolve) => this.more.push(resolve));
      }
    };
    return within(look(), `${pattern} of ${this.name}`, patience);
  }
  // Ends it by SIGTERM; its exit code.
  async stop() {
    if (!this.over) this.process.kill('SIGTERM');
    return within(this.ended, `the end of ${this.name}`).catch((error) => {
      this.process.kill('SIGKILL');
      throw error;
    });
  }
}

// Runs a command to its end: {code, out, err}, out as bytes if `encoding` is 'buffer'.
function run(command, args, {input = '', encoding = 'utf8'} = {}) {
  return within(new Promise((resolve) => {
    const child = execFile(command, args, {encoding, maxBuffer: 64 << 20}, (error, out, err) => resolve({code: error ? error.code ?? error.signal : 0, out, err: String(err)}));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  }), `the end of ${command} ${args.join(' ')}`);
}

// A folder with the certificates of the example; whoever asks removes it.
async function makeFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dragoman-clients-'));
  const made = await run(path.join(process.env.SOURCE_DIR, 'examples/streams/make_certificates'), [folder]);
  assert.equal(made.code, 0, made.err);
  return folder;
}

// streams_backend and a gateway with a plain listener and one by TLS, each on a port of its own. `folder`: of makeFolder, the stage's own from now on;
// `origins`: pages that may call; `more`: further top-level keys, each a line of YAML.
class Stage {
  static async open({folder = undefined, origins = [], more = ''} = {}) {
    const stage = new Stage();
    stage.folder = folder ?? await makeFolder();
    try {
      stage.ca = fs.readFileSync(path.join(stage.folder, 'ca.crt'));
      stage.caFile = path.join(stage.folder, 'ca.crt');
      stage.backend = new Program(process.env.STREAMS_BACKEND, ['--listen', '127.0.0.1:0'], {lasting: true});
      const [, address] = await stage.backend.shows(/^listening on (.*)$/m);
      const config = path.join(stage.folder, 'dragoman.yaml');
      fs.writeFileSync(config, `
listeners:
  - {address: "127.0.0.1:0"}
  - {address: "127.0.0.1:0", tls: {certificates: [{certificate: {file: tls.crt}, private_key: {file: tls.key}}]}}
descriptors: [{file: ${path.join(path.dirname(process.env.STREAMS_BACKEND), 'streams.pb')}}]
backends:    {streams: {endpoints: ["${address}"]}}
services:    [{name: "streams.v1.*", backend: streams}]
json:        {emit_defaults: false}
cors:        {origins: ${JSON.stringify(origins)}}
${more}
`);
      stage.gateway = new Program(process.env.DRAGOMAN, ['serve', '--config', config], {lasting: true});
      [, stage.http] = await stage.gateway.shows(/^listening on (http:.*)$/m);
      [, stage.https] = await stage.gateway.shows(/^listening on (https:.*)$/m);
      return stage;
    } catch (error) {
      await stage.close().catch(() => {});
      throw error;
    }
  }

  // What the backend has seen, as numbers: {callsBegun, callsEnded, callsCancelled, messagesReceived, messagesSent}.
  async counts() {
    const {code, out, err} = await run('curl', ['-sS', '--fail', `${this.http}/v1/counters`]);
    assert.equal(code, 0, err);
    const none = {callsBegun: 0, callsEnded: 0, callsCancelled: 0, messagesReceived: 0, messagesSent: 0};
    return Object.fromEntries(Object.entries({...none, ...JSON.parse(out)}).map(([name, value]) => [name, Number(value)]));
  }
  untilCounts(holds, what) {
    return until(() => this.counts(), holds, what);
  }

  // The gateway must drain and end well, which it does not if a sanitizer has found something. Clients that a failed test has left are killed before.
  async close() {
    let code = 0;
    for (const program of running) program.process.kill('SIGKILL');
    try {
      if (this.gateway) code = await this.gateway.stop();
      assert.equal(code, 0, `dragoman ended with ${code}:\n${this.gateway?.err}`);
    } finally {
      if (this.backend) await this.backend.stop();
      fs.rmSync(this.folder, {recursive: true, force: true});
    }
  }
}

// The lines of a stream of bytes, one at a time; null at its end.
function lineReader(readable) {
  const bytes = readable[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let text = '';
  let over = false;
  return {
    async next() {
      while (!text.includes('\n') && !over) {
        const {value, done} = await within(bytes.next(), 'more of a stream');
        over = done === true;
        if (!over) text += decoder.decode(value, {stream: true});
      }
      if (text === '') return null;
      const at = text.indexOf('\n');
      const line = at < 0 ? text : text.slice(0, at);
      text = at < 0 ? '' : text.slice(at + 1);
      return line;
    },
    async rest() {
      const lines = [];
      for (let line = await this.next(); line !== null; line = await this.next()) lines.push(line);
      return lines;
    },
  };
}

module.exports = {Program, Stage, kPatience, lineReader, makeFolder, run, until, within};
