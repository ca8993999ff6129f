"""What a change of several files writes down first, so that the next run can end it.

A journal is made incomplete before the first draft, and replaced by a complete one when every
draft is there for good. Names in it are relative to the project, and nothing is done to a file
that has no draft beside it: so a journal that comes with a foreign repository reaches only where
that repository could put files anyway.
"""

import errno
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from envtool.adapters.disk import create_file, token, write_draft
from envtool.errors import UnreadableError

# Belongs to envtool, and git ignores it (ARCHITECTURE, "On disk").
STATE_FOLDER = ".envtool"
_NAME = "journal.json"
_VERSION = 1
_LIMIT = 1 << 22
_TOKEN = re.compile(r"[0-9a-f]{16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STRAY = re.compile(r"(journal\.json|\.gitignore)\.[0-9a-f]{16}\.tmp")


class Step(NamedTuple):
    """One file, relative to the project: the sha256 of what it was and is to be.

    None where there is no file.
    """

    path: str
    old: str | None
    new: str | None

    def place(self, root: str) -> str:
        """The file itself; what is deleted is the name, so the last link is not followed."""
        path = os.path.join(root, self.path)
        if self.new is not None:
            return os.path.realpath(path)
        return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


class Journal(NamedTuple):
    """One change.

    Attributes:
        token: what its drafts have in their names.
        folders: those that were made for it, outer ones first.
        steps: in the order in which they are made.
        complete: whether every draft is there, so that the change counts as made.
    """

    token: str
    folders: tuple[str, ...]
    steps: tuple[Step, ...]
    complete: bool = False

    def draft(self, root: str, step: Step) -> str:
        """Where the new text stands until it takes the place of the old; empty to delete."""
        return f"{step.place(root)}.{self.token}.tmp"

    def create(self, root: str) -> None:
        """Write it where none is; raises `OSError`, `FileExistsError` when one is."""
        create_file(journal_in(root), _encoded(self))

    def completed(self, root: str) -> None:
        """Put the complete one in its place: from here on the change is made. Raises `OSError`."""
        path = journal_in(root)
        draft = f"{path}.{token()}.tmp"
        write_draft(draft, _encoded(self._replace(complete=True)))
        os.replace(draft, path)
        sync_folders((os.path.dirname(path),))


def _encoded(journal: Journal) -> bytes:
    import json

    steps = [step._asdict() for step in journal.steps]
    data = {"version": _VERSION} | journal._asdict() | {"steps": steps}
    return json.dumps(data, indent=1).encode("ascii")


def journal_in(root: str) -> str:
    """Where the journal of a project stands."""
    return os.path.normpath(os.path.join(root, STATE_FOLDER, _NAME))


def load_journal(root: str) -> Journal | None:
    """The journal of a project; None when there is none.

    Raises `UnreadableError` when it can not be read or is none.
    """
    path = journal_in(root)
    try:
        with open(path, "rb") as file:
            return _journal(file.read(_LIMIT))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnreadableError(
            f"`{path}` can not be read, or is from another version of envtool",
            hints=(f"look at `git status`; to go on with the files as they are: `rm {path}`",),
        ) from error


def _journal(data: bytes) -> Journal:
    """The journal that `data` is; raises `ValueError`, `TypeError` or `KeyError`."""
    import json

    raw = json.loads(data)
    if raw["version"] != _VERSION:
        raise ValueError("another version")
    steps = tuple(Step(each["path"], each["old"], each["new"]) for each in raw["steps"])
    folders = tuple(raw["folders"])
    sums = [each for step in steps for each in (step.old, step.new) if each is not None]
    if not (
        _TOKEN.fullmatch(raw["token"])
        and isinstance(raw["complete"], bool)
        and all(_SHA256.fullmatch(each) for each in sums)
        and all(is_inside(each) for each in (*folders, *(step.path for step in steps)))
    ):
        raise ValueError("not what was written")
    return Journal(raw["token"], folders, steps, raw["complete"])


def is_inside(path: str) -> bool:
    """Whether `path` is relative and does not lead out of the project, but for links."""
    first = os.path.normpath(path).replace("\\", "/").partition("/")[0]
    return first not in {"", ".", ".."} and not os.path.splitdrive(path)[0]


def sweep(root: str, journal: Journal) -> None:
    """Take away the drafts, the new folders that are empty, then the journal.

    Raises `OSError`; the journal is still there then.
    """
    for step in journal.steps:
        _remove(journal.draft(root, step))
    for folder in reversed(journal.folders):
        with suppress(OSError):
            os.rmdir(os.path.join(root, folder))
    _remove(journal_in(root))
    sync_folders((os.path.join(root, STATE_FOLDER),))


def sweep_strays(root: str) -> None:
    """Take away drafts of what stands in the folder of envtool itself; raises `OSError`."""
    folder = os.path.join(root, STATE_FOLDER)
    for name in os.listdir(folder):
        if _STRAY.fullmatch(name):
            _remove(os.path.join(folder, name))


def _remove(path: str) -> None:
    # Asked first: a read-only folder refuses even what there is nothing of.
    if os.path.lexists(path):
        os.unlink(path)


def sync_folders(folders: Iterable[str]) -> None:
    """Make for good which names are in `folders`, where the system can; raises `OSError`."""
    if os.name == "nt":
        return
    for folder in sorted(set(folders)):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some network and FUSE file systems sync no folders.
            if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
                raise
        finally:
            os.close(descriptor)
