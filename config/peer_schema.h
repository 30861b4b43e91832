#pragma once

#include "config/reader.h"

// The grammar of those at the other end of a connection: TLS on either side, HTTP servers that the gateway asks, and
// what it shows backends.
namespace dragoman::config {

// tls: {certificates: [{certificate: {file: tls.crt}, private_key: {file: tls.key}}], client_ca: {file: ca.crt},
//       client_certificate: required}
void ReadListenerTls(MappingReader& map, ListenerTls& out);
// tls: {ca: {file: ca.crt}, server_name: shop.internal, certificate: {file: c.crt}, private_key: {file: c.key}}
void ReadClientTls(MappingReader& map, ClientTls& out);
// credentials: {metadata: {x-tenant: acme}, api_key: {value: {env: KEY}}, bearer: {file: token}, oauth2: {…}}
void ReadBackendCredentials(MappingReader& map, BackendCredentials& out);
// url (or another name of it), ca, timeout. False if there is no such URL.
bool ReadHttpTarget(MappingReader& map, std::string_view url_key, HttpTarget& out, Presence presence);

}  // namespace dragoman::config
