"""Projects that are tested, and committed: a channel with packages that work, and some that do not.

app     1.0, 1.1, 2.0    a program; 2.0 does not start
lib     1.0, 1.1, 2.0    a program that `check-lib` wants to say 1; 2.0 needs the new package extra
slow    1.0, 1.1         a program; 1.1 takes long
serve   1.0              a program that waits
needy   1.0, 1.1         1.1 wants a program that only `devtool` brings
devtool 1.0
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel, write_channel
from envtool.adapters.channel_builder.packages import File, Package
from tests.conftest import Envtool, Run
from tests.merging import Repository
from tests.served import bare_user

LINUX = "linux-64"
LOCK = "conda-lock.yml"
RECORDS = "recovery/records.lock"
SPEC = "environment.yml"
POLICY = "envtool.toml"
# What an update that was exported changes, in the order of git.
EXPORTED = [
    LOCK,
    SPEC,
    *(
        f"recovery/{name}"
        for name in (
            ".gitattributes",
            "CHANGELOG.md",
            "RECOVERY.md",
            "conda-linux-64.lock",
            "manifest.json",
            "previous/conda-linux-64.lock",
            "records.lock",
            "recover.ps1",
            "recover.sh",
        )
    ),
]


def script(path: str, body: str) -> File:
    return File(path=path, content=f"#!/bin/sh\n{body}\n".encode(), executable=True)


def _package(name: str, version: str, *files: File, needs: tuple[str, ...] = ()) -> Package:
    return Package(name=name, version=version, noarch="generic", depends=needs, files=files)


def packages() -> Iterator[Package]:
    for version in ("1.0", "1.1", "2.0"):
        broken = "exec /no/such/program" if version == "2.0" else f"echo app {version}"
        yield _package("app", version, script("bin/app", broken))
        needs = ("extra",) if version == "2.0" else ()
        yield _package("lib", version, script("bin/lib", f"echo lib {version}"), needs=needs)
    yield _package("extra", "1.0", File(path="share/extra", content=b"x"))
    for version, seconds in (("1.0", "0"), ("1.1", "1.5")):
        yield _package("slow", version, script("bin/slow", f"sleep {seconds}"))
    yield _package("needy", "1.0", script("bin/needy", "true"))
    yield _package("needy", "1.1", script("bin/needy", "exec devtool"))
    yield _package("devtool", "1.0", script("bin/devtool", "true"))
    hook = script("etc/conda/activate.d/hook.sh", 'export HOOKED="yes in $CONDA_PREFIX"')
    yield _package("hooked", "1.0", hook)


class Workshop(NamedTuple):
    """A project in a repository, with a lock that is committed."""

    folder: Path
    run: Envtool
    channel: Channel
    repository: Repository

    def write(self, *lines: str, name: str = SPEC) -> None:
        """An environment file."""
        listed = "".join(f"  - {line}\n" for line in lines)
        head = f"channels: [{self.channel.url}]\nplatforms: [{LINUX}]\n"
        (self.folder / name).write_text(f"{head}dependencies:\n{listed}")

    def policy(self, text: str) -> None:
        (self.folder / POLICY).write_text(text)

    def lock(self, *lines: str, commit: bool = True) -> None:
        """Lock, and commit everything."""
        self.write(*lines)
        done = self.run("lock")
        assert done.code == 0, done.err
        if commit:
            self.repository.commit({})

    def ok(self, *arguments: str) -> Run:
        """A command that has to work."""
        done = self.run(*arguments)
        assert done.code == 0, done
        return done

    def data(self, *arguments: str) -> Any:
        """What a command has to say as JSON, whatever its exit status."""
        done = self.run(*arguments, "-o", "json")
        assert done.out, done.err
        return json.loads(done.out)["data"]

    def checks(self, *arguments: str) -> list[str]:
        """What `envtool test` looked at: environment, kind, name, outcome."""
        tested = self.data("test", *arguments)["tested"]
        return [
            f"{each['environment']} {check['kind']} {check['name']} {check['outcome']}"
            for each in tested
            for check in each["checks"]
        ]

    def said(self, kind: str, *arguments: str) -> list[str]:
        """What was said of the checks of a kind."""
        tested = self.data("test", *arguments)["tested"]
        return [c["said"] for each in tested for c in each["checks"] if c["kind"] == kind]

    @property
    def evidence(self) -> list[Path]:
        return sorted((self.folder / ".envtool/evidence").glob("*.json"))

    def log(self, environment: str = "production") -> str:
        (path,) = (self.folder / ".envtool/evidence").glob(f"*-{environment}.log")
        return path.read_text()

    def git(self, *arguments: str) -> str:
        done = self.repository.git(*arguments)
        assert done.code == 0, done.err
        return done.out.rstrip("\n")

    def tree(self) -> dict[str, bytes]:
        """Every file of the project, git's own and envtool's left out."""
        return {
            str(each.relative_to(self.folder)): each.read_bytes()
            for each in self.folder.rglob("*")
            if each.is_file() and each.relative_to(self.folder).parts[0] not in {".git", ".envtool"}
        }


def try_channel(folder: Path) -> Channel:
    return write_channel(str(folder), tuple(packages()), DEFAULT_EPOCH)


def make_workshop(
    folder: Path, envtool: Envtool, channel: Channel, patch: pytest.MonkeyPatch
) -> Workshop:
    """A project without files in a repository of its own."""
    bare_user(folder / "home", patch)
    for name in [each for each in os.environ if each.startswith("GIT_")]:
        patch.delenv(name)
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("ENVTOOL_CACHE_DIR", str(folder / "cache"))
    project = folder / "project"
    repository = Repository(project, driver=False)
    patch.chdir(project)
    return Workshop(project, envtool, channel, repository)
