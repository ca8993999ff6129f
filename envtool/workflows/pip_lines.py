"""The `pip:` section of environment files as lines for a resolver that is somewhere else.

A project in a folder (`-e .`) stands for its dependencies: it is installed last, and no lock can
hold it. They are read from its `pyproject.toml`; nothing of it is run.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any

from envtool.domain.credentials import expand
from envtool.domain.pip_grammar import canonical
from envtool.domain.pip_requirements import (
    InvalidRequirement,
    PipRequirement,
    RequirementKind,
    parse_pip_requirement,
)
from envtool.domain.pip_solving import PipConflict
from envtool.domain.specs import PipDependency
from envtool.errors import EnvtoolError
from envtool.ports import Tools
from envtool.workflows.spec_files import SPEC_LIMIT

# What says where to look; the rest of pip's options changes nothing here, or can not be.
_PLACES = frozenset({"--index-url", "--extra-index-url", "--find-links"})
_FILES = {
    RequirementKind.REQUIREMENTS_FILE: "--requirement",
    RequirementKind.CONSTRAINTS_FILE: "--constraint",
}


class RefusedLineError(Exception):
    """A line that can not be locked."""

    def __init__(self, line: PipDependency, reason: str, *hints: str) -> None:
        super().__init__(reason)
        self.conflict = PipConflict(f"{line.place}: {reason}", hints)


class PipLines:
    """Turns lines of one platform into those of a requirements file."""

    def __init__(self, tools: Tools, platform: str) -> None:
        self._tools = tools
        self._platform = platform

    def read(self, lines: Iterable[PipDependency]) -> tuple[str, ...]:
        """All of `lines`; raises `RefusedLineError` for one that can not be locked."""
        return tuple(text for line in lines for text in self._texts(line))

    def _texts(self, line: PipDependency) -> Iterator[str]:
        requirement = line.requirement
        folder = os.path.dirname(self._tools.files.absolute(line.place.path))
        match requirement.kind:
            case RequirementKind.NAMED:
                yield _named(requirement)
            case RequirementKind.URL:
                yield _address(line, self._expanded(requirement.url or ""))
            case RequirementKind.PATH:
                yield from self._project(line, folder)
            case RequirementKind.VCS:
                name = requirement.name or line.text
                reason = f"`{name}` is built from a repository, which runs its code"
                raise RefusedLineError(line, reason, *_NO_BUILD)
            case RequirementKind.OPTION:
                yield from self._option(requirement, folder)
            case kind:
                yield f"{_FILES[kind]} {_absolute(folder, requirement.argument or '')}"

    def _option(self, requirement: PipRequirement, folder: str) -> Iterator[str]:
        for option in requirement.options:
            if option.name in _PLACES and option.argument:
                text = self._expanded(option.argument)
                is_path = option.name == "--find-links" and "://" not in text
                yield f"{option.name} {_absolute(folder, text) if is_path else text}"
            elif option.name == "--no-index":
                yield option.name

    def _expanded(self, text: str) -> str:
        folder = self._tools.files.absolute(".")
        return expand(text, self._tools.desk().machine(folder).variables)

    def _project(self, line: PipDependency, folder: str) -> Iterator[str]:
        """The dependencies of the project in a folder."""
        requirement = line.requirement
        path = _absolute(folder, (requirement.url or ".").removeprefix("file://"))
        if path.endswith((".whl", ".zip", ".gz", ".bz2")):
            reason = f"`{requirement.url}` is a file of this machine"
            hint = "put it on an index, or into a folder: `--find-links FOLDER` and its name"
            raise RefusedLineError(line, reason, hint)
        project = self._table(line, path)
        if "dependencies" in project.get("dynamic", ()):
            reason = f"the dependencies of `{requirement.url}` are only known when its code is run"
            hint = "list them under `[project] dependencies` of its `pyproject.toml`"
            raise RefusedLineError(line, reason, hint)
        try:
            yield from _with_extras(project, requirement.extras)
        except InvalidRequirement as error:
            reason = f"`{path}/pyproject.toml`: {error}"
            raise RefusedLineError(line, reason, "mend it there") from error

    def _table(self, line: PipDependency, path: str) -> dict[str, Any]:
        import tomllib

        name = os.path.join(path, "pyproject.toml")
        try:
            text = self._tools.files.read(name, SPEC_LIMIT).decode("utf-8")
            table = tomllib.loads(text).get("project")
        except (EnvtoolError, ValueError) as error:
            what = error.message if isinstance(error, EnvtoolError) else f"`{name}`: {error}"
            raise RefusedLineError(line, what, _STATIC) from error
        if not isinstance(table, dict):
            raise RefusedLineError(line, f"`{name}` has no table `[project]`", _STATIC)
        return table


def _named(requirement: PipRequirement) -> str:
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}{extras}{requirement.specifier}{marker}"


def _address(line: PipDependency, url: str) -> str:
    if not url.partition("#")[0].endswith(".whl"):
        reason = f"`{line.requirement.name or line.text}` is built from source, which runs its code"
        raise RefusedLineError(line, reason, *_NO_BUILD)
    marker = f" ; {line.requirement.marker}" if line.requirement.marker else ""
    name = f"{line.requirement.name} @ " if line.requirement.name else ""
    return f"{name}{url}{marker}"


def _absolute(folder: str, path: str) -> str:
    return os.path.normpath(os.path.join(folder, path))


def _with_extras(project: dict[str, Any], extras: tuple[str, ...]) -> Iterator[str]:
    """The dependencies of a project with `extras`, those that name its own extras included."""
    own = canonical(str(project.get("name", "")))
    optional = {
        canonical(key): value for key, value in project.get("optional-dependencies", {}).items()
    }
    waiting = [str(each) for each in project.get("dependencies", ())]
    wanted, seen = list(extras), set[str]()
    while waiting or wanted:
        while wanted:
            extra = canonical(wanted.pop())
            if extra not in seen:
                seen.add(extra)
                waiting += map(str, optional.get(extra, ()))
        for text in waiting:
            requirement = parse_pip_requirement(text)
            if requirement.name == own:
                wanted += requirement.extras
            else:
                yield text
        waiting = []


_NO_BUILD = (
    "name a release that has a wheel, or a wheel by its URL",
    "or take it as a conda package",
)
_STATIC = "a project in a folder says in `[project] dependencies` what it needs"
