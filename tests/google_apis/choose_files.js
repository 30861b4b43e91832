// Writes the names of the .proto files below a root that Debian's protoc can compile together, a line each:
//
//   node choose_files.js ROOT OUTPUT
//
// Left out are files of an edition, which is younger than that protoc; of two files that define the same name the second in the order of
// their paths; and whatever imports one that is left out or not there.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const [root, output] = process.argv.slice(2);
const names = fs.readdirSync(root, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith('.proto'))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();

const imports = new Map();  // of the files that have not been left out
const definedIn = new Map();
for (const name of names) {
  const text = fs.readFileSync(path.join(root, name), 'utf8');
  if (/^\s*edition\s*=/m.test(text)) continue;
  const [, scope = ''] = text.match(/^\s*package\s+([\w.]+)\s*;/m) ?? [];
  const symbols = [...text.matchAll(/^(?:message|enum|service)\s+(\w+)/gm)].map(([, symbol]) => `${scope}.${symbol}`);
  if (symbols.some((symbol) => definedIn.has(symbol))) continue;
  for (const symbol of symbols) definedIn.set(symbol, name);
  imports.set(name, [...text.matchAll(/^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)"/gm)].map(([, imported]) => imported));
}
for (let before = -1; before !== imports.size;) {
  before = imports.size;
  for (const [name, imported] of imports) {
    if (imported.some((each) => !imports.has(each))) imports.delete(name);
  }
}
fs.writeFileSync(output, [...imports.keys(), ''].join('\n'));
