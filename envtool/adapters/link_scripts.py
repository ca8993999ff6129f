"""The post-link scripts of conda packages, and the records of what they changed.

A script may change files that packages brought. The record of such a file then says what it is
now, in `sha256_in_prefix` (`conda/models/records.py`): whoever hashes the files finds them whole.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from glob import escape, glob
from hashlib import sha256
from typing import Any

from envtool.adapters.prefix_places import files_of, replace

# What a script has to say to the user; conda shows it and takes it away.
_MESSAGES = ".messages.txt"
_LIMIT = 1 << 16
# Scripts may fetch what their package could not hold.
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
# A change of any kind shows in one of these, and no program can set all of them back.
Stamp = tuple[int, int, int, int]


def script_of(tree: str, name: str) -> str | None:
    """The post-link script of a package in `tree`, relative to it; None when it has none."""
    path = f"Scripts/.{name}-post-link.bat" if os.name == "nt" else f"bin/.{name}-post-link.sh"
    return path if os.path.isfile(os.path.join(tree, *path.split("/"))) else None


def command_of(prefix: str, script: str) -> list[str]:
    """What runs `script` of `prefix`: the shell that conda takes, where there is one."""
    path = os.path.join(prefix, *script.split("/"))
    if os.name == "nt":
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/c", path]
    return [shutil.which("bash") or "/bin/sh", path]


def variables_of(tree: str, prefix: str, key: tuple[str, str, str]) -> dict[str, str]:
    """What conda tells a script of the package `key` (name, version, build)."""
    name, version, _ = key
    passed = {each: os.environ[each] for each in _PROXIES if each in os.environ}
    return {
        **passed,
        "PREFIX": prefix,
        "PKG_NAME": name,
        "PKG_VERSION": version,
        "PKG_BUILDNUM": str(_build_number(tree, key)),
    }


def _build_number(tree: str, key: tuple[str, str, str]) -> int:
    path = os.path.join(tree, "conda-meta", "-".join(key) + ".json")
    with open(path, encoding="utf-8") as file:
        return int(json.load(file).get("build_number", 0))


def stamps(tree: str) -> dict[str, Stamp]:
    """What tells whether a file or link of `tree` was changed, by relative path."""
    return {path: _stamp(each.stat(follow_symlinks=False)) for path, each in files_of(tree)}


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def take_over(tree: str, before: Mapping[str, Stamp]) -> tuple[str, ...]:
    """Record as it is now what changed in `tree` since `before`; the files that are new.

    Raises `OSError`.
    """
    after = stamps(tree)
    changed = {path for path, stamp in before.items() if after.get(path) != stamp}
    if changed:
        for path in glob(os.path.join(escape(tree), "conda-meta", "*.json")):
            _update(tree, path, changed)
    return tuple(sorted(after.keys() - before.keys()))


def _update(tree: str, path: str, changed: set[str]) -> None:
    """Have one record say of the `changed` files what they are."""
    with open(path, encoding="utf-8") as file:
        data: Any = json.load(file)
    entries = data.get("paths_data", {}).get("paths", [])
    if changed.isdisjoint(each["_path"] for each in entries):
        return
    data["paths_data"]["paths"] = list(_updated(tree, entries, changed))
    there = {each["_path"] for each in data["paths_data"]["paths"]}
    data["files"] = [each for each in data.get("files", []) if each in there]
    replace(path, json.dumps(data, indent=2).encode())


def _updated(tree: str, entries: list[Any], changed: set[str]) -> Iterator[Any]:
    for each in entries:
        full = os.path.join(tree, *each["_path"].split("/"))
        if each["_path"] not in changed:
            yield each
        elif os.path.islink(full):
            text = os.readlink(full).encode()
            digest = sha256(text).hexdigest()
            yield each | {"path_type": "softlink", "sha256_in_prefix": digest}
        elif os.path.isfile(full):
            with open(full, "rb") as file:
                content = file.read()
            digest, size = sha256(content).hexdigest(), len(content)
            yield each | {
                "path_type": "hardlink",
                "sha256_in_prefix": digest,
                "size_in_bytes": size,
            }


def messages(tree: str) -> str:
    """What a script had to say, which is taken away; empty when it said nothing."""
    path = os.path.join(tree, _MESSAGES)
    try:
        with open(path, "rb") as file:
            said = file.read(_LIMIT).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    with suppress(OSError):
        os.unlink(path)
    return said
