"""Whether wheels may be written where they want to: what the prefix has stays as it is."""

import json
import os
import posixpath
from collections.abc import Iterable, Sequence
from itertools import pairwise

from envtool.adapters.prefix_python import records
from envtool.adapters.wheel_source import refused
from envtool.domain.locks import LockedPackage
from envtool.ports_installing import Stage

# Conda's own: a file in it would be an installed package.
_CONDA_META = "conda-meta/"


class Room:
    """The files of a stage, and those of the wheels that were let in."""

    def __init__(self, stage: Stage) -> None:
        self._root = os.path.realpath(stage.path)
        self._owners: dict[str, LockedPackage] = {}
        self._folders: set[str] = set()

    def taken(self, package: LockedPackage, paths: Sequence[str]) -> tuple[str, ...]:
        """Let a wheel in that writes `paths`, relative to the prefix with slashes.

        What of other wheels it replaces, as pip lets it. Raises `IntegrityError` when it would
        write outside of the prefix, or over what is not a wheel's.
        """
        folders = set(_above(paths))
        twice = [each for each, after in _pairs(paths) if each == after]
        if twice:
            raise refused(package, f"it has `{twice[0]}` twice")
        for folder in sorted(folders - self._folders):
            self._check_folder(package, folder)
        self._folders |= folders
        for path in paths:
            if path not in self._owners:
                self._check_file(package, path)
        replaced = [path for path in paths if path in self._owners]
        told = tuple(f"{path} of {self._owners[path].name}" for path in replaced)
        self._owners.update(dict.fromkeys(paths, package))
        return told

    def _check_folder(self, package: LockedPackage, folder: str) -> None:
        path = os.path.join(self._root, folder)
        real = os.path.realpath(path)
        if os.path.commonpath([self._root, real]) != self._root:
            reason = f"`{folder}` is a link out of the prefix, {self._owner(folder)}"
            raise refused(package, reason)
        if folder in self._owners or (os.path.lexists(path) and not os.path.isdir(path)):
            raise refused(package, f"`{folder}` is a file {self._owner(folder)}")

    def _check_file(self, package: LockedPackage, path: str) -> None:
        if f"{path}/".startswith(_CONDA_META):
            raise refused(package, f"it would write `{path}`, as if it were a conda package")
        if path in self._folders:
            raise refused(package, f"`{path}` is a folder of a wheel")
        if os.path.lexists(os.path.join(self._root, path)):
            raise refused(package, f"it would overwrite `{path}` {self._owner(path)}")

    def _owner(self, path: str) -> str:
        """Who has what is at `path`, or a folder on the way to it."""
        ways = {path, *_above([path])}
        for way in ways & self._owners.keys():
            return f"of `{self._owners[way].name}`"
        for record in records(self._root):
            with open(record, encoding="utf-8") as file:
                data = json.load(file)
            if not ways.isdisjoint(data.get("files", ())):
                return f"of the conda package `{data.get('name')} {data.get('version')}`"
        return "of nobody"


def _above(paths: Iterable[str]) -> Iterable[str]:
    """All folders that `paths` stand in, once for each path."""
    for path in paths:
        folder = posixpath.dirname(path)
        while folder:
            yield folder
            folder = posixpath.dirname(folder)


def _pairs(paths: Iterable[str]) -> Iterable[tuple[str, str]]:
    return pairwise(sorted(paths))
