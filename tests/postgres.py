"""A PostgreSQL server of its own, and a channel with what the service of the examples needs.

The server is the machine's own package (Debian: `postgresql`), in a new folder, on a free port.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

import psycopg2

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel, write_channel
from envtool.adapters.channel_builder.interpreter import python_package, running
from envtool.adapters.channel_builder.packages import File, Package
from envtool.adapters.channel_builder.requirements import conda_depends
from envtool.adapters.channel_builder.wheels import (
    license_of,
    wheel_package,
    with_dependencies,
)
from tests.ports import free_port

NEEDS = ("fastapi", "psycopg2-binary", "uvicorn")
_ADMIN = "admin"


class Server(NamedTuple):
    """A server that answers, and the password of its administrator."""

    port: int
    password: str
    process: "subprocess.Popen[bytes]"

    def run(self, *statements: str) -> None:
        """Statements of the administrator, each for itself."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=_ADMIN, password=self.password, dbname="postgres"
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for each in statements:
                    cursor.execute(each)
        finally:
            connection.close()


def _program(name: str) -> str:
    found = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else (shutil.which(name) or name)


def _user() -> str | None:
    """Who runs the server, which refuses to be run by root."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def server(password: str) -> Iterator[Server]:
    """A server with `scram-sha-256` for everybody."""
    folder = Path(tempfile.mkdtemp(prefix="envtool-postgres-"))
    user = _user()
    try:
        (folder / "password").write_text(password)
        if user is not None:
            for each in (folder, folder / "password"):
                shutil.chown(each, pwd.getpwnam(user).pw_uid)
        options = ["-U", _ADMIN, "--auth=scram-sha-256", f"--pwfile={folder}/password", "-N"]
        command = [_program("initdb"), "-D", f"{folder}/data", *options]
        subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True)
        port = free_port()
        settings = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=20"]
        more = [word for each in settings for word in ("-c", each)]
        command = [_program("postgres"), "-D", f"{folder}/data", "-p", str(port), "-k", "", *more]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
        with process:
            try:
                found = Server(port, password, process)
                _wait(found)
                yield found
            finally:
                process.terminate()
                process.wait(120)
    finally:
        shutil.rmtree(folder)


def _wait(found: Server) -> None:
    ready = [_program("pg_isready"), "-h", "127.0.0.1", "-p", str(found.port), "-t", "1"]
    for _ in range(600):
        if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
            return
        assert found.process.poll() is None, "the server ended"
    raise AssertionError("the server does not answer")


def service_channel(folder: Path) -> Channel:
    """The running Python, and what the service needs as it is installed here."""
    moment = DEFAULT_EPOCH * 1000
    names = with_dependencies(NEEDS)
    packages = [
        wheel_package(distribution(name), moment)
        if _is_alone_pure(name)
        else _compiled(distribution(name), moment)
        for name in names
    ]
    lacking = Package(name="fastapi", version="0.0.1", noarch="generic")
    return write_channel(
        str(folder), (python_package(running(), moment), lacking, *packages), DEFAULT_EPOCH
    )


def _is_alone_pure(name: str) -> bool:
    return "Root-Is-Purelib: true" in (distribution(name).read_text("WHEEL") or "")


def _compiled(source: Distribution, moment: int) -> Package:
    """The package of a distribution with compiled modules, for the running Python alone."""
    version = ".".join(running().version.split(".")[:2])
    site = f"lib/python{version}/site-packages"
    files = [each for each in source.files or () if ".." not in each.parts]
    return Package(
        name=source.name.lower().replace("_", "-"),
        version=source.version,
        subdir="linux-64",
        depends=conda_depends(source.requires or (), f"=={version}.*"),
        license=license_of(source),
        timestamp=moment,
        files=tuple(
            File(path=f"{site}/{each.as_posix()}", content=Path(str(each.locate())).read_bytes())
            for each in files
            if each.suffix != ".pyc" and each.name != "RECORD"
        ),
    )
