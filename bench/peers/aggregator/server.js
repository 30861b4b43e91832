// What people write by hand where there is no composition: three gRPC calls at the same time, one JSON answer.
//
//   node server.js PORT BACKEND PROTOS…     (at 127.0.0.1; BACKEND: "127.0.0.1:50051"; PROTOS: what imports are relative to)
//   GET /v1/screen/{id}
'use strict';

const http = require('node:http');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [port, backend, ...includeDirs] = process.argv.slice(2);
const definition = loader.loadSync('bench/v1/store.proto', {
  includeDirs, longs: String, enums: String, defaults: true,
});
const {Users, Orders, Ads} = grpc.loadPackageDefinition(definition).bench.v1;
const credentials = grpc.credentials.createInsecure();
const users = new Users(backend, credentials);
const orders = new Orders(backend, credentials);
const ads = new Ads(backend, credentials);

const get = (client, id, deadline) => new Promise((resolve, reject) => {
  client.get({id}, {deadline}, (error, reply) => (error ? reject(error) : resolve(reply)));
});

// ProtoJSON of an Item: all but its time is as the loader has it.
function json(item) {
  const {seconds, nanos} = item.addedAt;
  const time = new Date(Number(seconds) * 1000 + nanos / 1e6).toISOString();
  return {...item, addedAt: nanos === 0 ? time.replace('.000Z', 'Z') : time};
}

http.createServer(async (request, response) => {
  const id = decodeURIComponent(request.url.slice('/v1/screen/'.length));
  const deadline = Date.now() + 15000;
  try {
    const [user, order, ad] = await Promise.all([get(users, id, deadline), get(orders, id, deadline), get(ads, id, deadline)]);
    const body = JSON.stringify({user: json(user), order: json(order), ad: json(ad)});
    response.writeHead(200, {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)});
    response.end(body);
  } catch (error) {
    response.writeHead(502, {'content-type': 'application/json'});
    response.end(JSON.stringify({code: error.code, message: error.message}));
  }
}).listen(Number(port), '127.0.0.1');
