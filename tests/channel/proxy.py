"""A proxy on the loopback interface: forwards plain requests, tunnels the others."""

import base64
import http.client
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit


class Proxy:
    """Every host that it is asked for is the one at `port` of this machine.

    `seen` has the hosts. With `user` (`name:password`) it wants to know who asks.
    """

    def __init__(self, port: int, user: str | None = None) -> None:
        self.port = port
        self.user = user
        self.seen: list[str] = []
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """Of the proxy, with the user in it."""
        user = f"{self.user}@" if self.user else ""
        return f"http://{user}127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, owner: Proxy) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave early are no news; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        self._forward()

    def do_HEAD(self) -> None:
        self._forward()

    def do_CONNECT(self) -> None:
        if not self._admitted(self.path):
            return
        with socket.create_connection(("127.0.0.1", self.server.owner.port)) as other:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pump, args=(other, self.connection))
            back.start()
            _pump(self.connection, other)
            back.join()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name it has there)
        """Says nothing: `seen` has it."""

    def _forward(self) -> None:
        parts = urlsplit(self.path)
        if not self._admitted(parts.netloc):
            return
        client = http.client.HTTPConnection("127.0.0.1", self.server.owner.port)
        headers = {name: value for name, value in self.headers.items() if name != "Connection"}
        client.request(self.command, parts.path, headers=headers)
        answer = client.getresponse()
        body = answer.read()
        client.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", answer.headers["Content-Length"])
        self.end_headers()
        self.wfile.write(body)

    def _admitted(self, host: str) -> bool:
        user = self.server.owner.user
        expected = user and f"Basic {base64.b64encode(user.encode()).decode()}"
        if expected and self.headers.get("Proxy-Authorization") != expected:
            self.send_error(407)
            return False
        self.server.owner.seen.append(host)
        return True


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Bytes from one to the other, until one of them ends."""
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
