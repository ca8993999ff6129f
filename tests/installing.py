"""Projects that are installed from a small channel, whose Python is a script."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel, write_channel
from envtool.adapters.channel_builder.packages import PLACEHOLDER, File, Mode, Package, Symlink
from tests.conftest import Envtool, Run

LINUX = "linux-64"


def _script(path: str, body: str) -> File:
    mode = Mode.TEXT if PLACEHOLDER in body else None
    content = f"#!/bin/sh\n{body}\n".encode()
    return File(path=path, content=content, executable=True, placeholder=mode)


def _python(version: str, body: str, *, speaks: bool = True) -> Package:
    return Package(
        name="python",
        version=version,
        subdir=LINUX,
        files=(
            _script("bin/python3", f'echo "python {version} of {PLACEHOLDER}"; {body}')
            if speaks
            else _script("bin/python3", body),
            Symlink(path="bin/python", target="python3"),
        ),
    )


def _app(version: str, needs: str) -> Package:
    return Package(
        name="app",
        version=version,
        subdir=LINUX,
        depends=(needs,),
        files=(
            _script("bin/app", f"echo app {version} in {PLACEHOLDER}"),
            File(path=f"share/app/{version}", content=b"x\n"),
        ),
    )


def _plain(name: str, version: str, *files: File) -> Package:
    own = File(path=f"share/{name}/version", content=f"{version}\n".encode())
    return Package(name=name, version=version, noarch="generic", files=(own, *files))


def packages() -> tuple[Package, ...]:
    return (
        _python("3.11.0", "exit 0", speaks=False),
        _python("3.12.0", "exit 0"),
        _python("3.12.1", "echo can not start >&2; exit 3"),
        _app("1.0", "base-files"),
        _app("2.0", "base-files >=2"),
        _plain("base-files", "1.0"),
        _plain("base-files", "2.0"),
        _plain("pytest", "9.0"),
        _plain("pip", "24.0"),
        _plain("linked", "1.0", _script("bin/.linked-post-link.sh", "exit 1")),
        _plain("module", "1.0", File(path="lib/python3.12/site-packages/module.py")),
        _plain("activates", "1.0", _script("etc/conda/activate.d/theirs.sh", "THEIRS=1")),
        Package(
            name="r-base", version="4.5", subdir=LINUX, files=(_script("bin/Rscript", "true"),)
        ),
        Package(name="only-mac", version="1.0", subdir="osx-arm64"),
    )


def small_channel(folder: Path) -> Channel:
    return write_channel(str(folder), packages(), DEFAULT_EPOCH)


class Shop(NamedTuple):
    """A project, and the channel that it takes packages from."""

    folder: Path
    run: Envtool
    channel: Channel

    @property
    def prefix(self) -> Path:
        return self.folder / ".envtool/envs/production"

    def state(self, prefix: Path | None = None) -> Path:
        """What envtool keeps beside a prefix."""
        found = prefix or self.prefix
        return found.parent / ".envtool" / found.name

    def write(self, *lines: str, name: str = "environment.yml", then: bool = True) -> None:
        """An environment file, and its lock."""
        listed = "".join(f"  - {line}\n" for line in lines)
        head = f"channels: [{self.channel.url}]\nplatforms: [{LINUX}]\n"
        (self.folder / name).write_text(f"{head}dependencies:\n{listed}")
        if then:
            run = self.run("lock")
            assert run.code == 0, run.err

    def recreate(self, *options: str) -> Run:
        return self.run("recreate", *options)

    def said(self, program: str = "app", prefix: Path | None = None) -> str:
        """What a program of the environment says."""
        command = [str((prefix or self.prefix) / "bin" / program)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def generations(self, *options: str) -> dict[int, dict[str, Any]]:
        run = self.run("rollback", "--list", "-o", "json", *options)
        return {each["number"]: each for each in json.loads(run.out)["data"]["generations"]}

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=n", "-c", "user.email=e@e", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()


def leftovers(state: Path) -> set[str]:
    """What lies beside a prefix that should not."""
    known = {"lock", ".gitignore", "generations", "log.jsonl", "texts"}
    return set(os.listdir(state)) - known if state.exists() else set()
