"""`envtool diff`: what changed between two locks or environment files."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from envtool.domain.lock_diff import EVERYWHERE, counted, described, diff, fold
from envtool.domain.lock_reader import NotALockError, read_lock
from envtool.domain.locks import LockedPackage
from envtool.domain.results import Result
from envtool.domain.secrets import mask
from envtool.domain.spec_reader import NotASpecError, read_spec
from envtool.domain.specs import CondaDependency, PipDependency, Role, Spec
from envtool.domain.yaml_nodes import Node, YamlError
from envtool.errors import UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.finder import Finder, join
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT, STDIN

# What can only be meant as a path.
_PATH = re.compile(r"/|\.(?:ya?ml|lock|txt|toml)$")
_HINT = "name a file that is there, or REVISION:FILE, as in `HEAD:environment.yml`"
_FILES = "without git, name two files: `envtool diff OLD NEW`"
_SPEC_FILES = ("environment.yml", "environment.yaml")
_KINDS = {FileKind.FOLDER: "a folder", FileKind.OTHER: "no regular file"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRequest:
    """What to compare.

    Each side is a file, `-`, a git revision, or `REVISION:FILE`. A revision alone is the file of
    the other side at that revision, or `conda-lock.yml`; without `after` the file here.
    """

    before: str
    after: str | None = None


class _Side(NamedTuple):
    """The packages of one side, what to call it, and whether they are exact."""

    name: str
    packages: tuple[LockedPackage, ...]
    is_lock: bool


def compare(tools: Tools, request: DiffRequest) -> Result:
    """Every change from `before` to `after`, folded over platforms.

    Raises `UsageError`, `UnreadableError`, `ToolError` when one side can not be read.
    """
    finder = _Finder(tools)
    names = finder.names(request)
    before, after = (_side(name, finder.read(name)) for name in names)
    if before.is_lock is not after.is_lock:
        lock, spec = (before, after) if before.is_lock else (after, before)
        raise UsageError(
            f"`{lock.name}` is a lock and `{spec.name}` an environment file",
            hints=("compare two of a kind; `envtool verify` says whether a lock is in sync",),
        )
    folded = fold(diff(before.packages, after.packages))
    everywhere = {each.platform for side in (before, after) for each in side.packages}
    return Result(
        command="diff",
        headline=f"{counted(folded) or 'No change'}: {before.name} -> {after.name}",
        data={"changes": described(folded, everywhere)},
    )


def listing(tools: Tools, name: str) -> str:
    """One line for each package, in a fixed order: what git's textconv driver shows.

    A file that is no lock, or half of one, is shown as it is, so that git goes on.
    """
    finder = _Finder(tools)
    text = finder.read(name)
    try:
        packages = _side(name, text).packages
    except UnreadableError:
        return text.content
    platforms: dict[str, dict[str, None]] = {}
    for each in packages:
        what = " ".join(part for part in (each.name, each.version, each.build) if part)
        manager = " (pip)" if each.manager == "pip" else ""
        platforms.setdefault(what + manager, {})[each.platform] = None
    return "".join(f"{what} [{', '.join(sorted(on))}]\n" for what, on in sorted(platforms.items()))


class _Text(NamedTuple):
    """The content of one side, and what parses YAML."""

    content: str
    parse: Callable[[str, str], Node | None]


class _Finder:
    """Finds what the names of the two sides mean."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def names(self, request: DiffRequest) -> tuple[str, str]:
        """Both sides, each a file, `-`, or `REVISION:FILE`."""
        before, after = request.before, request.after
        if after is None:
            if self._is_file(before):
                raise UsageError(
                    "a file is compared with another one",
                    hints=(f"envtool diff {before} OTHER", f"envtool diff HEAD:{before}"),
                )
            _, colon, path = before.partition(":")
            after = path if colon else self._usual()
        return self._whole(before, after), self._whole(after, before)

    def _whole(self, name: str, other: str) -> str:
        """A revision with the file that is meant: the one on the other side."""
        is_there = self._tools.files.kind(name) is not FileKind.MISSING
        if ":" in name or name == STDIN or is_there or _PATH.search(name):
            return name
        path = other if self._is_file(other) and other != STDIN else other.partition(":")[2]
        return f"{name}:{path or self._usual()}"

    def _usual(self) -> str:
        """What is compared when nobody says: the lock, without one the environment file.

        Those of the project around this folder.
        """
        folder = Finder(self._tools.files).nearest(".") or "."
        names = (join(folder, each) for each in (LOCK_FILE, *_SPEC_FILES))
        return next(filter(self._is_file, names), LOCK_FILE)

    def read(self, name: str) -> _Text:
        """The text of one side."""
        try:
            text = self._bytes(name).removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError(f"`{name}` is not UTF-8", hints=("save it as UTF-8",)) from error
        return _Text(text, self._tools.yaml.parse)

    def _bytes(self, name: str) -> bytes:
        if name == STDIN:
            return self._tools.files.stdin(LOCK_LIMIT)
        if self._is_file(name):
            return self._tools.files.read(name, LOCK_LIMIT)
        revision, colon, path = name.partition(":")
        if not colon:
            kind = self._tools.files.kind(name)
            what = "does not exist" if kind is FileKind.MISSING else f"is {_KINDS[kind]}"
            raise UnreadableError(f"`{name}` {what}", hints=(_HINT,))
        try:
            data = self._tools.git.blob(".", revision, path)
        except UsageError as error:
            hint = _HINT if "revision" in error.message else _FILES
            raise UsageError(error.message, hints=(hint,)) from error
        if data is None:
            raise UnreadableError(
                f"the commit `{revision}` has no `{path}` in this folder", hints=(_HINT,)
            )
        return data

    def _is_file(self, name: str) -> bool:
        return name == STDIN or self._tools.files.kind(name) is FileKind.FILE


def _side(name: str, text: _Text) -> _Side:
    content, parse = text
    try:
        lock = read_lock(content, name, parse)
        if lock is not None:
            return _Side(name, lock.packages, is_lock=True)
        lines = tuple(content.splitlines())
        spec = read_spec(parse(content, name), lines, name, Role.PRODUCTION)
        return _Side(name, _of_spec(spec), is_lock=False)
    except (NotALockError, NotASpecError, YamlError) as error:
        raise UnreadableError(
            f"`{name}` is no lock and no environment file: {error.message}", hints=(_HINT,)
        ) from error


def _of_spec(spec: Spec) -> tuple[LockedPackage, ...]:
    """The direct dependencies, with their constraints in the place of versions."""
    lines: list[CondaDependency | PipDependency] = [*spec.dependencies, *spec.pip]
    return tuple(_asked_for(line) for line in lines)


def _asked_for(line: CondaDependency | PipDependency) -> LockedPackage:
    if isinstance(line, CondaDependency):
        name, version, manager = line.spec.name, line.spec.version, "conda"
    else:
        name = line.requirement.name or mask(line.text)
        version, manager = line.requirement.specifier, "pip"
    platforms = ", ".join(line.platforms) or EVERYWHERE
    build = line.spec.build if isinstance(line, CondaDependency) else None
    wanted = " ".join(each for each in (version or "any", build) if each)
    return LockedPackage(name, wanted, manager, platforms, "", "", "", (), "main", line.place.line)
