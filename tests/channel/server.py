"""Serves a channel over HTTP on the loopback interface, with faults on demand."""

import contextlib
import fnmatch
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote, urlsplit

from tests.channel.answers import Answer, answer
from tests.channel.faults import (
    Altered,
    Auth,
    Basic,
    Bearer,
    Drip,
    Fault,
    Replaced,
    Request,
    Reset,
    Stall,
    Status,
    Token,
    Truncated,
)

# With this, closing a socket sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


class Call(NamedTuple):
    """A request: its path below the channel, the query of its URL, and what was posted."""

    method: str
    path: str
    query: str
    body: bytes


@dataclass(slots=True)
class _Rule:
    pattern: str
    fault: Fault
    left: int | None


class ChannelServer:
    """Serves a folder at `http://127.0.0.1:<port>/<name>` from `__enter__` to `__exit__`.

    Byte ranges, entity tags and HEAD work as they should; connections are kept open. Every
    request is in `log`. Safe to be told new faults while it serves. `tls` makes it HTTPS.
    """

    def __init__(
        self,
        folder: str,
        auth: Auth = None,
        name: str = "demo",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.folder = folder
        self.tls = tls
        self._scheme = "https" if tls else "http"
        self.auth = auth
        self.name = name
        self._is_closing = False
        self._log: list[Request] = []
        self._rules: list[_Rule] = []
        # Told of every request, and when faults are forgotten.
        self._lock = threading.Condition()
        self._started = time.monotonic()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._is_closing = True
            self._lock.notify_all()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()

    @property
    def bare_url(self) -> str:
        """The URL of the channel without credentials."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}/{self.name}"

    @property
    def url(self) -> str:
        """The URL of the channel with the credentials in it, as people write it."""
        host = f"127.0.0.1:{self._http.server_port}"
        match self.auth:
            case Basic(user=user, password=password):
                return (
                    f"{self._scheme}://{quote(user, '')}:{quote(password, '')}@{host}/{self.name}"
                )
            case Token(token=token):
                return f"{self._scheme}://{host}/t/{quote(token, '')}/{self.name}"
            case _:
                return self.bare_url

    @property
    def log(self) -> tuple[Request, ...]:
        """All requests so far, in the order in which they came; also those still being answered."""
        with self._lock:
            return tuple(self._log)

    def requests(self, pattern: str) -> tuple[Request, ...]:
        """The requests whose path matches a pattern (as in `fail`)."""
        return tuple(each for each in self.log if fnmatch.fnmatchcase(each.path, pattern))

    def wait_for(self, pattern: str, seconds: float = 60) -> None:
        """Returns when a request whose path matches a pattern (as in `fail`) has come."""
        with self._lock:
            has_come = self._lock.wait_for(
                lambda: any(fnmatch.fnmatchcase(each.path, pattern) for each in self._log), seconds
            )
        assert has_come, f"nobody asked for {pattern}"

    def fail(self, pattern: str, fault: Fault, times: int | None = None) -> None:
        """Lets requests fail from now on; the newest rule that matches wins.

        Args:
            pattern: a path below the channel, as in `linux-64/*.conda`.
            fault: what goes wrong. A HEAD request meets `Status` only, and does not count for the
                others.
            times: how often; then all is fine. `None` is for ever.
        """
        with self._lock:
            self._rules.insert(0, _Rule(pattern, fault, times))

    def heal(self) -> None:
        """Forgets all faults; answers that were held back because of them go on."""
        with self._lock:
            self._rules.clear()
            self._lock.notify_all()

    def answer(self, call: "Call") -> Answer | None:
        """What is said to a request that is for no file; None: it is for one."""
        return Answer(status=405, body=b"only files here\n") if call.method == "POST" else None

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that a request meets; uses it up."""
        with self._lock:
            for rule in self._rules:
                meets = method != "HEAD" or isinstance(rule.fault, Status)
                if meets and rule.left != 0 and fnmatch.fnmatchcase(path, rule.pattern):
                    rule.left = None if rule.left is None else rule.left - 1
                    return rule.fault
        return None

    def hold_back(self, fault: Fault, seconds: float) -> None:
        """Returns after some seconds; before that, if the fault is forgotten or the server ends."""
        with self._lock:
            self._lock.wait_for(
                lambda: self._is_closing or not any(each.fault is fault for each in self._rules),
                seconds,
            )

    def note(self, request: Request) -> int:
        """Writes a request into the log; returns its number."""
        with self._lock:
            self._log.append(request)
            self._lock.notify_all()
            return len(self._log) - 1

    def note_sent(self, number: int, count: int) -> None:
        """Adds to the bytes that were sent as answer to a request."""
        with self._lock:
            request = self._log[number]
            self._log[number] = replace(request, sent=request.sent + count)

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started


class _Http(ThreadingHTTPServer):
    """Knows its open connections, so that no thread is left behind."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, owner: ChannelServer) -> None:
        self.owner = owner
        self.open: set[socket.socket] = set()
        self.resets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        if owner.tls is not None:
            # Hands are shaken in the thread of each connection.
            self.socket = owner.tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        if request in self.resets:
            # No farewell: it would arrive before the reset.
            self.resets.discard(request)
            request.close()
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """Ends all connections that clients keep open."""
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave early are no news; anything else is shown."""
        import sys

        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small writes go out at once, or a drip is none.
    disable_nagle_algorithm = True
    server: _Http

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name it has there)
        """Says nothing: the log has it."""

    def _serve(self) -> None:
        owner = self.server.owner
        path, refused = self._admitted()
        posted = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._call = Call(self.command, path, urlsplit(self.path).query, posted)
        fault = None if refused else owner.fault_for(self.command, path)
        reply = refused or self._reply(path, fault)
        # Before anything is sent: who has an answer finds it in the log.
        self._number = owner.note(
            Request(
                method=self.command,
                path=path,
                status=reply.status,
                sent=0,
                seconds=owner.now(),
                range=self.headers.get("Range"),
                fault=fault,
            )
        )
        self._head(reply)
        if self.command != "HEAD":
            self._body(reply.body, fault)

    def _admitted(self) -> tuple[str, Answer | None]:
        """The path below the channel; and an answer, if the request is not let in."""
        path = unquote(urlsplit(self.path).path)
        refused = None
        match self.server.owner.auth:
            case Basic() | Bearer() as known:
                if self.headers.get("Authorization") != known.header:
                    headers = {"WWW-Authenticate": 'Basic realm="channel"'}
                    refused = Answer(status=401, body=b"who are you?\n", headers=headers)
            case Token(token=token):
                if not path.startswith(f"/t/{token}/"):
                    refused = Answer(status=403, body=b"no token\n")
                path = path.removeprefix(f"/t/{token}")
        start = f"/{self.server.owner.name}/"
        if not path.startswith(start):
            refused = refused or Answer(status=404, body=b"no such channel\n")
        return path.removeprefix(start), refused

    def _reply(self, path: str, fault: Fault | None) -> Answer:
        if isinstance(fault, Status):
            after = fault.retry_after
            headers = {} if after is None else {"Retry-After": str(after)}
            return Answer(status=fault.code, body=b"on purpose\n", headers=headers)
        if isinstance(fault, Replaced):
            return Answer(status=200, body=fault.body)
        said = self.server.owner.answer(self._call)
        if said is not None:
            return said
        altered = fault.at if isinstance(fault, Altered) else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        return answer(self.server.owner.folder, path, headers, altered)

    def _head(self, reply: Answer) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()

    def _body(self, body: bytes, fault: Fault | None) -> None:
        """Sends the body as the fault has it."""
        match fault:
            case Truncated(keep=keep):
                self.close_connection = True
                self._send(body[:keep])
            case Reset(after=after):
                self.close_connection = True
                self._send(body[:after])
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                self.server.resets.add(self.connection)
            case Stall(after=after, seconds=seconds):
                self._send(body[:after])
                self.server.owner.hold_back(fault, seconds)
                self._send(body[after:])
            case Drip(size=size, pause=pause):
                for start in range(0, len(body), size):
                    self.server.owner.hold_back(fault, pause)
                    self._send(body[start : start + size])
            case _:
                self._send(body)

    def _send(self, piece: bytes) -> None:
        self.server.owner.note_sent(self._number, len(piece))
        self.wfile.write(piece)
