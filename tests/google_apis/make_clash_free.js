// Writes a configuration that serves the services of a descriptor set whose bindings clash with none before, and those bindings, a line each:
//
//   node make_clash_free.js SET CONFIGURATION RULES
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {clashFree, readBindings} = require('./apis.js');

const [set, configuration, rules] = process.argv.slice(2);
const bindings = clashFree(readBindings(set));
const services = [...new Set(bindings.map((each) => each.service))];
fs.writeFileSync(rules, bindings.map((each) => `${each.httpMethod} ${each.path}\n`).join(''));
fs.writeFileSync(configuration, `# ${services.length} services, ${bindings.length} bindings
listeners:   [{address: "127.0.0.1:0"}]
descriptors: [{file: ${path.basename(set)}}]
backends:    {apis: {endpoints: ["127.0.0.1:9"]}}
services:
${services.map((name) => `  - {name: ${name}, backend: apis}\n`).join('')}`);
