"""The candidate: what an update came to, until somebody accepts it.

It lies in `.envtool/candidate/`: the files of the project as they would be, and `plan.json`, which
says from which files it was made.
"""

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from envtool.domain.plan import Security
from envtool.domain.plan_json import Rewritten
from envtool.domain.results import Json
from envtool.errors import EnvtoolError, IntegrityError, UnreadableError, UsageError
from envtool.ports import FileKind, Files, Tools
from envtool.workflows.lock_records import RECORDS_FILE
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT

FOLDER = ".envtool/candidate"
VERSION = 1
_PLAN = "plan.json"
_LOCKS = (RECORDS_FILE, LOCK_FILE)
_AGAIN = "make it again: `{}`, or drop it: `envtool update --discard`"
# What to do with one.
WAITS = "`envtool test`, then `envtool export`; or drop it: `envtool update --discard`"
_UPDATE = "envtool update --all"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """An update that nobody accepted yet.

    Attributes:
        command: that made it.
        inputs: the hash of each file that it was made from, None for one that was not there; by
            name relative to the project.
        texts: the files as they would be, by the same names.
        lines: of environment files that follow.
        security: the vulnerabilities that it mends, by package.
    """

    command: str
    inputs: Mapping[str, str | None]
    texts: Mapping[str, str]
    lines: tuple[Rewritten, ...]
    security: Security = field(default_factory=dict)

    @property
    def again(self) -> str:
        """The hint that says how to make it again, or to do without it."""
        return _AGAIN.format(self.command)


def fingerprints(tools: Tools, folder: str, names: Iterable[str]) -> dict[str, str | None]:
    """The SHA-256 of files of the project, None for one that is missing.

    The names are relative to the project; the files of the lock are always among them.
    """
    found = dict.fromkeys((*names, *_LOCKS))
    paths = {name: _path(folder, name) for name in found}
    return {
        name: None
        if tools.files.kind(path) is FileKind.MISSING
        else _digest(tools.files.read(path, LOCK_LIMIT))
        for name, path in paths.items()
    }


def edited(
    tools: Tools, folder: str, candidate: Candidate, names: Iterable[str]
) -> tuple[str, ...]:
    """The files that are others than those that `candidate` was made from.

    `names` are those of the environment files of the project.
    """
    now = fingerprints(tools, folder, names)
    known = dict.fromkeys((*now, *candidate.inputs))
    return tuple(name for name in known if candidate.inputs.get(name) != now.get(name))


def edits_told(names: tuple[str, ...]) -> str:
    """What is wrong with a candidate when files of these names were edited."""
    some = ", ".join(f"`{each}`" for each in names)
    verb = "is" if len(names) == 1 else "are"
    return f"{some} {verb} not what the candidate was made from"


def refused(tools: Tools, folder: str, names: Iterable[str]) -> str:
    """Why the candidate can not be accepted; empty when it can, or when there is none.

    `names` are those of the environment files of the project.
    """
    if not has_candidate(tools, folder):
        return ""
    try:
        candidate = read_candidate(tools, folder, names)
    except EnvtoolError as error:
        return error.message
    edits = edited(tools, folder, candidate, names)
    return f"{edits_told(edits)}; {candidate.again}" if edits else ""


def drafts(tools: Tools, folder: str, candidate: Candidate, plan: Json) -> dict[str, str | None]:
    """What to commit for `candidate` to lie in the project, in place of the one that does.

    `plan` is for whoever reads `plan.json`.
    """
    files = {name: _digest(text.encode()) for name, text in candidate.texts.items()}
    data = {
        "version": VERSION,
        "command": candidate.command,
        "inputs": dict(candidate.inputs),
        "files": files,
        "security": [
            {"manager": manager, "name": name, "ids": [*ids]}
            for (manager, name), ids in sorted(candidate.security.items())
        ],
        "plan": plan,
    }
    return {
        **removal(tools, folder),
        ".envtool/.gitignore": "*\n",
        **{f"{FOLDER}/{name}": text for name, text in candidate.texts.items()},
        f"{FOLDER}/{_PLAN}": json.dumps(data, indent=2) + "\n",
    }


def removal(tools: Tools, folder: str) -> dict[str, str | None]:
    """What to commit for the candidate to go."""
    return dict.fromkeys(_below(tools.files, folder, FOLDER))


def has_candidate(tools: Tools, folder: str) -> bool:
    """Whether a candidate lies in the project."""
    return tools.files.kind(_path(folder, f"{FOLDER}/{_PLAN}")) is not FileKind.MISSING


def read_candidate(tools: Tools, folder: str, names: Iterable[str]) -> Candidate:
    """The candidate of the project in `folder`; `names` are those of its environment files.

    Raises `UsageError` when there is none, `UnreadableError` when it is not one, and
    `IntegrityError` when a file of it is not what was written.
    """
    if not has_candidate(tools, folder):
        raise UsageError("there is no candidate", hints=(f"make one: `{_UPDATE}`",))
    path = _path(folder, f"{FOLDER}/{_PLAN}")
    try:
        data = json.loads(tools.files.read(path, LOCK_LIMIT))
        candidate, files = _parsed(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(
            f"`{path}` is no plan of this envtool", hints=(_AGAIN.format(_UPDATE),)
        ) from error
    known = {*names, *_LOCKS}
    texts = {name: _text(tools, folder, name, files[name]) for name in files if name in known}
    if unknown := files.keys() - known:
        raise UnreadableError(
            f"`{path}` names `{min(unknown)}`, which is no file of this project",
            hints=(candidate.again,),
        )
    return replace(candidate, texts=texts)


def _parsed(data: Any) -> tuple[Candidate, dict[str, str]]:  # noqa: ANN401 - JSON
    files = dict(data["files"])
    if data["version"] != VERSION or not files.keys() >= set(_LOCKS):
        raise ValueError(data["version"])
    lines = [Rewritten(**each) for each in data["plan"]["lines"]]
    candidate = Candidate(
        command=str(data["command"]),
        inputs=dict(data["inputs"]),
        texts={},
        lines=tuple(Rewritten(str(a), int(b), str(c), str(d)) for a, b, c, d in lines),
        security={
            (str(each["manager"]), str(each["name"])): tuple(map(str, each["ids"]))
            for each in data.get("security", ())
        },
    )
    return candidate, files


def _text(tools: Tools, folder: str, name: str, digest: str) -> str:
    path = _path(folder, f"{FOLDER}/{name}")
    content = tools.files.read(path, LOCK_LIMIT)
    if _digest(content) != digest:
        raise IntegrityError(
            f"`{path}` is not what `envtool update` wrote", hints=(_AGAIN.format(_UPDATE),)
        )
    return content.decode("utf-8")


def _below(files: Files, folder: str, name: str) -> Iterator[str]:
    """The files in a folder of the project and below; links to folders are nobody's."""
    path = _path(folder, name)
    folders = files.subfolders(path) if files.kind(path) is FileKind.FOLDER else ()
    for each in files.names(path):
        if each in folders:
            yield from _below(files, folder, f"{name}/{each}")
        elif files.kind(f"{path}/{each}") is not FileKind.FOLDER:
            yield f"{name}/{each}"


def _path(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _digest(content: bytes) -> str:
    from hashlib import sha256

    return sha256(content).hexdigest()
