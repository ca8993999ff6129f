"""Reads from an installed prefix, and from the project it belongs to, what using it means."""

import os.path
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from envtool.domain.activation import (
    Activation,
    Prefix,
    activation,
    active_prefix,
    read_variables,
)
from envtool.errors import UnreadableError, UsageError
from envtool.ports import FileKind, Files
from envtool.ports_running import RunTools
from envtool.workflows.finder import POLICY_FILE, PYPROJECT, Finder, candidates, join, mentions
from envtool.workflows.prefixes import (
    Where,
    is_in_place,
    no_environment,
    prefix_of,
    recreated,
    was_moved,
)

_STATE = "conda-meta/state"
_VARIABLES = "etc/conda/env_vars.d"
_LIMIT = 1 << 20
_FOLDER = "."


class Wanted(NamedTuple):
    """Which environment, and how the scripts of the shell end that it is for."""

    where: Where
    ending: str


def prepare(doors: RunTools, wanted: Wanted) -> Activation:
    """How to make an environment active where nothing but the present one is.

    Raises `UsageError` when there is none, `UnreadableError` when a file of it can not be read,
    and for environment files with variables as `Tools` do.
    """
    finder = Finder(doors.files)
    nearest = finder.nearest(_FOLDER)
    folder = nearest or _FOLDER
    path = prefix_of(doors, folder, wanted.where)
    if doors.files.kind(path) is FileKind.MISSING:
        raise no_environment(doors.files, path, wanted.where, has_project=nearest is not None)
    _check(doors.files, path)
    if not is_in_place(doors.files, path):
        _check_moved(doors, path, wanted.where)
    variables = _installed(doors.files, path)
    if wanted.where.prefix is None and wanted.where.name is None:
        variables |= _of_project(doors, finder, folder, wanted.where.environment)
    prefix = Prefix(
        path=path,
        variables=variables,
        activate=_scripts(doors.files, path, "activate.d", wanted.ending),
    )
    present = doors.processes.variables()
    old = _active(doors.files, present, wanted.ending)
    return activation(prefix, old, present, windows=doors.processes.is_windows)


def _active(files: Files, present: Mapping[str, str], ending: str) -> Prefix | None:
    """What is active now: conda's own way out of it comes before the way into another one."""
    path = active_prefix(present)
    if path is None:
        return None
    scripts = _scripts(files, path, "deactivate.d", ending)
    return Prefix(path=path, deactivate=scripts[::-1])


def _check(files: Files, path: str) -> None:
    kind = files.kind(path)
    if files.kind(join(path, "conda-meta")) is not FileKind.FOLDER:
        what = "has no folder `conda-meta`" if kind is FileKind.FOLDER else "is no folder"
        raise UsageError(
            f"`{path}` is no conda environment: it {what}",
            hints=("name one: `-p PATH` or `-n NAME`",),
        )


def _check_moved(doors: RunTools, path: str, where: Where) -> None:
    place = doors.tools().prefixes().built_for(path)
    if place is not None:
        raise UsageError(
            was_moved(path, place), hints=(f"build it for here: `{recreated(where)}`",)
        )


def _scripts(files: Files, prefix: str, folder: str, ending: str) -> tuple[str, ...]:
    """Those that conda runs, by name; hidden ones are none."""
    place = os.path.join(prefix, "etc", "conda", folder)
    names = (each for each in files.names(place) if not each.startswith("."))
    return tuple(os.path.join(place, each) for each in names if each.endswith(ending))


def _installed(files: Files, prefix: str) -> dict[str, str | None]:
    """What packages set, and then what conda remembers for this environment."""
    found: dict[str, str | None] = {}
    place = join(prefix, _VARIABLES)
    for name in files.names(place):
        if name.endswith(".json"):
            found |= _read(files, join(place, name))
    state = join(prefix, _STATE)
    if files.kind(state) is not FileKind.MISSING:
        found |= _read(files, state, "env_vars")
    return found


def _read(files: Files, path: str, key: str | None = None) -> dict[str, str | None]:
    import json

    data = files.read(path, _LIMIT)
    try:
        document = json.loads(data.decode("utf-8"))
        return read_variables(document if key is None else dict(document).get(key, {}))
    except (ValueError, TypeError) as error:
        raise UnreadableError(
            f"`{path}` can not be read: {error}", hints=("mend the file, or remove it",)
        ) from error


def _of_project(
    doors: RunTools, finder: Finder, folder: str, environment: str
) -> dict[str, str | None]:
    """What `variables:` of the environment files say; most have none, and are not parsed."""
    if not any(_may_set(doors.files, finder, folder)):
        return {}
    from envtool.workflows.spec_variables import spec_variables

    return dict(spec_variables(doors.tools(), folder, environment))


def _may_set(files: Files, finder: Finder, folder: str) -> Iterator[bool]:
    yield from (mentions(files, path, b"variables") for path in candidates(files, folder))
    home = finder.home(folder)
    if finder.has_policy(home):
        # It may say that environment files have other names than usual.
        paths = (join(home, name) for name in (POLICY_FILE, PYPROJECT))
        there = (path for path in paths if files.kind(path) is not FileKind.MISSING)
        yield from (mentions(files, path, b"files") for path in there)
