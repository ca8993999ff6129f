"""Reads what an installed prefix says of itself: `conda-meta`, and the `dist-info` of pip.

The format of a record is conda's `PrefixRecord` (`conda/models/records.py`), that of a
`dist-info` PEP 376, PEP 427 and the core metadata.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from typing import Any

from envtool.adapters.prefix_distributions import read_distributions
from envtool.adapters.prefix_opening import read_below
from envtool.domain.installed import Installed, InstalledFile, InstalledPackage, Unreadable
from envtool.errors import UnreadableError

_META = "conda-meta"
# A package of 100,000 files has a record of 30 MB.
_LIMIT = 1 << 26
# What `link.type` says of a prefix that is made of links into the package cache.
_SOFT = 2
# What only a root of conda, mamba or micromamba has.
_ROOT_FOLDERS = ("condabin", "envs")


def read_prefix(prefix: str, known: dict[bytes, InstalledPackage] | None = None) -> Installed:
    """See `ports.Inspector.read`; `known` has what was read before, and takes what is new.

    A tree and the one that takes its place have most records in common.
    """
    _check(prefix)
    known = {} if known is None else known
    root = os.path.realpath(prefix)
    packages: list[InstalledPackage] = []
    broken: list[Unreadable] = []
    for name in _names(prefix):
        path = f"{_META}/{name}"
        try:
            data = read_below(root, path, _LIMIT)
            key = hashlib.sha256(data + os.fsencode(path)).digest()
            if key not in known:
                known[key] = _package(json.loads(data), path)
            packages.append(known[key])
        except UnreadableError as error:
            broken.append(Unreadable(path, error.message))
        except (ValueError, RecursionError):
            broken.append(Unreadable(path, "is no JSON"))
        except _NoRecordError as error:
            broken.append(Unreadable(path, str(error)))
    owned = {each.path for package in packages for each in package.files}
    found = read_distributions(root, owned)
    return Installed(
        root=root,
        packages=(*packages, *found.packages),
        distributions=found.distributions,
        broken=(*broken, *found.broken),
        history=_history(root),
        is_root=any(os.path.isdir(f"{root}/{each}") for each in _ROOT_FOLDERS),
    )


class _NoRecordError(Exception):
    """A JSON document that is no record of a package, and why."""


def _check(prefix: str) -> None:
    """Raises `UnreadableError` for what is no prefix of conda."""
    hint = "name the folder of an environment: it holds `conda-meta`"
    try:
        if not stat.S_ISDIR(os.stat(prefix).st_mode):
            raise UnreadableError(f"`{prefix}` is a file, and a prefix is a folder", hints=(hint,))
        os.stat(f"{prefix}/{_META}")
    except (FileNotFoundError, ValueError):
        if os.path.isdir(prefix):
            message = f"`{prefix}` is no conda environment: it has no `{_META}`"
        else:
            message = f"there is no prefix `{prefix}`"
        raise UnreadableError(message, hints=(hint,)) from None
    except OSError as error:
        message = f"`{prefix}` can not be read: {error.strerror}"
        raise UnreadableError(message, hints=("look at it with `ls -ld`",)) from error


def _names(prefix: str) -> list[str]:
    """The files of the records, sorted."""
    try:
        names = os.listdir(f"{prefix}/{_META}")
    except OSError as error:
        message = f"`{prefix}/{_META}` can not be read: {error.strerror}"
        raise UnreadableError(message, hints=("look at it with `ls -ld`",)) from error
    # What a Mac puts beside files on a foreign disk starts with a dot.
    return sorted(each for each in names if each.endswith(".json") and each[0] != ".")


def _history(root: str) -> str:
    """`conda-meta/history`; nothing depends on one that can not be read."""
    try:
        return read_below(root, f"{_META}/history", _LIMIT).decode("utf-8", "replace")
    except UnreadableError:
        return ""


def _package(record: object, path: str) -> InstalledPackage:
    """The package of a record; raises `_NoRecordError`."""
    if not isinstance(record, dict):
        raise _NoRecordError("is no record of a package")
    for key in ("name", "version", "build"):
        if not isinstance(record.get(key), str) or not record[key]:
            raise _NoRecordError(f"has no `{key}`")
    link = record.get("link")
    is_soft = isinstance(link, dict) and link.get("type") == _SOFT
    return InstalledPackage(
        name=record["name"].lower(),
        version=record["version"],
        manager="conda",
        record=path,
        build=record["build"],
        subdir=_text(record, "subdir"),
        url=_text(record, "url"),
        md5=_text(record, "md5"),
        sha256=_text(record, "sha256"),
        depends=_texts(record, "depends"),
        constrains=_texts(record, "constrains"),
        files=tuple(_files(record)),
        store=_text(link or {}, "source") if is_soft else "",
        license=_text(record, "license") or None,
    )


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _texts(record: dict[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _NoRecordError(f"has no list of texts in `{key}`")
    return tuple(value)


def _files(record: dict[str, Any]) -> Iterator[InstalledFile]:
    """The paths of a record; those of old ones have no hash.

    Byte-code is left out: Python writes it anew when a source is newer, as each is whose
    placeholder was filled in.
    """
    data = record.get("paths_data")
    entries = data.get("paths") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        yield from (InstalledFile(each) for each in _texts(record, "files") if _is_kept(each))
        return
    for entry in entries:
        path = entry.get("_path") if isinstance(entry, dict) else None
        if not isinstance(path, str):
            raise _NoRecordError("has a path that is none in `paths_data`")
        kind = entry.get("path_type")
        # Folders are recorded by few packages, and hold nothing of their own.
        if kind != "directory" and _is_kept(path):
            packed, size = entry.get("sha256"), entry.get("size_in_bytes")
            yield InstalledFile(
                path,
                _final(entry),
                size if isinstance(size, int) else 0,
                kind == "softlink",
                packed if isinstance(packed, str) else "",
            )


def _is_kept(path: str) -> bool:
    return not path.endswith(".pyc")


def _final(entry: dict[str, Any]) -> str:
    """The hash of what was installed; empty when nobody recorded it."""
    found = entry.get("sha256_in_prefix")
    if not isinstance(found, str):
        # py-rattler leaves it out where nothing was replaced.
        found = "" if entry.get("prefix_placeholder") else entry.get("sha256")
    return found if isinstance(found, str) else ""
