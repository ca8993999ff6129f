"""Installs locked wheels into a stage that will stand elsewhere; runs nothing of them.

The specification is packaging.python.org's of binary distributions, done by PyPA's `installer`;
what it takes for true of a wheel is checked before the first byte is written.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import takewhile
from threading import Event
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from installer import install

from envtool.adapters.archives import ArchiveStore, checked_sha256
from envtool.adapters.cache_use import using
from envtool.adapters.downloads import Downloads
from envtool.adapters.prefix_python import layout_in
from envtool.adapters.web_messages import Address
from envtool.adapters.wheel_destination import Places, StageDestination, Targets
from envtool.adapters.wheel_room import Room
from envtool.adapters.wheel_source import Wheel, check, locked_name, refusing
from envtool.adapters.writing import writing
from envtool.domain.locks import LockedPackage
from envtool.domain.pip_grammar import canonical
from envtool.domain.wheel_tags import fits
from envtool.errors import IntegrityError, UnavailableError, UsageError
from envtool.ports_installing import Fetched, Stage, WheelFacts

_AT_ONCE = 8
_INSTALLER = b"envtool\n"
_OFFLINE = ("leave out `--offline`, or fetch it once with the network",)
_LOCK = "lock again: `envtool lock`"
_SOURCE = ("take it as a conda package, or another version that has a wheel",)
Say = Callable[[str], None]


class LockedWheels:
    """The port `Wheels` on a store of archives.

    `cache` is the folder whose users have nothing taken away; none without a name.
    """

    def __init__(
        self, store: ArchiveStore, downloads: Downloads, *, offline: bool = False, cache: str = ""
    ) -> None:
        self._store = store
        self._using: Callable[[], AbstractContextManager[None]] = (
            partial(using, cache) if cache else nullcontext
        )
        self._downloads = downloads
        self._offline = offline

    def fetch(self, packages: Sequence[LockedPackage], say: Say) -> Fetched:
        """See `ports.Wheels.fetch`."""
        wanted = _once_each(packages)
        # All that a lock can be wrong in, before anything is fetched.
        addresses = {each: self._address(each) for each in wanted}
        downloaded = hits = 0
        stop = Event()
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            runs = [pool.submit(self._get, each, addresses[each], stop) for each in wanted]
            try:
                for package, run in zip(wanted, runs, strict=True):
                    size = run.result()
                    downloaded += size
                    hits += not size
                    if size:
                        say(f"Fetched `{file_name(package)}`")
            except BaseException:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return Fetched(downloaded, hits)

    def install(self, stage: Stage, packages: Sequence[LockedPackage], say: Say) -> WheelFacts:
        """See `ports.Wheels.install`."""
        with self._using():
            return self._install(stage, packages, say)

    def _install(self, stage: Stage, packages: Sequence[LockedPackage], say: Say) -> WheelFacts:
        wanted = _once_each(packages)
        for each in wanted:
            _check_tags(stage, each)
        fetched = self.fetch(wanted, say)
        places = {each: _places(stage, each) for each in wanted}
        room = Room(stage)
        replaced = [
            path
            for each in wanted
            for path in self._checked(each, places[each], room)
        ]  # fmt: skip
        files: dict[str, str] = {}
        for each in wanted:
            files |= self._installed(each, places[each])
            say(f"Installed `{each.name} {each.version}`")
        return WheelFacts(fetched.downloaded, fetched.hits, files, tuple(replaced))

    def _address(self, package: LockedPackage) -> Address:
        """Where a wheel is; raises when the lock has no wheel, or nothing to hold it against."""
        if not package.url:
            raise UsageError(
                f"nobody knows where `{package.name} {package.version}` came from",
                hints=("list it under `pip:` in `environment.yml`, then `envtool lock`",),
            )
        address = self._downloads.address(package.url)
        name = file_name(package)
        if not name.endswith(".whl"):
            raise UsageError(
                f"`{package.name} {package.version}` is locked as `{name}`, which is no wheel;"
                " nothing is built",
                hints=_SOURCE,
            )
        checked_sha256(package.sha256, name)
        locked_name(package, name)
        return address

    def _get(self, package: LockedPackage, address: Address, stop: Event) -> int:
        """Have a wheel in the store; how many bytes that took."""
        sha256 = package.sha256.lower()
        found = self._store.open(sha256)
        if found is not None:
            found.close()
            return 0
        if self._offline and not address.is_local:
            message = f"`{address.shown}` was not fetched before, and the network is not used"
            raise UnavailableError(message, hints=_OFFLINE)

        def take(pieces: Iterator[bytes]) -> int:
            # What is left over comes too late when another one failed.
            going_on = takewhile(lambda _: not stop.is_set(), pieces)
            return self._store.put(sha256, file_name(package), going_on)

        return self._downloads.fetch(address, take)

    def _checked(self, package: LockedPackage, places: Places, room: Room) -> tuple[str, ...]:
        """Which files of other wheels this one replaces."""
        with self._opened(package) as (wheel, size):
            check(wheel, package, size, windows=not places.layout.is_posix)
            return room.taken(package, _targets(wheel, places))

    def _installed(self, package: LockedPackage, places: Places) -> Mapping[str, str]:
        """The files of a wheel that was checked, now written, with their sha256."""
        with self._opened(package) as (wheel, _), writing(places.stage.path):
            destination = StageDestination(places, wheel)
            install(wheel, destination, {"INSTALLER": _INSTALLER})
        return destination.files

    @contextmanager
    def _opened(self, package: LockedPackage) -> Iterator[tuple[Wheel, int]]:
        """A wheel of the store, all of it hashed, and its size in bytes."""
        file = self._store.open(package.sha256.lower())
        if file is None:
            raise IntegrityError(
                f"`{file_name(package)}` was changed in the cache meanwhile",
                hints=("find out by whom, then type the command again",),
            )
        with file, refusing(package):
            yield Wheel(file, file_name(package)), _size(file)


def file_name(package: LockedPackage) -> str:
    """The name of a package's file, from its URL."""
    return unquote(urlsplit(package.url).path.rpartition("/")[2])


def _check_tags(stage: Stage, package: LockedPackage) -> None:
    """Raises `UsageError` when a wheel is for another Python or machine than that of `stage`."""
    name = file_name(package)
    if name.endswith(".whl") and not fits(name, stage.python, stage.platform):
        raise UsageError(
            f"`{name}` is not for Python {stage.python} on {stage.platform}", hints=(_LOCK,)
        )


def _once_each(packages: Sequence[LockedPackage]) -> list[LockedPackage]:
    """Each package once, however many categories have it; by name, so that order never varies."""
    unique = {(canonical(each.name), each.version, each.sha256): each for each in packages}
    return [unique[key] for key in sorted(unique)]


def _places(stage: Stage, package: LockedPackage) -> Places:
    return Places(stage, layout_in(stage), canonical(package.name))


def _targets(wheel: Wheel, places: Places) -> list[str]:
    """What the wheel would write, relative to the prefix."""
    targets = Targets(places)
    install(wheel, targets, {"INSTALLER": _INSTALLER})
    return targets.paths


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
