// Serves the page over TLS, from another origin than the gateway's: so do the pages that a gateway has to do with.
//
//   node examples/streams/page_server.js FOLDER [PORT]      FOLDER: where make_certificates has been; PORT: 8444, 0 for any
'use strict';
const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');

const [folder, port = '8444'] = process.argv.slice(2);
if (!folder) {
  console.error('usage: page_server.js FOLDER [PORT]');
  process.exit(2);
}
const types = {'.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript'};
const files = new Map();
for (const name of fs.readdirSync(path.join(__dirname, 'page'))) {
  files.set('/' + name, {type: types[path.extname(name)], bytes: fs.readFileSync(path.join(__dirname, 'page', name))});
}
files.set('/', files.get('/index.html'));

const keys = {cert: fs.readFileSync(path.join(folder, 'tls.crt')), key: fs.readFileSync(path.join(folder, 'tls.key'))};
const server = https.createServer(keys, (request, response) => {
  const file = files.get(new URL(request.url, 'https://page').pathname);
  if (!file) return response.writeHead(404).end();
  response.writeHead(200, {'content-type': `${file.type}; charset=utf-8`, 'cache-control': 'no-cache'}).end(file.bytes);
});
server.listen(Number(port), '127.0.0.1', () => console.log(`the page is at https://127.0.0.1:${server.address().port}/`));
