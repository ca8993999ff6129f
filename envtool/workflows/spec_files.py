"""Reads environment files and locks; what can not be read is a value, and the rest counts."""

import codecs
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from envtool.domain.findings import Place, Violation
from envtool.domain.lock_reader import NotALockError, read_lock
from envtool.domain.project import Broken
from envtool.domain.results import Failure
from envtool.domain.spec_reader import NotASpecError, read_spec
from envtool.domain.specs import Role, Spec
from envtool.domain.yaml_nodes import YamlError
from envtool.errors import EnvtoolError, ExitCode, UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows import finder

if TYPE_CHECKING:
    from envtool.domain.locks import Lock

SPEC_LIMIT = finder.SPEC_LIMIT
LOCK_FILE = finder.LOCK_FILE
# The largest lock in the wild has 6 MB.
LOCK_LIMIT = 1 << 28
STDIN = "-"
STDIN_SHOWN = "<stdin>"

# What a lock has at the start of a line, and an environment file has not.
_LOCK = re.compile(rb"^(?:packages?:|@EXPLICIT)\s", re.MULTILINE)
LOCK_ANEW = "restore it from git, or lock anew without it: `rm {path}`"
_SETTLE = "settle the conflict, then run `envtool verify` again"
_JINJA = re.compile(r"\{%|\{\{")


class SpecFile(NamedTuple):
    """A file to read, `-` for standard input, and what it is for."""

    path: str
    role: Role

    @property
    def shown(self) -> str:
        """The path as people see it."""
        return STDIN_SHOWN if self.path == STDIN else self.path


class Outcome(NamedTuple):
    """What became of one file: a spec or a lock, or why there is neither."""

    spec: Spec | None = None
    lock: "Lock | None" = None
    broken: Broken | None = None
    failure: Failure | None = None

    @property
    def is_conflict(self) -> bool:
        """Whether merge markers are the reason."""
        return self.broken is not None and self.broken.conflicted


def load_spec(tools: Tools, file: SpecFile) -> Outcome:
    """Read and parse one environment file; `-` is standard input."""
    shown = file.shown
    try:
        if file.path == STDIN:
            data = tools.files.stdin(LOCK_LIMIT)
        else:
            data = tools.files.read(file.path, LOCK_LIMIT)
        if len(data) > SPEC_LIMIT and not _LOCK.search(data):
            raise UnreadableError(
                f"`{shown}` is larger than {SPEC_LIMIT >> 20} MiB: no environment file",
                hints=("name the environment file itself: `envtool verify environment.yml`",),
            )
    except EnvtoolError as error:
        return Outcome(failure=Failure.of(error, Place(shown)))
    try:
        text = decoded(data, shown)
    except NotASpecError as error:
        return _broken(Violation(error.message, error.place, fix=error.hint), ())
    outcome = _parsed(tools, text, shown, file.role)
    if outcome.lock is not None and file.path != STDIN:
        return outcome._replace(lock=with_records(tools, outcome.lock))
    return outcome


def with_records(tools: Tools, lock: "Lock") -> "Lock":
    """`lock` with what lies beside it: records of its packages, the files it was made from."""
    folder = posixpath.dirname(lock.path)

    def is_missing(name: str) -> bool:
        return tools.files.kind(finder.join(folder, name)) is FileKind.MISSING

    if lock.isolated or is_missing(finder.RECORDS_FILE):
        return lock
    gone = tuple(each for each in lock.sources if is_missing(each))
    return replace(lock, recorded=True, gone=gone)


def parse_lock(tools: Tools, data: bytes, path: str) -> "Lock":
    """The lock file of any kind that `data` is; raises `EnvtoolError` when it is none."""
    try:
        outcome = _parsed(tools, decoded(data, path), path, Role.PRODUCTION)
    except NotASpecError as error:
        outcome = _broken(Violation(error.message, error.place, fix=error.hint), ())
    if outcome.lock is not None:
        return outcome.lock
    if outcome.failure is not None:
        message = outcome.failure.message.replace("was not judged", "can not be read")
        raise UnreadableError(message, hints=outcome.failure.hints)
    raise UsageError(f"`{path}` is no lock file", hints=("make one: `envtool lock`",))


def _parsed(tools: Tools, text: str, path: str, role: Role) -> Outcome:
    lines = tuple(text.splitlines())
    conflicted = text.startswith("<" * 7) or "\n<<<<<<< " in text
    if conflicted and (marker := _marker(text)):
        line = text.count("\n", 0, marker.start()) + 1
        place = Place(path, line, 1, len(marker[0]) + 1)
        message = "the file holds the markers of an unsettled merge"
        is_lock = path.endswith(LOCK_FILE)
        fix = "settle it: `envtool lock --merge`" if is_lock else _SETTLE
        return _broken(Violation(message, place, fix=fix), lines, conflicted=True)
    try:
        if (lock := read_lock(text, path, tools.yaml.parse)) is not None:
            return Outcome(lock=lock)
        return Outcome(spec=read_spec(tools.yaml.parse(text, path), lines, path, role))
    except NotALockError as error:
        return _broken(Violation(error.message, error.place), lines)
    except (YamlError, NotASpecError) as error:
        jinja = isinstance(error, YamlError) and _JINJA.search(text)
        fix = "conda renders no jinja (`{% %}`, `{{ }}`): render the template first"
        problem = Violation(error.message, error.place, fix=fix if jinja else error.hint)
        return _broken(problem, lines)


def _marker(text: str) -> "re.Match[str] | None":
    from envtool.domain.merge_markers import first_marker

    return first_marker(text)


def _broken(problem: Violation, lines: tuple[str, ...], *, conflicted: bool = False) -> Outcome:
    if posixpath.basename(problem.place.path) == LOCK_FILE and not conflicted:
        # Nobody writes it by hand, so nobody is to mend it by hand.
        problem = problem._replace(fix=LOCK_ANEW.format(path=problem.place.path))
    failure = Failure(
        code=ExitCode.UNREADABLE,
        message=f"`{problem.place.path}` was not judged: {problem.message}",
        place=problem.place,
        hints=(problem.fix,) if problem.fix else (),
    )
    return Outcome(broken=Broken(problem.place.path, problem, conflicted, lines), failure=failure)


def error_of(failure: Failure) -> EnvtoolError:
    """A file that was not to be judged but to be used, and can not be read."""
    kind = UnreadableError if failure.code is ExitCode.UNREADABLE else UsageError
    place = failure.place or Place("")
    where = f" (line {place.line})" if place.line else ""
    message = failure.message.replace("was not judged", "can not be read")
    return kind(
        f"{message}{where}", hints=failure.hints or (f"`envtool verify {place.path}` shows it",)
    )


def decoded(data: bytes, path: str) -> str:
    """The text of a file, without byte order mark; raises `NotASpecError` when it is not UTF-8."""
    for bom in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if data.startswith(bom):
            raise NotASpecError("the file is UTF-16", Place(path), hint="save it as UTF-8")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line = len((before + "x").splitlines())
        column = len((before + "x").splitlines()[-1])
        raise NotASpecError(
            f"the byte 0x{data[error.start]:02X} is not UTF-8",
            Place(path, line, column, column + 1),
            hint="save the file as UTF-8",
        ) from error
