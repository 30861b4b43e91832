// What the descriptors say of HTTP, found without any of the gateway's code.
'use strict';
const fs = require('node:fs');
const protobuf = require('protobufjs');

// Of descriptor.proto and google/api/http.proto what is needed here.
const FileDescriptorSet = protobuf.parse(`
  syntax = "proto2";
  message FileDescriptorSet { repeated File file = 1; }
  message File { optional string name = 1; optional string package = 2; repeated Service service = 6; }
  message Service { optional string name = 1; repeated Method method = 2; }
  message Method { optional string name = 1; optional string output_type = 3; optional Options options = 4; }
  message Options { optional HttpRule http = 72295728; }
  message HttpRule {
    oneof pattern { string get = 2; string put = 3; string post = 4; string delete = 5; string patch = 6; Custom custom = 8; }
    repeated HttpRule additional_bindings = 11;
  }
  message Custom { optional string kind = 1; optional string path = 2; }`, {keepCase: true}).root.lookupType('FileDescriptorSet');

const bindingsOf = (rule) => {
  const [httpMethod, path] = rule.pattern === 'custom' ? [rule.custom.kind, rule.custom.path] : [rule.pattern.toUpperCase(), rule[rule.pattern]];
  return [{httpMethod, path}, ...rule.additional_bindings.flatMap(bindingsOf)];
};

function groupBy(all, keyOf) {
  const groups = new Map();
  for (const each of all) {
    if (!groups.has(keyOf(each))) groups.set(keyOf(each), []);
    groups.get(keyOf(each)).push(each);
  }
  return groups;
}

// Every binding of a descriptor set: {service, method, rpc, output, file, httpMethod, path, shape, unsupported}; `shape` is equal for two that
// match the same requests; `unsupported`: a wildcard stands behind `**`, which http.proto's grammar does not have.
function readBindings(set) {
  const bindings = [];
  for (const file of FileDescriptorSet.decode(fs.readFileSync(set)).file) {
    for (const service of file.service) {
      for (const method of service.method) {
        if (!method.options?.http) continue;
        const name = `${file.package}.${service.name}`;
        for (const {httpMethod, path} of bindingsOf(method.options.http)) {
          const segments = path.replace(/\{[^=}]*\}/g, '*').replace(/\{[^=]*=([^}]*)\}/g, '$1');
          bindings.push({service: name, method: `${name}.${method.name}`, rpc: `/${name}/${method.name}`, output: method.output_type,
                         file: file.name, httpMethod, path, shape: `${httpMethod} ${segments}`, unsupported: /\*\*.*\*/.test(segments)});
        }
      }
    }
  }
  return bindings;
}

// The groups of bindings that match the same requests, each of two or more.
function clashesOf(bindings) {
  const groups = groupBy(bindings.filter((each) => !each.unsupported), (each) => each.shape);
  return [...groups.values()].filter((group) => group.length > 1);
}

// The bindings of those services of which none clashes with one of the services before; first come, first served.
function clashFree(bindings) {
  const taken = new Set();
  return [...groupBy(bindings, (each) => each.service).values()].flatMap((own) => {
    const shapes = new Set(own.map((each) => each.shape));
    if (shapes.size < own.length || own.some((each) => each.unsupported || taken.has(each.shape))) return [];
    for (const shape of shapes) taken.add(shape);
    return own;
  });
}

module.exports = {clashFree, clashesOf, readBindings};
