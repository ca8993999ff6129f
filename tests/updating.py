"""A channel whose packages have something to be updated to, and a project that uses it.

numlib 1.26.3, 1.26.4, 1.26.5, 1.27.0, 2.0.0    needs base: the last one base 2
base   1.0, 1.1, 2.0                            nobody lists it
web    1.0.0, 1.0.1, 1.2.0                      the last one needs the new package helper
view   1.0, 2.0                                 1.0 only goes with numlib below 1.27
twin   1.0, 1.1 everywhere, 1.2 on linux-64 alone
tied   1.0, 1.1                                 with another build on each platform
slow   1.0 that does not say when it was built, 1.1
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.lock_reader import read_lock
from tests.channel.install_samples import day
from tests.channels import record, write_records
from tests.conftest import Envtool, Run

LINUX, MAC = "linux-64", "osx-arm64"
BOTH = (LINUX, MAC)
# Days of 2026 on which the packages were built.
_NUMLIB = {"1.26.3": 10, "1.26.4": 20, "1.26.5": 30, "1.27.0": 40, "2.0.0": 50}


def records() -> Iterator[dict[str, Any]]:
    """What the channel holds."""
    for version, built in _NUMLIB.items():
        base = "base >=2" if version == "2.0.0" else "base <2"
        yield record("numlib", version, base, timestamp=day(built))
    for version, built in {"1.0": 5, "1.1": 15, "2.0": 25}.items():
        yield record("base", version, timestamp=day(built))
    for version, built in {"1.0.0": 12, "1.0.1": 22}.items():
        yield record("web", version, "base", timestamp=day(built))
    yield record("web", "1.2.0", "base", "helper", timestamp=day(32))
    yield record("helper", "0.1", timestamp=day(8))
    yield record("view", "1.0", "numlib <1.27", timestamp=day(8))
    yield record("view", "2.0", "numlib", timestamp=day(45))
    for number, version in enumerate(("1.0", "1.1")):
        yield record("twin", version, timestamp=day(10 + number))
        yield record("slow", version, timestamp=day(50) if number else None)
        for subdir in BOTH:
            build = f"{subdir[:3]}_{number}"
            yield record("tied", version, build=build, subdir=subdir, timestamp=day(10))
    yield record("twin", "1.2", subdir=LINUX, timestamp=day(30))
    yield record("python", "3.12.4", timestamp=day(1))
    yield record("pip", "24.0", timestamp=day(1))
    yield record("foe", "1.0", subdir=LINUX, constrains=["twin !=1.1"], timestamp=day(9))
    yield record("foe", "1.0", subdir=MAC, timestamp=day(9))


class Project(NamedTuple):
    """A project and the channel that it takes packages from."""

    folder: Path
    envtool: Envtool
    channel: str

    def write(self, *lines: str, name: str = "environment.yml", comment: str = "") -> None:
        """An environment file with these dependencies."""
        listed = "".join(f"  - {line}\n" for line in lines)
        head = f"channels: [{self.channel}]{comment}\nplatforms: [{', '.join(BOTH)}]\n"
        (self.folder / name).write_bytes(f"{head}dependencies:\n{listed}".encode())

    def lock(self, *lines: str, then: tuple[str, ...] | None = None) -> None:
        """Lock these dependencies, and write others in their place."""
        self.write(*lines)
        assert self.envtool("lock").code == 0
        if then is not None:
            self.write(*then)
            assert self.envtool("lock").code == 0

    def update(self, *arguments: str, code: int = 0) -> Run:
        """Update, and hold the exit status."""
        done = self.envtool("update", *arguments)
        assert done.code == code, done
        return done

    def plan(self, *arguments: str) -> Any:
        """What an update would change, as JSON."""
        return json.loads(self.update(*arguments, "--dry-run", "-o", "json").out)

    def changes(self, *arguments: str) -> list[str]:
        """The same, a line each."""
        changes = self.plan(*arguments)["data"]["plan"]["changes"]
        return [
            f"{each['kind']} {each['name']} {each['before']} {each['after']}"
            + ("" if each["everywhere"] else f" {'+'.join(each['platforms'])}")
            for each in changes
        ]

    def lines(self, *arguments: str) -> list[str]:
        """The lines of files as they would be."""
        return [each["after"] for each in self.plan(*arguments)["data"]["plan"]["lines"]]

    def locked(self, platform: str = LINUX, name: str = "conda-lock.yml") -> dict[str, str]:
        """What is locked for a platform."""
        found = read_lock((self.folder / name).read_text(), name, EventYaml().parse)
        assert found is not None
        return {each.name: each.version for each in found.packages if each.platform == platform}

    def files(self) -> dict[str, bytes]:
        """Every file but those of the channel and the candidate."""
        paths = (each for each in self.folder.rglob("*") if each.is_file())
        names = ((str(each.relative_to(self.folder)), each) for each in paths)
        return {
            name: each.read_bytes()
            for name, each in names
            if not name.startswith(("channel/", ".envtool/", "more/"))
        }

    def candidate(self) -> set[str]:
        """The names of the files of the candidate."""
        root = self.folder / ".envtool/candidate"
        return {str(each.relative_to(root)) for each in root.rglob("*") if each.is_file()}


def make(folder: Path, envtool: Envtool) -> Project:
    """A project without files, and its channel."""
    (folder / ".git").mkdir()
    return Project(folder, envtool, write_records(folder / "channel", records()))
