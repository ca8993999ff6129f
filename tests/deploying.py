"""Projects that are deployed: a channel with servers, which are scripts of the running Python.

web     1.0, 2.0    serves HTTP on a port, says its version; 3.0 ends at once, 4.0 answers with 500,
                    5.0 does not start
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import ProxyHandler, build_opener

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel, write_channel
from envtool.adapters.channel_builder.packages import File, Package
from tests.conftest import Envtool, Run

LINUX = "linux-64"
_SERVER = """\
#!{python} -IS
import os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(float(os.environ.get("WEB_DELAY", "0")))
        self.send_response({status})
        self.end_headers()
        names = [each for each in os.environ if each.startswith("WEB_")]
        said = dict((each, os.environ[each]) for each in names)
        self.wfile.write(repr(("{version}", said)).encode())
        print("asked for", self.path, "with", os.environ.get("WEB_TOKEN"), flush=True)

{first}
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
_FIRST = {"3.0": 'print("LookupError: no table", file=sys.stderr)\nprint("bye")\nsys.exit(3)'}
_STATUS = {"4.0": 500}


def _server(version: str) -> Package:
    text = _SERVER.format(
        python=sys.executable,
        version=version,
        status=_STATUS.get(version, 200),
        first=_FIRST.get(version, ""),
    )
    if version == "5.0":
        text = "#!/no/such/program\n"
    file = File(path="bin/web", content=text.encode(), executable=True)
    return Package(name="web", version=version, noarch="generic", files=(file,))


def packages() -> Iterator[Package]:
    yield from (_server(version) for version in ("1.0", "2.0", "3.0", "4.0", "5.0"))
    script = File(
        path="etc/conda/activate.d/hook.sh", content=b'export WEB_HOOK="yes"\n', executable=True
    )
    yield Package(name="hooked", version="1.0", noarch="generic", files=(script,))
    yield Package(name="extra", version="1.0", noarch="generic", files=(File(path="share/extra"),))
    broken = File(
        path="bin/python3", content=b"#!/bin/sh\necho can not start >&2; exit 3\n", executable=True
    )
    yield Package(name="python", version="3.12.1", subdir=LINUX, files=(broken,))
    yield Package(name="needy", version="1.0", noarch="generic", depends=("extra",))


def deploy_channel(folder: Path) -> Channel:
    return write_channel(str(folder), tuple(packages()), DEFAULT_EPOCH)


class Place(NamedTuple):
    """A project, the channel that it takes packages from, and the port that it serves on."""

    folder: Path
    run: Envtool
    channel: Channel
    port: int

    @property
    def prefix(self) -> Path:
        return self.folder / ".envtool/envs/production"

    @property
    def state(self) -> Path:
        return self.prefix.parent / ".envtool" / self.prefix.name

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def lock(self, *lines: str) -> None:
        listed = "".join(f"  - {line}\n" for line in lines)
        head = f"channels: [{self.channel.url}]\nplatforms: [{LINUX}]\n"
        (self.folder / "environment.yml").write_text(f"{head}dependencies:\n{listed}")
        done = self.run("lock")
        assert done.code == 0, done.err

    def policy(
        self,
        text: str = "",
        *,
        service: str = "",
        looks: str = "",
        command: str = "",
        timeout: float = 120,
    ) -> None:
        """One service on the port, with a line more in its table, and more text before it."""
        lines = [
            text,
            "[[deploy.services]]",
            'name = "web"',
            f"command = {command or ['web', str(self.port)]}",
            looks or f'http = "{self.url}"',
            f"timeout = {timeout}",
            service,
        ]
        (self.folder / "envtool.toml").write_text("\n".join(lines) + "\n")

    def deploy(self, *options: str) -> Run:
        return self.run("deploy", *options)

    def ok(self, *options: str) -> Run:
        done = self.deploy(*options)
        assert done.code == 0, done
        return done

    def data(self, *options: str) -> Any:
        done = self.deploy(*options, "-o", "json")
        assert done.out, done.err
        return json.loads(done.out)["data"]

    def asked(self, port: int | None = None) -> tuple[str, dict[str, str]]:
        """What the service says: its version, and its own variables."""
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port or self.port}/", timeout=60) as answer:
            version, variables = eval(answer.read().decode())  # noqa: S307 - what we have made
        return str(version), dict(variables)

    def log(self, name: str = "web") -> str:
        return (self.state / f"services/{name}.log").read_text()

    def events(self) -> list[str]:
        lines = (self.state / "log.jsonl").read_text().splitlines()
        return [json.loads(each)["event"] for each in lines]
