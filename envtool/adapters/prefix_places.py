"""Where what belongs to an installed prefix lies: beside it, in `.envtool/<its name>/`.

Each tree carries its identity, in `conda-meta/envtool` (conda reads only `*.json` there): so
whichever step swaps two trees swaps what they are called, too.
"""

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from envtool.adapters.disk import token, write_draft
from envtool.adapters.exchange import PROBE
from envtool.adapters.journal import STATE_FOLDER, sync_folders

IDENTITY = "conda-meta/envtool"
_ENVS = "envs"
_LIMIT = 1 << 16
_TRASH = "trash-"
# What is being written has another name until it is whole.
PART = ".part"
_DRAFT = re.compile(r"(envtool|\.gitignore|[a-z]+\.(json|lock)|[0-9a-f]{64})\.[0-9a-f]{16}\.tmp")


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
    def own(self) -> str | None:
        """The folder of envtool in the project that the prefix is for; None when it has none."""
        project, name = os.path.split(os.path.dirname(self.prefix))
        is_own = name == _ENVS and os.path.basename(project) == STATE_FOLDER
        return project if is_own else None

    @property
    def stage(self) -> str:
        """The tree that is being made."""
        return os.path.join(self.folder, "stage")

    @property
    def journal(self) -> str:
        """What says which step is being made."""
        return os.path.join(self.folder, "journal.json")

    @property
    def intent(self) -> str:
        """What says which files of a project go back with the tree that is put in place."""
        return os.path.join(self.folder, "files.json")

    @property
    def log(self) -> str:
        """What was done, line by line."""
        return os.path.join(self.folder, "log.jsonl")

    @property
    def generations(self) -> str:
        """The states that the prefix has had."""
        return os.path.join(self.folder, "generations")

    @property
    def texts(self) -> str:
        """The files of projects that they were made from."""
        return os.path.join(self.folder, "texts")

    def text(self, digest: str) -> str:
        """One of them."""
        return os.path.join(self.texts, digest)

    def generation(self, number: int) -> str:
        """One of them."""
        return os.path.join(self.generations, str(number))

    def tree(self, number: int) -> str:
        """Its tree, when it is kept and not the one at the prefix."""
        return os.path.join(self.generation(number), "tree")


def identity(tree: str) -> Identity | None:
    """What a tree is; None when it does not say, or is not there."""
    try:
        with open(os.path.join(tree, *IDENTITY.split("/")), "rb") as file:
            data: Any = json.loads(file.read(_LIMIT))
        return Identity(int(data["generation"]), str(data["tree"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def identify(tree: str, generation: int, prefix: str | None = None) -> Identity:
    """Give a tree its identity, and say for which path it was built; raises `OSError`."""
    found = Identity(generation, token())
    data = {**found._asdict(), **({"prefix": prefix} if prefix else {})}
    text = json.dumps(data, ensure_ascii=False)
    replace(os.path.join(tree, *IDENTITY.split("/")), text.encode("utf-8", "surrogateescape"))
    return found


def built_for(tree: str, prefix: str) -> str | None:
    """The path that `tree` was built for, where that is another place than `prefix`."""
    try:
        with open(os.path.join(tree, *IDENTITY.split("/")), "rb") as file:
            data: Any = json.loads(file.read(_LIMIT).decode("utf-8", "surrogateescape"))
        recorded = data["prefix"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(recorded, str) or recorded == prefix:
        return None
    with suppress(OSError, ValueError):
        # One folder has many names: of links, of mounts, in upper and lower case.
        return None if os.path.samefile(recorded, prefix) else recorded
    return recorded


def replace(path: str, data: bytes) -> None:
    """Put `data` in place of the file at `path`, for good; raises `OSError`."""
    draft = f"{path}.{token()}.tmp"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_draft(draft, data)
    os.replace(draft, path)


def files_of(tree: str) -> "Iterator[tuple[str, os.DirEntry[str]]]":
    """All files and links of `tree` by relative path with slashes, but byte-code and identity."""
    waiting = [""]
    while waiting:
        start = waiting.pop()
        with os.scandir(os.path.join(tree, start)) as entries:
            for each in entries:
                path = start + each.name
                if each.is_dir(follow_symlinks=False):
                    if each.name != "__pycache__":
                        waiting.append(f"{path}/")
                elif path != IDENTITY:
                    yield path, each


def remove_tree(path: str) -> None:
    """Take a tree away; gone at once by its name, then file by file. Raises `OSError`.

    Its name is gone for good before the first file is: half a tree is never found by that name.
    """
    folder = os.path.dirname(path)
    trash = os.path.join(folder, f"{_TRASH}{token()}")
    try:
        os.rename(path, trash)
    except FileNotFoundError:
        return
    sync_folders((folder,))
    delete(trash)


def sweep(places: Places) -> None:
    """Take away what runs that were cut off left unfinished; raises `OSError`.

    Trees that were to go, records and copies that were not written to their end, drafts of files.
    """
    folders = [places.folder, places.generations, places.texts]
    folders.append(os.path.join(places.prefix, "conda-meta"))
    folders += [places.generation(number) for number in numbers(places)]
    for folder in folders:
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            path = os.path.join(folder, name)
            if _DRAFT.fullmatch(name):
                os.unlink(path)
            elif folder.startswith(places.folder) and name.startswith((_TRASH, PROBE)):
                delete(path)
            elif folder.startswith(places.folder) and name.endswith(PART):
                remove_tree(path)


def numbers(places: Places) -> list[int]:
    """The generations that there are records of."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(int(name) for name in os.listdir(places.generations) if name.isdigit())
    return []


def delete(path: str) -> None:
    """Take away a tree, also where nobody may write to a folder of it; raises `OSError`."""

    def writable(function: Callable[[str], object], name: str, _: object) -> None:
        # Some packages bring folders that nobody may write to.
        os.chmod(os.path.dirname(name), stat.S_IRWXU)
        # What may be deleted is a matter of the folder, and a file may be another tree's as well.
        if os.name == "nt" or stat.S_ISDIR(os.lstat(name).st_mode):
            os.chmod(name, stat.S_IRWXU)
        function(name)

    shutil.rmtree(path, onerror=writable)
