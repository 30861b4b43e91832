#pragma once

#include "tls/openssl.h"
#include "transcoding/buffer.h"

namespace dragoman::tls {

class Transport;

// What OpenSSL reads from and writes to: reads go to the socket, straight into OpenSSL's buffer; what is written is
// collected in the thread's memory until the call of the Transport sends it.
struct SocketBio {
  // A BIO on behalf of `transport`; null if there is no memory.
  static BIO* Make(Transport& transport);
  // Empty outside of a Transport's calls.
  static Buffer& Collected();

 private:
  static int Read(BIO* bio, char* data, size_t size, size_t* count);
  static int Write(BIO* bio, const char* data, size_t size, size_t* count);
  static long Control(BIO* bio, int command, long number, void* pointer);
};

}  // namespace dragoman::tls
