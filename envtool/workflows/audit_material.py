"""What an audit is about: the packages of locks or of a prefix, and the project around them."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from envtool.domain.auditing.inventory import subjects_of_lock, subjects_of_prefix
from envtool.domain.auditing.subjects import Subject
from envtool.domain.findings import Place
from envtool.domain.ignores import find_ignores
from envtool.domain.installed import Installed
from envtool.domain.locks import Lock
from envtool.domain.policy.records import Profile
from envtool.domain.policy.resolve import Resolved
from envtool.domain.project import Project
from envtool.domain.results import Failure
from envtool.domain.specs import Spec
from envtool.errors import ExitCode, UnreadableError, UsageError
from envtool.ports import Tools
from envtool.workflows.finder import LOCK_FILE, LOCK_FILES
from envtool.workflows.policy_files import PolicyError, load_policy
from envtool.workflows.prefixes import Where, prefix_of, shown
from envtool.workflows.projects import Target, find_targets, lock_files, spec_files
from envtool.workflows.spec_files import load_spec, parse_lock

_LIMIT = 1 << 28
_PIP_COMMENT = re.compile(r"^# pip \S", re.MULTILINE)
_RECORDS = LOCK_FILES[-1]
_HINTS = ("name a lock, or what is installed: `envtool audit FILE`, `envtool audit -p PREFIX`",)


class Wanted(NamedTuple):
    """What to audit, and under which policy; see `AuditRequest`."""

    path: str | None
    where: Where | None
    today: date
    profile: Profile | None = None
    policy_from: str | None = None


class Material(NamedTuple):
    """What there is to audit.

    Attributes:
        project: the files and the policy; its locks have the licences.
        place: of what is audited.
        subjects: the packages.
        files: what was read of them, as shown.
        memory: the folder of the project that remembers what was found; None when none does.
        failures: what could not be read.
        notes: what is there and is not audited, one line each.
        prefixes: the installed environment that is audited.
    """

    project: Project
    place: Place
    subjects: tuple[Subject, ...]
    files: tuple[str, ...]
    memory: str | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    prefixes: tuple[Installed, ...] = ()


class _Around(NamedTuple):
    """What is around of what is audited: the project, its policy, its environment files."""

    target: Target
    resolved: Resolved
    specs: tuple[Spec, ...]

    @property
    def direct(self) -> frozenset[str]:
        """The names that environment files list."""
        return frozenset(_direct(self.specs))


class _Locks(NamedTuple):
    """The locks that are audited, and all that may say something about licences."""

    audited: tuple[Lock, ...]
    all: tuple[Lock, ...]
    failures: tuple[Failure, ...] = ()


def load_material(tools: Tools, wanted: Wanted) -> Material:
    """What `wanted` names.

    Raises `EnvtoolError` when there is no such thing, or its policy can not be read.
    """
    target = _target(tools, wanted)
    resolved = _policy(tools, target, wanted)
    around = _Around(target, resolved, _specs(tools, target, resolved))
    if wanted.where is not None:
        return _of_prefix(tools, wanted, around)
    locks, direct = _locks(tools, target), around.direct
    subjects = _merged(
        subject for lock in locks.audited for subject in subjects_of_lock(lock, direct)
    )
    return Material(
        project=_project(tools, wanted, around, locks.all),
        place=locks.audited[0].whole,
        subjects=subjects,
        files=tuple(each.path for each in locks.audited),
        memory=target.folder if target.files is None else None,
        failures=locks.failures,
        notes=tuple(_notes(locks.audited)),
    )


def _notes(locks: tuple[Lock, ...]) -> Iterator[str]:
    """conda-lock writes what pip installs into `@EXPLICIT` lists as comments."""
    for lock in locks:
        number = len(_PIP_COMMENT.findall(lock.text))
        if number:
            packages, stand, were = ("packages", "stand", "were")
            if number == 1:
                packages, stand, were = ("package", "stands", "was")
            where = f"in comments of `{lock.path}` and {were} not audited"
            yield f"{number} pip {packages} {stand} {where}"


def _target(tools: Tools, wanted: Wanted) -> Target:
    """The project, or the lock that was named; here when there is none, and a prefix is."""
    try:
        return find_targets(tools, (wanted.path,) if wanted.path else (), recursive=False)[0]
    except (UsageError, UnreadableError) as error:
        if wanted.where is not None and wanted.path is None:
            return Target(".", ".")
        raise type(error)(error.message, hints=_HINTS) from error


def _policy(tools: Tools, target: Target, wanted: Wanted) -> Resolved:
    try:
        return load_policy(tools, target.home, wanted.profile, wanted.policy_from)
    except PolicyError as error:
        first = error.failures[0]
        where = f"{first.place}: " if first.place else ""
        raise UsageError(f"{where}{first.message}", hints=first.hints) from error


def _specs(tools: Tools, target: Target, resolved: Resolved) -> tuple[Spec, ...]:
    """The environment files that can be read: they say what is direct."""
    if target.files is not None:
        return ()
    files = spec_files(tools, target, resolved.policy)
    outcomes = (load_spec(tools, each) for each in files)
    return tuple(each.spec for each in outcomes if each.spec is not None)


def _direct(specs: tuple[Spec, ...]) -> Iterator[str]:
    for spec in specs:
        yield from (each.spec.name for each in spec.dependencies)
        yield from (each.requirement.name for each in spec.pip if each.requirement.name)


def _locks(tools: Tools, target: Target) -> _Locks:
    if target.files is not None:
        path = target.files[0]
        data = tools.files.stdin(_LIMIT) if path == "-" else tools.files.read(path, _LIMIT)
        lock = parse_lock(tools, data, path)
        return _Locks((lock,), (lock,))
    found = lock_files(tools, target)
    if not found:
        listed = ", ".join(f"`{each}`" for each in LOCK_FILES)
        raise UsageError(
            f"there is no lock in `{target.folder}`: looked for {listed}",
            hints=("make one: `envtool lock`", *_HINTS),
        )
    outcomes = [load_spec(tools, each) for each in found]
    locks = tuple(each.lock for each in outcomes if each.lock is not None)
    failures = tuple(each.failure for each in outcomes if each.failure is not None)
    if not locks:
        raise UsageError(failures[0].message, hints=failures[0].hints)
    # The records are those of the lock beside them, with licences.
    has_lock = any(each.path.endswith(LOCK_FILE) for each in locks)
    audited = tuple(e for e in locks if not (has_lock and e.path.endswith(_RECORDS)))
    return _Locks(audited, locks, failures)


def _merged(subjects: Iterator[Subject]) -> tuple[Subject, ...]:
    """What several locks hold, each once."""
    found: dict[tuple[str, str, str], Subject] = {}
    for each in subjects:
        found.setdefault(each.key, each)
    return tuple(found.values())


def _of_prefix(tools: Tools, wanted: Wanted, around: _Around) -> Material:
    where = wanted.where or Where()
    prefix = shown(tools, prefix_of(tools, around.target.folder, where))
    installed = tools.inspector().read(prefix)
    place = Place(prefix)
    failures = tuple(
        Failure(
            ExitCode.UNREADABLE,
            f"`{path}` {why}",
            Place(f"{prefix}/{path}"),
            ("build it again: `envtool recreate`",),
        )
        for path, why in installed.broken
    )
    return Material(
        project=_project(tools, wanted, around, ()),
        place=place,
        subjects=subjects_of_prefix(installed, place, around.direct),
        files=(prefix,),
        failures=failures,
        prefixes=(installed,),
    )


def _project(tools: Tools, wanted: Wanted, around: _Around, locks: tuple[Lock, ...]) -> Project:
    resolved, specs = around.resolved, around.specs
    return Project(
        root=around.target.home,
        specs=specs,
        locks=locks,
        policy=resolved.policy,
        waiver_places=resolved.waiver_places,
        policy_texts=resolved.texts,
        catalog=tools.shipped.catalog(),
        licenses=tools.shipped.licenses() if resolved.policy.licenses.ask else None,
        today=wanted.today,
        ignores=tuple(each for one in specs for each in find_ignores(one.lines, one.path)),
    )
