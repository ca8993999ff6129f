"""Which Python a prefix has, as its own records say."""

import json
import os
import re
from typing import Any, NamedTuple

from envtool.domain.python_layout import PythonLayout, layout_of, series_of
from envtool.ports_installing import Stage

_SHA256 = re.compile(r"[0-9a-f]{64}")


class RecordedPython(NamedTuple):
    """Where the Python of a prefix has its files, and the SHA-256 of the archive it came in.

    The latter is empty when nobody knows.
    """

    layout: PythonLayout
    package: str


def python_in(stage: Stage) -> RecordedPython:
    """The Python of a stage."""
    record = _recorded(stage.path)
    place, package = (record.get(key) for key in ("python_site_packages_path", "sha256"))
    site = place if isinstance(place, str) else ""
    known = package if isinstance(package, str) and _SHA256.fullmatch(package) else ""
    return RecordedPython(layout_of(stage.platform, stage.python, site or _threaded(stage)), known)


def layout_in(stage: Stage) -> PythonLayout:
    """Where the Python of a stage has its files."""
    return python_in(stage).layout


def records(prefix: str) -> list[str]:
    """The paths of the records of conda packages, sorted; none without the folder."""
    folder = os.path.join(prefix, "conda-meta")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if name.endswith(".json")]


def _recorded(prefix: str) -> dict[str, Any]:
    """The record of the package python; empty without one."""
    for path in records(prefix):
        if os.path.basename(path).rsplit("-", 2)[0] == "python":
            with open(path, encoding="utf-8") as file:
                found: dict[str, Any] = json.load(file)
            return found
    return {}


def _threaded(stage: Stage) -> str:
    """The folder of a build without the global lock, where only that is there."""
    plain = f"lib/python{series_of(stage.python)}"
    found = [os.path.isdir(os.path.join(stage.path, each)) for each in (plain, f"{plain}t")]
    return f"{plain}t/site-packages" if found == [False, True] else ""
