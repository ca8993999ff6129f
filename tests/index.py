"""An index of pip packages on the loopback (PEP 503), with faults on demand."""

import hashlib
import http.server
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.wheel_making import digest


class Dist(NamedTuple):
    """A file of a distribution; a version of `tag` None is offered as source only."""

    name: str
    version: str
    needs: tuple[str, ...] = ()
    tag: str | None = "py3-none-any"

    @property
    def file(self) -> str:
        stem = f"{self.name}-{self.version}"
        return f"{stem}-{self.tag}.whl" if self.tag else f"{stem}.tar.gz"

    @property
    def content(self) -> bytes:
        info = f"{self.name}-{self.version}.dist-info"
        needs = "".join(f"Requires-Dist: {each}\n" for each in self.needs)
        if "extra ==" in needs:
            needs += "Provides-Extra: fast\n"
        metadata = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n{needs}"
        files = {
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {self.tag}\n",
        }
        rows = [f"{name},{digest(text.encode())},{len(text)}" for name, text in files.items()]
        files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,\n"])
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as wheel:
            for name, text in files.items():
                wheel.writestr(zipfile.ZipInfo(name), text)
        return buffer.getvalue()


class _Server(http.server.ThreadingHTTPServer):
    """With room for all that uv asks at once; a connection that is turned away comes back late."""

    request_queue_size = 128


class Index(NamedTuple):
    """Where it is, and what goes wrong there: `status`, `stall` (seconds), `password`.

    `asked` are the paths of all requests.
    """

    url: str
    faults: dict[str, Any]
    asked: list[str]


@contextmanager
def serving(*dists: Dist, others: Mapping[str, str] = MappingProxyType({})) -> Iterator[Index]:
    """An index of these files, and of projects that have no file: their pages, by name."""
    faults: dict[str, Any] = {}
    asked: list[str] = []
    files = {each.file: each.content for each in dists}
    pages = {name.replace("_", "-"): _page(name, files) for name in {each.name for each in dists}}
    pages |= {name: text.encode() for name, text in others.items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*self._found())

        def do_HEAD(self) -> None:
            status, _ = self._found()
            self._answer(status, b"")

        def _found(self) -> tuple[int, bytes]:
            asked.append(self.path)
            time.sleep(faults.get("stall", 0))
            if "password" in faults and "Authorization" not in self.headers:
                return 401, b"who are you?"
            if "status" in faults:
                return faults["status"], b""
            *_, folder, name = self.path.rstrip("/").split("/")
            if folder == "simple" and name in pages:
                return 200, pages[name]
            return (200, files[name]) if name in files else (404, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if b"<a" in body else "application/zip")
            self.send_header("Content-Length", str(len(body)))
            with suppress(OSError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            del format, args

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Index(f"http://127.0.0.1:{server.server_port}/simple", faults, asked)
        finally:
            server.shutdown()
            thread.join()


def _page(name: str, files: Mapping[str, bytes]) -> bytes:
    links = "".join(
        f'<a href="../../files/{file}#sha256={hashlib.sha256(content).hexdigest()}">{file}</a>\n'
        for file, content in files.items()
        if file.startswith(f"{name}-")
    )
    return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
