"""Hashes every file of a tree that a package brought, conda's and pip's.

`conda-meta` names each path with its hash: `sha256_in_prefix` where the prefix was written into
it, and `sha256` else (rattler leaves the first out where nothing was written). `RECORD` of a
distribution does the same (PyPA, "Recording installed projects"). Byte-code has no hash.
"""

import base64
import csv
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from glob import escape, glob
from typing import Any, NamedTuple

from envtool.adapters.journal import is_inside
from envtool.ports_installing import Checked

_RECORDS = ("lib/python*/site-packages/*.dist-info/RECORD", "Lib/site-packages/*.dist-info/RECORD")
_BATCH = 64
_MISSING, _ALTERED, _UNREADABLE = "missing", "altered", "can not be read"
_OUTSIDE = "outside of the prefix"
# Whoever opens a FIFO waits for one that writes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_HASH = "sha256="


class _File(NamedTuple):
    """A file or link, and what it has to hold; nothing where that is not known."""

    path: str
    sha256: str


class _Seen(NamedTuple):
    """What was found of some files: their bytes, and what is wrong with which."""

    size: int
    wrong: dict[str, str]


def check_tree(tree: str) -> Checked:
    """Every file of the packages in `tree`; see `ports.Checked`."""
    problems: dict[str, str] = {}
    files = list({each.path: each for each in _files(tree, problems)}.values())
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    size = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for seen in pool.map(lambda some: _seen(tree, some), batches):
            size += seen.size
            problems.update(seen.wrong)
    modules = {each.path: each.sha256 for each in files if each.path.endswith(".py")}
    return Checked(len(files), size, tuple(sorted(problems.items())), modules)


def _files(tree: str, problems: dict[str, str]) -> Iterator[_File]:
    for path in sorted(glob(os.path.join(escape(tree), "conda-meta", "*.json"))):
        try:
            with open(path, "rb") as file:
                found = [*_of_conda(json.load(file))]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            problems[os.path.relpath(path, tree)] = _UNREADABLE
        else:
            yield from found
    for pattern in _RECORDS:
        for path in sorted(glob(os.path.join(escape(tree), *pattern.split("/")))):
            try:
                yield from _of_pip(tree, path)
            except (OSError, ValueError, IndexError, csv.Error):
                problems[os.path.relpath(path, tree)] = _UNREADABLE


def _of_conda(record: Any) -> Iterator[_File]:  # noqa: ANN401 - JSON
    for each in record["paths_data"]["paths"]:
        if each["path_type"] != "directory":
            is_link = each["path_type"] == "softlink"
            known = each.get("sha256_in_prefix") or each.get("sha256") or ""
            yield _File(each["_path"], "" if is_link else known)


def _of_pip(tree: str, record: str) -> Iterator[_File]:
    site = os.path.dirname(os.path.dirname(record))
    with open(record, encoding="utf-8", newline="") as file:
        for path, known, *_ in csv.reader(file):
            digest = ""
            if known.startswith(_HASH):
                digest = base64.urlsafe_b64decode(known.removeprefix(_HASH) + "==").hex()
            found = os.path.relpath(os.path.join(site, path), tree)
            yield _File(found.replace(os.sep, "/"), digest)


def _seen(tree: str, files: Sequence[_File]) -> _Seen:
    size, wrong = 0, {}
    for each in files:
        if not is_inside(each.path):
            wrong[each.path] = _OUTSIDE
            continue
        path = os.path.join(tree, each.path)
        try:
            if not each.sha256:
                os.lstat(path)
                continue
            digest, length = _digest(path)
            size += length
            if digest != each.sha256:
                wrong[each.path] = _ALTERED
        except OSError:
            if not each.path.endswith(".pyc"):
                wrong[each.path] = _MISSING
    return _Seen(size, wrong)


def _digest(path: str) -> tuple[str, int]:
    """The SHA-256 of a regular file, and its size; raises `OSError`, also for a FIFO."""
    with open(os.open(path, _FLAGS), "rb", buffering=0) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(path)
        return hashlib.file_digest(file, "sha256").hexdigest(), found.st_size
