"""Runs of envtool that lose power: recorded, and judged in every state that may be left."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from envtool.adapters.channel_builder.channels import Channel
from envtool.adapters.prefix_places import Places, identity
from envtool.adapters.prefixes import InstalledPrefixes
from tests.disk_log import Disk, Log, Sync, Tree, written
from tests.installing import LINUX, leftovers
from tests.mounting import ITSELF
from tests.power_loss import states
from tests.recording import recorded
from tests.running import bare, started
from tests.solving import installed, solved
from tests.worlds import GENERATION

SUBTREE = "envs"
PREFIX = f"{SUBTREE}/production"
STATE = f"{SUBTREE}/.envtool/production"
_MEMORY = "/dev/shm"  # noqa: S108 - each state is a folder of its own in it


class Deed(NamedTuple):
    """What was recorded: the log, and what the prefix held and was to hold.

    `needs_turn`: trees are renamed or copied, so that what is left is whole after the next turn.
    """

    log: Log
    old: Tree | None
    new: Tree | None
    needs_turn: bool = False

    @property
    def whole(self) -> list[Tree]:
        found = [self.old, self.new]
        for disk in (self.log.start, self.log.end):
            numbers = [name for name in disk.tree(f"{STATE}/generations") or {} if name.isdigit()]
            found += [disk.tree(f"{STATE}/generations/{each}/tree") for each in numbers]
        return [_own(each) for each in found if each is not None]

    def without(self, forgotten: set[int | None]) -> "Deed":
        """The same by an envtool that forgets to sync these files and folders; None: all at once."""
        kept = [
            each
            for each in self.log.entries
            if not (isinstance(each, Sync) and each.node in forgotten)
        ]
        return self._replace(log=self.log.shortened(kept))


class Shop(NamedTuple):
    """A project on a disk of its own."""

    disk: Path
    channel: Channel

    @property
    def variables(self) -> dict[str, str]:
        own = {"HOME": "home", "ENVTOOL_CACHE_DIR": "cache"}
        return {name: str(self.disk / path) for name, path in own.items()}

    def typed(self, *arguments: str) -> None:
        done = started(*arguments, cwd=self.disk / "project", **self.variables)
        assert done.returncode == 0, done.stderr

    def lock(self, *lines: str) -> None:
        head = f"channels: ['{self.channel.url}']\nplatforms: [{LINUX}]\ndependencies:\n"
        text = head + "".join(f"- {each}\n" for each in lines)
        (self.disk / "project/environment.yml").write_text(text)
        self.typed("lock")

    def recreate(self, *lines: str) -> None:
        self.lock(*lines)
        self.typed("recreate", "-p", str(self.disk / PREFIX))


def made(folder: Path, channel: Channel) -> Shop:
    shop = Shop(folder / "disk", channel)
    for name in ("project", "home", SUBTREE):
        (shop.disk / name).mkdir(parents=True)
    return shop


def _first(shop: Shop) -> tuple[str, ...]:
    shop.lock("python=3.12.0", "app=1.0")
    return ("recreate",)


def _recreate(shop: Shop) -> tuple[str, ...]:
    for line in ("base-files=1.0", "pytest", "app=1.0"):
        shop.recreate("python=3.12.0", line)
    shop.lock("python=3.12.0", "app=2.0")
    return ("recreate",)


def _again(shop: Shop) -> tuple[str, ...]:
    shop.recreate("python=3.12.0", "app=1.0")
    (shop.disk / PREFIX / "share/app/1.0").write_text("by hand\n")
    return ("recreate", "--generation", "1")


def _rollback(shop: Shop) -> tuple[str, ...]:
    for line in ("app=1.0", "app=2.0"):
        shop.recreate("python=3.12.0", line)
    return ("rollback",)


def _adoption(shop: Shop) -> tuple[str, ...]:
    records = solved(shop.channel.url, shop.disk, "python==3.12.0", "app==1.0")
    installed(records, shop.disk / PREFIX)
    shutil.rmtree(shop.disk / SUBTREE / "packages")
    shop.lock("python=3.12.0", "app=2.0")
    return ("recreate",)


def _refused(shop: Shop) -> tuple[str, ...]:
    shop.recreate("python=3.12.0", "app=1.0")
    shop.lock("python=3.12.1", "app=2.0")
    return ("recreate",)


_RENAMED, COPIED = "rollback by rename", "rollback by copy"
DEEDS: Mapping[str, Callable[[Shop], tuple[str, ...]]] = {
    "first": _first,
    "recreate": _recreate,
    "built again": _again,
    "rollback": _rollback,
    _RENAMED: _rollback,
    COPIED: _rollback,
    "adoption": _adoption,
    "refused": _refused,
}


def deed(name: str, folder: Path, channel: Channel) -> Deed:
    """Do it for real, and record it; the recording is held against the disk."""
    shop = made(folder, channel)
    arguments, prefix = DEEDS[name](shop), str(shop.disk / PREFIX)
    # A mount point can not be moved.
    mount = ["unshare", "-rm", "sh", "-ec", ITSELF, "sh", prefix] if name == COPIED else []
    log = Log(shop.disk)
    log.follow(
        recorded(
            [*mount, sys.executable, "-m", "envtool", *arguments, "-p", prefix],
            shop.disk,
            code=1 if name == "refused" else 0,
            refused="renameat2" if name == _RENAMED else "",
            cwd=shop.disk / "project",
            env=bare(**shop.variables),
        )
    )
    real = Log(shop.disk).start.tree(SUBTREE) or {}
    assert dict(log.end.tree(SUBTREE) or {}).items() ^ real.items() == set(), "calls were missed"
    return Deed(log, log.start.tree(PREFIX), log.end.tree(PREFIX), name in {_RENAMED, COPIED})


def _own(tree: Tree) -> Tree:
    """A tree without what it is called, which drafts of that are, too."""
    return {path: each for path, each in tree.items() if not path.startswith("conda-meta/envtool")}


def judged(found: Deed, most: int, last: int | None = None) -> Counter[str]:
    """What was left in states of a power loss; asserts that all is well in each."""
    left: Counter[str] = Counter()
    for is_over, disk in states(found.log, SUBTREE, most=most, last=last):
        with _restored(disk) as folder:
            left[_judge(found, folder, is_over=is_over)] += 1
    return left


@contextmanager
def _restored(disk: Disk) -> Iterator[Path]:
    with TemporaryDirectory(dir=_MEMORY if os.path.isdir(_MEMORY) else None) as name:
        written(disk.tree(SUBTREE) or {}, Path(name) / SUBTREE)
        yield Path(name)


def _judge(found: Deed, folder: Path, *, is_over: bool) -> str:
    """Which tree is in place; before anything is done about it, and after the next turn."""
    prefix = folder / PREFIX
    assert found.needs_turn or _which(found, prefix)
    with InstalledPrefixes().exclusive(str(prefix), wait=1, say=print):
        pass
    state = _which(found, prefix)
    assert state
    assert state == "new" or not is_over, "what was reported as done is gone"
    _judge_past(found, prefix, state)
    return state


def _which(found: Deed, prefix: Path) -> str:
    there = _own(_tree(prefix)) if prefix.exists() else None
    for name, tree in (("new", found.new), ("old", found.old)):
        if there == (None if tree is None else _own(tree)):
            return name
    known = found.new or {}
    found_there = there or {}
    wrong = {each for each in {*known, *found_there} if found_there.get(each) != known.get(each)}
    raise AssertionError(f"neither tree is in place; other than the new one: {sorted(wrong)}")


def _judge_past(found: Deed, prefix: Path, state: str) -> None:
    places, prefixes = Places(str(prefix)), InstalledPrefixes()
    left = [*leftovers(Path(places.folder)), *prefix.glob("conda-meta/envtool.*")]
    assert not left, f"left over: {left}"
    current = identity(str(prefix))
    known = {each.number for each in prefixes.generations(str(prefix))}
    assert (current.generation in known) if current else not known, "nobody knows what it is"
    kept = []
    for number in os.listdir(places.generations) if os.path.isdir(places.generations) else ():
        assert int(number) in known, "a record that can not be read"
        assert set(os.listdir(places.generation(int(number)))) <= GENERATION
        assert prefixes.records(str(prefix), int(number))
        if prefixes.tree(str(prefix), int(number)) is not None:
            kept.append(_own(_tree(Path(places.tree(int(number))))))
    assert all(each in found.whole for each in kept), "a kept tree is not whole"
    if state == "new" and found.old is not None and _is_kept_at_the_end(found):
        assert _own(found.old) in kept, "the old tree is gone"


def _is_kept_at_the_end(found: Deed) -> bool:
    ends = found.log.end.tree(f"{STATE}/generations") or {}
    numbers = [name for name in ends if name.isdigit()]
    trees = [found.log.end.tree(f"{STATE}/generations/{each}/tree") for each in numbers]
    return found.old is not None and any(
        each is not None and _own(each) == _own(found.old) for each in trees
    )


def _tree(place: Path) -> Tree:
    return Log(place).start.tree("") or {}
