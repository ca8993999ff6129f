"""Where what belongs to an installed prefix lies: beside it, in `.envtool/<its name>/`.

Each tree carries its identity, in `conda-meta/envtool` (conda reads only `*.json` there): so
whichever step swaps two trees swaps what they are called, too.
"""

import json
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from envtool.adapters.disk import token, write_draft
from envtool.adapters.journal import STATE_FOLDER

_IDENTITY = os.path.join("conda-meta", "envtool")
_LIMIT = 1 << 16
_TRASH = "trash-"


class Identity(NamedTuple):
    """The generation of a tree, and what tells two trees of one generation apart."""

    generation: int
    tree: str


class Places(NamedTuple):
    """The paths around one prefix."""

    prefix: str

    @property
    def folder(self) -> str:
        """What all others are in."""
        parent, name = os.path.split(self.prefix)
        return os.path.join(parent, STATE_FOLDER, name)

    @property
    def stage(self) -> str:
        """The tree that is being made."""
        return os.path.join(self.folder, "stage")

    @property
    def journal(self) -> str:
        """What says which step is being made."""
        return os.path.join(self.folder, "journal.json")

    @property
    def log(self) -> str:
        """What was done, line by line."""
        return os.path.join(self.folder, "log.jsonl")

    @property
    def generations(self) -> str:
        """The states that the prefix has had."""
        return os.path.join(self.folder, "generations")

    def generation(self, number: int) -> str:
        """One of them."""
        return os.path.join(self.generations, str(number))

    def tree(self, number: int) -> str:
        """Its tree, when it is kept and not the one at the prefix."""
        return os.path.join(self.generation(number), "tree")


def identity(tree: str) -> Identity | None:
    """What a tree is; None when it does not say, or is not there."""
    try:
        with open(os.path.join(tree, _IDENTITY), "rb") as file:
            data: Any = json.loads(file.read(_LIMIT))
        return Identity(int(data["generation"]), str(data["tree"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def identify(tree: str, generation: int) -> Identity:
    """Give a tree its identity; raises `OSError`."""
    found = Identity(generation, token())
    replace(os.path.join(tree, _IDENTITY), json.dumps(found._asdict()).encode())
    return found


def replace(path: str, data: bytes) -> None:
    """Put `data` in place of the file at `path`, for good; raises `OSError`."""
    draft = f"{path}.{token()}.tmp"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_draft(draft, data)
    os.replace(draft, path)


def remove_tree(path: str) -> None:
    """Take a tree away; gone at once by its name, then file by file. Raises `OSError`."""
    trash = os.path.join(os.path.dirname(path), f"{_TRASH}{token()}")
    try:
        os.rename(path, trash)
    except FileNotFoundError:
        return
    _delete(trash)


def sweep_trash(folder: str) -> None:
    """Take away what a run that was cut off had begun to; raises `OSError`."""
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if name.startswith(_TRASH):
                _delete(os.path.join(folder, name))


def _delete(path: str) -> None:
    def writable(function: Callable[[str], object], name: str, _: object) -> None:
        # Some packages bring folders that nobody may write to.
        os.chmod(os.path.dirname(name), stat.S_IRWXU)
        os.chmod(name, stat.S_IRWXU)
        function(name)

    shutil.rmtree(path, onerror=writable)
