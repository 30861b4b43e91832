// A real issuer (oauth2-mock-server) whose keys and manners a test decides.
//
//   node server.js        prints `issuer http://127.0.0.1:PORT` and `control 127.0.0.1:PORT`
//
// The control interface:
//   POST /keys?kid=a&alg=RS256     makes a key; it signs from now on, and is published
//   DELETE /keys?kid=a             it is published no more
//   GET /token?kid=a&aud=…&sub=…&expires_in=60      a token; further parameters are claims
//   POST /manners?are=NAME         how the issuer answers from now on: see `manners`
'use strict';
const http = require('node:http');
const {OAuth2Server} = require('oauth2-mock-server');

const {issuer, service} = new OAuth2Server();
const withdrawn = new Set();
const everyKey = issuer.keys.toJSON.bind(issuer.keys);
issuer.keys.toJSON = (...args) => everyKey(...args).filter((key) => !withdrawn.has(key.kid));

const manners = {
  good: (request, response) => service.requestHandler(request, response),
  down: (request) => request.socket.destroy(),
  error: (_, response) => response.writeHead(503).end('{"error":"down for maintenance"}'),
  html: (_, response) => response.writeHead(200, {'content-type': 'text/html'}).end('<html>maintenance</html>'),
  empty: (_, response) => response.writeHead(200, {'content-type': 'application/json'}).end('{"keys":[]}'),
  cut: (_, response) => {
    response.writeHead(200, {'content-type': 'application/json', 'content-length': 1000});
    response.write('{"keys":[{"kty":');
    setImmediate(() => response.destroy());
  },
  huge: (_, response) => {
    response.writeHead(200, {'content-type': 'application/json'});
    const more = () => {
      while (response.write('x'.repeat(65536)));
    };
    response.on('drain', more);
    response.on('error', () => {});
    more();
  },
  slow: () => {},  // never
};
let manner = manners.good;
let served = 0;

async function control(request, response) {
  const url = new URL(request.url, 'http://control');
  const parameters = Object.fromEntries(url.searchParams);
  const {kid, alg, are, expires_in: expiresIn, ...claims} = parameters;
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /keys':
      withdrawn.delete(kid);
      await issuer.keys.generate(alg, {kid, ...(alg === 'EdDSA' && {crv: 'Ed25519'})});
      return response.end();
    case 'DELETE /keys':
      withdrawn.add(kid);
      return response.end();
    case 'GET /token':
      return response.end(await issuer.buildToken({
        kid,
        expiresIn: Number(expiresIn ?? 600),
        scopesOrTransform: (_, payload) => Object.assign(payload, claims),
      }));
    case 'POST /manners':
      manner = manners[are];
      return response.writeHead(manner ? 200 : 404).end();
    case 'GET /served':
      return response.end(String(served));
    default:
      return response.writeHead(404).end();
  }
}

const front = http.createServer((request, response) => {
  served += 1;
  manner(request, response);
});
front.listen(0, '127.0.0.1', () => {
  issuer.url = `http://127.0.0.1:${front.address().port}`;
  const back = http.createServer((request, response) => {
    control(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  back.listen(0, '127.0.0.1', () => {
    console.log(`issuer ${issuer.url}`);
    console.log(`control 127.0.0.1:${back.address().port}`);
  });
});
