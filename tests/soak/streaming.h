#pragma once

#include "visitor.h"

// What clients do that stream, over HTTP/1.1, HTTP/2 and WebSocket, against streams_backend, which no storm meets: each
// answer must be right.
namespace dragoman::soak {

// A server stream to its end: lines of JSON, events, an array.
Complaint Lines(Visitor& visitor);
Complaint Events(Visitor& visitor);
Complaint Array(Visitor& visitor);
// One that fails midway: its last line says so, or its array is cut off.
Complaint LateFailure(Visitor& visitor);
Complaint CutArray(Visitor& visitor);
// A client stream: lines or an array, in chunks that know nothing of them; a file.
Complaint Readings(Visitor& visitor);
Complaint BadReading(Visitor& visitor);
Complaint PutFile(Visitor& visitor);
// Both ways, over a WebSocket and over HTTP/2.
Complaint Chat(Visitor& visitor);
Complaint Http2Chat(Visitor& visitor);
// Unary calls, streams and resets side by side on one HTTP/2 connection.
Complaint Http2Mix(Visitor& visitor);

// An endless stream that is not read for a while.
Complaint SlowReader(Visitor& visitor);
// Clients that are gone in the middle: of a stream, of an upload, of a chat, of everything on an HTTP/2 connection.
Complaint GoneWithinTheStream(Visitor& visitor);
Complaint GoneWithinTheUpload(Visitor& visitor);
Complaint GoneWithinTheChat(Visitor& visitor);
Complaint Http2Gone(Visitor& visitor);
// What is no WebSocket frame, or none of a client's: it must be the end.
Complaint WebSocketGarbage(Visitor& visitor);

}  // namespace dragoman::soak
