"""What is to be installed, and where that is written."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from hashlib import sha256
from typing import NamedTuple

from envtool.domain.generations import Generation
from envtool.domain.lock_making import MAIN
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.solving import CondaRecord
from envtool.errors import EnvtoolError, IntegrityError, UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.lock_environments import chosen, known_categories
from envtool.workflows.lock_records import RECORDS_FILE, records_of
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT, parse_lock, with_records


class Kind(Enum):
    """Where packages are read."""

    LOCK = "the lock of the project"
    CANDIDATE = "what `envtool update` proposes"
    REVISION = "the lock of a commit"
    FILE = "a lock file of any kind"
    GENERATION = "what was installed before"
    PREFIX = "what is installed elsewhere"
    BUNDLE = "a bundle"


class Choice(NamedTuple):
    """Where the user wants packages to be read: the commit, path or number says which.

    `groups` are categories of a lock that are wanted besides those of the environment.
    """

    kind: Kind = Kind.LOCK
    value: str = ""
    groups: tuple[str, ...] = ()


class Source(NamedTuple):
    """What is to be installed on one platform.

    Attributes:
        origin: where it is written, in words.
        lock: SHA-256 of the lock.
        revision: the commit, empty when it is none.
        channels: what the lock calls them.
        conda: the packages of conda.
        pip: those of the `pip:` section.
        outside: what no lock holds: the project's own folders.
        lost: what is known to have been there, and can not be installed again.
        development: the names of packages that production does not have.
        asked: what the environment files ask for, as far as the lock tells.
        environment: of the lock.
        generation: that this was, when it is built again.
        project: the absolute folder of the project that `files` belong to.
        files: of the project, that it was read from: names and contents.
        notes: what else there is to tell of it.
        current: the lock of the project as it is now, when it was read from that.
    """

    origin: str
    lock: str
    revision: str
    channels: tuple[str, ...]
    conda: tuple[CondaRecord, ...]
    pip: tuple[LockedPackage, ...]
    outside: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    development: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    environment: str = ""
    generation: Generation | None = None
    project: str = ""
    files: tuple[tuple[str, bytes], ...] = ()
    notes: tuple[str, ...] = ()
    current: Lock | None = None


class _Texts(NamedTuple):
    origin: str
    path: str
    lock: bytes
    records: bytes
    revision: str = ""
    groups: tuple[str, ...] = ()
    is_current: bool = False
    # The folder of the project, where there is one.
    home: str = ""


def read_source(tools: Tools, home: str, choice: Choice, environment: str, platform: str) -> Source:
    """What a lock has of `environment` for `platform`.

    Raises `EnvtoolError` when it is not there, can not be read, or has nothing for them.
    """
    is_current = choice.kind is Kind.LOCK
    texts = _texts(tools, home, choice)
    texts = texts._replace(groups=choice.groups, is_current=is_current, home=home)
    return _source(tools, texts, environment, platform)


def _source(tools: Tools, texts: _Texts, environment: str, platform: str) -> Source:
    lock = parse_lock(tools, texts.lock, texts.path)
    wanted = (environment, *texts.groups)
    packages = tuple(chosen(lock, wanted, platform, known_categories(tools, texts.home, lock)))
    known = (
        records_of(tools, texts.records.decode("utf-8", "replace"), lock) if texts.records else {}
    )
    records = {each.url: each for each in known.get(platform, ())}
    pip = [each for each in packages if each.manager == "pip"]
    own = [each for each in pip if each not in set(lock.foreign())]
    return Source(
        origin=texts.origin,
        lock=sha256(texts.lock).hexdigest(),
        revision=texts.revision,
        channels=lock.channels,
        conda=tuple(_records(tools, packages, records)),
        pip=tuple(each for each in pip if each not in own),
        outside=tuple(each.name for each in own),
        development=frozenset(each.name for each in packages if each.category not in {MAIN, ""}),
        environment=environment,
        current=with_records(tools, lock) if texts.is_current else None,
    )


def generation_source(tools: Tools, prefix: str, generation: Generation) -> Source:
    """What a generation was: as its records say, or its lock where they are damaged.

    Raises `IntegrityError` when neither says it.
    """
    try:
        text = tools.prefixes().records(prefix, generation.number)
    except IntegrityError:
        again = _relocked(tools, prefix, generation)
        if again is None:
            raise
        return again
    found = tools.solver().read_records(text).get(generation.platform, ())
    return Source(
        origin=f"generation {generation.number}",
        lock=generation.lock,
        revision=generation.revision,
        channels=tuple(dict.fromkeys(each.channel for each in found)),
        conda=found,
        pip=generation.pip,
        environment=generation.environment,
        generation=generation,
    )


def _relocked(tools: Tools, prefix: str, generation: Generation) -> Source | None:
    """What a generation was, from the lock that it was made from; None when that is not kept."""
    lock, records = (
        tools.prefixes().text(prefix, generation.files.get(name, "")) or b""
        for name in (LOCK_FILE, RECORDS_FILE)
    )
    if not lock:
        return None
    number = generation.number
    texts = _Texts(f"generation {number}", LOCK_FILE, lock, records, generation.revision)
    source = _source(tools, texts, generation.environment, generation.platform)
    return source._replace(
        pip=generation.pip,
        outside=(),
        generation=generation,
        notes=(f"the records of generation {number} were damaged: its lock says what it was",),
    )


def _texts(tools: Tools, home: str, choice: Choice) -> _Texts:
    if choice.kind is Kind.REVISION:
        return _of_revision(tools, home, choice.value)
    if choice.kind is Kind.BUNDLE:
        found = tools.bundles().texts(choice.value)
        name = posixpath.basename(choice.value)
        lock = found.get(LOCK_FILE, "").encode()
        records = found.get(posixpath.basename(RECORDS_FILE), "").encode()
        return _Texts(name, f"{choice.value}:{LOCK_FILE}", lock, records)
    if choice.kind is Kind.FILE:
        beside = f"{posixpath.dirname(choice.value) or '.'}/{RECORDS_FILE}"
        is_ours = posixpath.basename(choice.value) == LOCK_FILE
        records = _read(tools, beside) if is_ours and _is_there(tools, beside) else b""
        return _Texts(choice.value, choice.value, _read(tools, choice.value), records)
    folder, origin = home, LOCK_FILE
    if choice.kind is Kind.CANDIDATE:
        from envtool.workflows.candidate import FOLDER, has_candidate

        if not has_candidate(tools, home):
            raise UsageError("there is no candidate", hints=("make one: `envtool update --all`",))
        folder, origin = f"{home}/{FOLDER}", "candidate"
    path = posixpath.normpath(f"{folder}/{LOCK_FILE}")
    if not _is_there(tools, path):
        back = (f"get back the one of git: `git checkout -- {path}`",)
        hints = back if _is_in_git(tools, folder) else ()
        raise UsageError(f"there is no `{path}`", hints=(*hints, "make it: `envtool lock`"))
    beside = posixpath.normpath(f"{folder}/{RECORDS_FILE}")
    records = _read(tools, beside) if _is_there(tools, beside) else b""
    lock = _read(tools, path)
    revision = _committed(tools, home, lock) if choice.kind is Kind.LOCK else ""
    return _Texts(origin, path, lock, records, revision)


def _committed(tools: Tools, home: str, lock: bytes) -> str:
    """The commit that is checked out, where it has this very lock; empty where it has not."""
    try:
        return tools.git.head_with(home, LOCK_FILE, lock) or ""
    except EnvtoolError:
        return ""


def _of_revision(tools: Tools, home: str, revision: str) -> _Texts:
    lock = tools.git.blob(home, revision, LOCK_FILE)
    if lock is None:
        raise UsageError(
            f"the commit `{revision}` has no `{LOCK_FILE}`",
            hints=(f"see which have one: `git log --oneline -- {LOCK_FILE}`",),
        )
    records = tools.git.blob(home, revision, RECORDS_FILE) or b""
    commit = tools.git.commit(home, revision)
    return _Texts(f"commit {revision}", f"{revision}:{LOCK_FILE}", lock, records, commit)


def _is_in_git(tools: Tools, folder: str) -> bool:
    """Whether the last commit has the lock of `folder`."""
    try:
        return tools.git.blob(folder, "HEAD", LOCK_FILE) is not None
    except EnvtoolError:
        return False


def _is_there(tools: Tools, path: str) -> bool:
    return tools.files.kind(path) is not FileKind.MISSING


def _read(tools: Tools, path: str) -> bytes:
    return tools.files.read(path, LOCK_LIMIT)


def _records(
    tools: Tools, packages: Iterable[LockedPackage], known: Mapping[str, CondaRecord]
) -> Iterator[CondaRecord]:
    for each in packages:
        if each.manager == "conda" and each.name[:2] != "__":
            if not each.sha256 and not each.md5:
                raise UnreadableError(
                    f"`{each.name}` has no hash in the lock", hints=("lock again: `envtool lock`",)
                )
            yield known.get(each.url) or tools.solver().restored(each)
