"""What `envtool demo` plays with: a channel from what is on this machine, and real commands."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

from envtool.adapters.channel_builder.channels import write_channel
from envtool.adapters.channel_builder.interpreter import (
    NotRepackagedError,
    python_package,
    running,
)
from envtool.adapters.channel_builder.packages import File, Package
from envtool.adapters.channel_builder.wheels import is_pure, wheel_package, with_dependencies
from envtool.adapters.desk import UserDesk
from envtool.adapters.disk import Disk
from envtool.adapters.user import User
from envtool.adapters.yaml_events import EventYaml
from envtool.domain.demo import Offer, Played
from envtool.errors import UnreadableError

# Pure Python, and what envtool itself needs: so it is here.
_DISTRIBUTIONS = ("rich", "packaging", "idna")
_EPOCH = 1_767_225_600
_CACHE = ".cache"
_FOREIGN = ("CONDA", "GIT_")
_LIMIT = 300.0
_POLL = 0.002
_GREETER = '''"""Greets."""

__version__ = "{version}"


def main() -> None:
    import sys

    from rich.console import Console

    text = f"[bold]Hello[/] from greeter {{__version__}} in {{sys.prefix}}"
    Console().print(text, soft_wrap=True)
'''
_BROKEN = '''"""Greets, or so it was meant."""

from rich.console import Announcer

__version__ = "2.0"


def main() -> None:
    Announcer().say("Hello")
'''


class DemoStage:
    """The port `Demo`."""

    def offer(self, folder: str) -> Offer:
        """See `ports_installing.Demo.offer`."""
        platform = UserDesk(Disk(), EventYaml(), User.here()).platform()
        try:
            python = (python_package(running(), _EPOCH * 1000),)
            packages, reason = (*python, *_greeters(), *_wheels()), ""
        except NotRepackagedError as error:
            packages, reason = tuple(_scripts(platform)), str(error)
        with _writing(os.path.dirname(folder)):
            write_channel(folder, packages, _EPOCH)
        minor = running().minor
        return Offer(Path(folder).as_uri(), platform, minor, reason)

    def play(self, folder: str, arguments: Sequence[str]) -> Played:
        """See `ports_installing.Demo.play`."""
        done = subprocess.run(
            _command(arguments),
            cwd=folder,
            env=_variables(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LIMIT,
        )
        return Played(done.returncode, _text(done.stdout), _text(done.stderr))

    def commit(self, folder: str, names: Sequence[str]) -> str:
        """See `ports_installing.Demo.commit`."""
        git = shutil.which("git")
        if git is None:
            return "git is not installed"
        for arguments in (
            ("init", "--quiet"),
            ("symbolic-ref", "HEAD", "refs/heads/main"),
            ("config", "user.name", "Ada"),
            ("config", "user.email", "ada@example.org"),
            ("add", "--", *names),
            ("commit", "--quiet", "--message", "The environment as it is"),
        ):
            done = subprocess.run(
                [git, *arguments],
                cwd=folder,
                env=_variables(folder),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_LIMIT,
            )
            if done.returncode != 0:
                return _text(done.stderr).strip().partition("\n")[0]
        return ""

    def kill(self, folder: str, arguments: Sequence[str], sign: str) -> bool:
        """See `ports_installing.Demo.kill`."""
        process = subprocess.Popen(
            _command(arguments),
            cwd=folder,
            env=_variables(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + _LIMIT
        while process.poll() is None and time.monotonic() < until:
            if os.path.exists(os.path.join(folder, sign)):
                break
            time.sleep(_POLL)
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        return process.wait() != 0


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "envtool", *arguments]


def _variables(folder: str) -> dict[str, str]:
    """The user's, with a cache and a home of the demo's own; it needs no network."""
    # The commands run in the folder: its own name leads somewhere else from there.
    home = os.path.join(os.path.abspath(folder), _CACHE)
    with _writing(folder):
        os.makedirs(home, exist_ok=True)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)},
        "HOME": home,
        "USERPROFILE": home,
        "GIT_CONFIG_NOSYSTEM": "1",
        "ENVTOOL_CACHE_DIR": os.path.join(home, "envtool"),
        "RATTLER_CACHE_DIR": os.path.join(home, "rattler"),
        "NO_COLOR": "1",
        "COLUMNS": "80",
        "PYTHONIOENCODING": "utf-8",
    }


@contextmanager
def _writing(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableError(
            f"`{folder}` can not be written: {error.strerror}",
            hints=("name a folder where you may write and 200 MB have room: `envtool demo DIR`",),
        ) from error


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _greeters() -> Iterator[Package]:
    for version in ("1.0", "1.1", "2.0"):
        info = f"site-packages/greeter-{version}.dist-info"
        module = _BROKEN if version == "2.0" else _GREETER.format(version=version)
        metadata = f"Metadata-Version: 2.1\nName: greeter\nVersion: {version}\n"
        yield Package(
            name="greeter",
            version=version,
            build="pyhd8ed1ab_0",
            noarch="python",
            depends=("python >=3.11", "rich"),
            license="MIT",
            timestamp=_EPOCH * 1000,
            summary="Greets; version 2.0 does not",
            entry_points=("greet = greeter:main",),
            files=(
                File(path="site-packages/greeter/__init__.py", content=module.encode()),
                File(path=f"{info}/METADATA", content=metadata.encode()),
                File(path=f"{info}/INSTALLER", content=b"conda\n"),
            ),
        )


def _wheels() -> Iterator[Package]:
    for name in with_dependencies(tuple(each for each in _DISTRIBUTIONS if is_pure(each))):
        yield wheel_package(distribution(name), _EPOCH * 1000)


def _scripts(platform: str) -> Iterator[Package]:
    """The same without Python: programs of the system's shell."""
    for version in ("1.0", "1.1", "2.0"):
        fails, says = version == "2.0", f"Hello from greeter {version}"
        if platform.startswith("win-"):
            path, text = "Scripts/greet.bat", f"@echo {says}\r\n" + "@exit /b 1\r\n" * fails
        else:
            path, text = "bin/greet", f"#!/bin/sh\necho {says}\n" + "exit 1\n" * fails
        yield Package(
            name="greeter",
            version=version,
            noarch="generic",
            license="MIT",
            timestamp=_EPOCH * 1000,
            files=(File(path=path, content=text.encode(), executable=True),),
        )
