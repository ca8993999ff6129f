"""A project with locks of two versions, and a prefix of which every file is known in each.

The prefix may also be as another tool makes it. What is written anywhere else is found.
"""

import hashlib
import marshal
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.prefix_places import Places
from tests.solving import installed, solved

ENVTOOL = (sys.executable, "-m", "envtool")
SPECS = ("1.0.0", "1.1.0")
ADOPTED = "adopted"
# What differs from run to run; a draft of the former goes with the next turn.
_OWN = re.compile(r"conda-meta/(history|envtool(\.[0-9a-f]{16}\.tmp)?)")
# What envtool keeps of a generation.
GENERATION = frozenset({
    "generation.json", "records.lock", "copy.json", "manifest.json", "tree",
})  # fmt: skip
# Of byte-code, PEP 552.
_HEAD = 16
# Of byte-code that is whole, by its SHA-256.
_HEADS: dict[str, str] = {}

Content = Mapping[str, str]


class World(NamedTuple):
    """A project with locks of two versions, its prefix, and what that may hold."""

    folder: Path
    contents: dict[str, Content]

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def prefix(self) -> Path:
        return self.folder / "envs/production"

    @property
    def places(self) -> Places:
        return Places(str(self.prefix))

    @property
    def variables(self) -> dict[str, str]:
        """A user who has nothing; what is written elsewhere is found."""
        kept = ("PATH", "LANG", "PYTHONPATH", "COVERAGE_PROCESS_START", "COVERAGE_FILE")
        own = {"HOME": "home", "TMPDIR": "tmp", "ENVTOOL_CACHE_DIR": "cache"}
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            name: str(self.folder / path) for name, path in own.items()
        }

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*ENVTOOL, *arguments],
            cwd=self.project,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *arguments: str) -> None:
        run = self.run(*arguments)
        assert run.returncode == 0, run.stderr

    def take(self, version: str) -> None:
        """Make the lock of a version the one of the project."""
        for name in ("conda-lock.yml", "recovery/records.lock"):
            shutil.copy(self.folder / f"locks-{version}" / name, self.project / name)

    def forget(self, *, adopted: bool) -> None:
        """No past; at the prefix what another tool made, or nothing."""
        for path in (self.prefix, Path(self.places.folder)):
            shutil.rmtree(path, ignore_errors=True)
        if adopted:
            shutil.copytree(self.folder / ADOPTED, self.prefix, symlinks=True)

    def holds(self) -> str:
        """The name of what the prefix holds, every file of it hashed."""
        found = content(self.prefix)
        for name, each in self.contents.items():
            if each == found:
                return name
        near = min(
            self.contents.values(), key=lambda each: len(set(each.items()) ^ set(found.items()))
        )
        wrong = sorted({path for path, _ in set(near.items()) ^ set(found.items())})
        raise AssertionError(f"{self.prefix} is neither of its trees: {wrong[:20]}")

    def beside(self) -> set[str]:
        """All that lies around but in trees and what belongs to the prefix, by path."""
        trees = {self.folder / name for name in ("project", "channel", ADOPTED)}
        trees |= {self.prefix, self.prefix.parent / ".envtool"}
        meta = self.prefix / "conda-meta"
        drafts = {f"in the prefix: {each.name}" for each in meta.glob("*.tmp")}
        return set(_paths(self.folder, trees)) | drafts


def prepared(folder: Path, channel: Channel) -> World:
    """A world in which both versions were installed once."""
    world = World(folder, {})
    for name in ("project", "home", "tmp", "envs"):
        (folder / name).mkdir(parents=True)
    _lock(world, channel)
    for version in SPECS:
        world.take(version)
        world.done("recreate", "-p", str(world.prefix))
        world.contents[version] = content(world.prefix)
    world.forget(adopted=False)
    wanted = solved(channel.url, folder / "solved", *_needs(SPECS[0]))
    installed(wanted, world.prefix)
    os.rename(world.prefix, folder / ADOPTED)
    for name in ("solved", "envs/packages"):
        shutil.rmtree(folder / name, ignore_errors=True)
    world.contents[ADOPTED] = content(folder / ADOPTED)
    return world


def _needs(version: str) -> tuple[str, ...]:
    return ("python", "rich", f"hello-python=={version}")


def _lock(world: World, channel: Channel) -> None:
    for version in SPECS:
        head = f"channels: ['{channel.url}']\nplatforms: [linux-64]\ndependencies:\n"
        lines = "".join(f"- {each}\n" for each in _needs(version))
        (world.project / "environment.yml").write_text(head + lines)
        world.done("lock")
        for name in ("conda-lock.yml", "recovery/records.lock"):
            kept = world.folder / f"locks-{version}" / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(world.project / name, kept)


def content(tree: Path) -> Content:
    """Each file by its SHA-256, each link by where it leads; folders end with a slash."""
    found = {}
    for folder, folders, names in os.walk(tree):
        below = os.path.relpath(folder, tree)
        found.update({os.path.normpath(f"{below}/{name}") + "/": "" for name in folders})
        for name in names:
            path = os.path.normpath(f"{below}/{name}")
            full = os.path.join(folder, name)
            if os.path.islink(full):
                found[path] = f"-> {os.readlink(full)}"
            elif not _OWN.fullmatch(path):
                found[path] = told(Path(full).read_bytes(), is_byte_code=path.endswith(".pyc"))
    return found


def told(data: bytes, *, is_byte_code: bool = False) -> str:
    """A file by its SHA-256; byte-code by its head, for it may name any source with its text."""
    found = hashlib.sha256(data).hexdigest()
    if is_byte_code and found not in _HEADS:
        try:
            marshal.loads(data[_HEAD:])  # noqa: S302 - made here
        except (EOFError, ValueError, TypeError):
            return "torn"
        _HEADS[found] = data[:_HEAD].hex()
    return _HEADS[found] if is_byte_code else found


def _paths(folder: Path, left_out: set[Path]) -> Iterator[str]:
    for where, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if Path(where, each) not in left_out]
        for name in (*folders, *names):
            yield os.path.relpath(os.path.join(where, name), folder)
