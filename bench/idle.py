"""Connections that have been used once and are idle since, of HTTP/1.1 or HTTP/2, plain or by TLS: held by this process, which then sleeps.

HTTP/2 by hand: 60 lines of frames are less than a package would be, and let the client be as frugal as it must be to hold ten thousand."""
import socket
import ssl
import struct

DATA, HEADERS, SETTINGS, GOAWAY = 0, 1, 4, 7
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(text):
    """An HPACK string, without Huffman."""
    assert len(text) < 127
    return bytes([len(text)]) + text.encode()


class IdleConnections:
    """`hold` opens some more; all are closed at the end of its `with`.

        with IdleConnections(port, "/v1/items/7", http2=True, tls=False) as idle:
            idle.hold(9900)
    """

    def __init__(self, port, path, http2, tls):
        self.port, self.path, self.http2 = port, path, http2
        self.sockets = []
        self.context = None
        if tls:
            self.context = ssl.create_default_context()
            self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
            self.context.set_alpn_protocols(["h2" if http2 else "http/1.1"])

    def hold(self, count):
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", self.port), 30)
            if self.context:
                connection = self.context.wrap_socket(connection)
            self.sockets.append(connection)
            (self.use_http2 if self.http2 else self.use_http1)(connection)

    def use_http1(self, connection):
        connection.sendall(f"GET {self.path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode())
        reply = connection.recv(65536)
        if not reply.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"expected 200, got {reply[:200]}")

    def use_http2(self, connection):
        """One request, answered; the peer's SETTINGS acknowledged."""
        block = b"\x82\x86\x04" + literal(self.path) + b"\x01" + literal("bench")  # GET, http, and two literals that no table keeps
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + frame(HEADERS, END_STREAM | END_HEADERS, 1, block))
        received = b""
        while True:
            while len(received) < 9 or len(received) < 9 + int.from_bytes(received[:3], "big"):
                more = connection.recv(65536)
                if not more:
                    raise RuntimeError("the connection was closed")
                received += more
            length, kind, flags = int.from_bytes(received[:3], "big"), received[3], received[4]
            stream, payload, received = int.from_bytes(received[5:9], "big"), received[9:9 + length], received[9 + length:]
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0))
            elif kind == GOAWAY:
                raise RuntimeError(f"GOAWAY {payload}")
            elif stream == 1 and kind == HEADERS and b"\x88" not in payload[:4]:  # :status 200, as every encoder writes it, behind a change of its table at most
                raise RuntimeError(f"expected 200, got {payload}")
            elif stream == 1 and kind in (DATA, HEADERS) and flags & END_STREAM:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.sockets:
            connection.close()
