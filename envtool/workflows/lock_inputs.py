"""Reads what a lock is made from: environment files, policy, machines, channels, the old lock."""

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from envtool.domain.conda_lock_writer import LockMetadata, read_metadata
from envtool.domain.condarc import Priority
from envtool.domain.locks import Lock, LockedPackage, VirtualPackage
from envtool.domain.policy.shapes import closest
from envtool.domain.project import Project
from envtool.domain.selectors import PLATFORMS
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Role, Spec
from envtool.domain.virtual_packages import DEFAULT_MACHINES
from envtool.errors import UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.lock_channels import Channels, read_channels
from envtool.workflows.lock_conflict import MergedLock
from envtool.workflows.lock_records import RECORDS_FILE, records_of
from envtool.workflows.machine_files import MACHINE_FILE, load_machines
from envtool.workflows.policy_files import load_policy
from envtool.workflows.projects import Target, find_targets, locked_files
from envtool.workflows.spec_files import (
    LOCK_ANEW,
    LOCK_FILE,
    LOCK_LIMIT,
    SpecFile,
    error_of,
    load_spec,
)

_PLATFORMS = "those of conda are `linux-64`, `osx-arm64`, `win-64` and the like"
_FIRST, _MERGE = "settle that first: the lock is made from it", "settle it: `envtool lock --merge`"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OldLock:
    """The lock as it is now.

    Attributes:
        texts: what stands in its files that are there, by name relative to the project.
        head: of `conda-lock.yml`.
        lock: what `conda-lock.yml` holds.
        records: those of its conda packages that `recovery/records.lock` holds, by platform.
        merged: the conflict that it was made of, when it is no lock that stands in a file.
    """

    texts: Mapping[str, str]
    head: LockMetadata
    lock: Lock
    records: Mapping[str, tuple[CondaRecord, ...]]
    merged: MergedLock | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """What a lock is made from.

    Attributes:
        folder: of the project, as people name it.
        project: its environment files, the policy and the shipped lists.
        platforms: to lock for.
        platforms_from: where they are stated; None when nobody does.
        machines: the virtual packages by platform.
        own_machines: those of `virtual-packages.yml`, None without that file.
        channels: those of production and of all files.
        strict_priority: whether a package comes from the first channel that has its name.
        old: the lock as it is; None without any.
        limits: by platform, match specs for what need not be there, besides the policy's.
        pip_limits: the same for pip packages, as requirements.
    """

    folder: str
    project: Project
    platforms: tuple[str, ...]
    platforms_from: str | None
    machines: Mapping[str, tuple[VirtualPackage, ...]]
    own_machines: Mapping[str, tuple[VirtualPackage, ...]] | None
    channels: Channels
    strict_priority: bool
    old: OldLock | None
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pip_limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def locked(self) -> tuple[LockedPackage, ...]:
        """The packages of the lock as it is."""
        return self.old.lock.packages if self.old else ()

    @property
    def specs(self) -> tuple[Spec, ...]:
        """Its environment files, production first."""
        return self.project.specs

    def relative(self, path: str) -> str:
        """The name of a file of the project, seen from the lock."""
        return posixpath.relpath(path, self.folder)


def read_inputs(
    tools: Tools,
    folder: str,
    today: date,
    platforms: tuple[str, ...] = (),
    reader: Callable[[Tools, str], OldLock | None] | None = None,
) -> Inputs:
    """Everything that the lock of the project around `folder` is made from.

    `platforms` go before what the files say; `reader` reads the lock in a folder, `read_old`
    when it is None. Raises `EnvtoolError` when anything can not be read,
    or when the environment files hold what conda refuses.
    """
    project, target = read_project(tools, folder, today)
    old = (reader or read_old)(tools, target.folder)
    names, origin = _platforms(tools, project, old, platforms)
    machines = _machines(tools, target.folder)
    settings = tools.desk().machine(tools.files.absolute(target.folder)).settings
    return Inputs(
        folder=target.folder,
        project=project,
        platforms=names,
        platforms_from=origin,
        machines={name: (machines or DEFAULT_MACHINES).get(name, ()) for name in names},
        own_machines=machines,
        channels=read_channels(tools, target.folder, project),
        strict_priority=settings.channel_priority.value is not Priority.DISABLED,
        old=old,
    )


def read_project(tools: Tools, folder: str, today: date) -> tuple[Project, Target]:
    """The project around `folder`, with the environment files that its lock is made from.

    Raises `EnvtoolError` when one of them, or the policy, can not be read.
    """
    target = find_targets(tools, (folder,), recursive=False)[0]
    if tools.files.kind(folder) is FileKind.MISSING:
        raise UsageError(f"`{folder}` does not exist", hints=("name the folder of a project",))
    if target.files is not None:
        raise UsageError(
            f"`{folder}` is a file, and a lock is made of a project",
            hints=("name its folder: `envtool lock FOLDER`",),
        )
    resolved = load_policy(tools, target.home, None, None)
    outcomes = [load_spec(tools, each) for each in locked_files(tools, target, resolved.policy)]
    for each in outcomes:
        if (why := each.failure) is not None:
            raise error_of(why._replace(hints=(_FIRST,)) if each.is_conflict else why)
    specs = tuple(each.spec for each in outcomes if each.spec is not None)
    for spec in specs:
        _check(spec)
    project = Project(
        root=target.home,
        specs=specs,
        policy=resolved.policy,
        catalog=tools.shipped.catalog(),
        today=today,
    )
    return project, target


def _check(spec: Spec) -> None:
    """Raises `UsageError` for what a solver can not be asked."""
    for problem in spec.problems:
        hints = (problem.fix,) if problem.fix else ()
        raise UsageError(
            f"{problem.place}: {problem.message}",
            hints=(*hints, f"`envtool verify {spec.path}` shows all there is to mend"),
        )
    for dependency in spec.dependencies:
        if "*" in dependency.spec.name:
            raise UsageError(
                f"{dependency.place}: `{dependency.text}` names no package",
                hints=("write the name of the package that you need",),
            )


def read_old(tools: Tools, folder: str) -> OldLock | None:
    """The lock of the project in `folder`; None without any; raises `EnvtoolError`."""
    path = posixpath.normpath(posixpath.join(folder, LOCK_FILE))
    if tools.files.kind(path) is FileKind.MISSING:
        return None
    outcome = load_spec(tools, SpecFile(path, Role.PRODUCTION))
    lock = outcome.lock
    if lock is None or lock.maker != "envtool lock":
        why = outcome.failure.message if outcome.failure else f"`{path}` is no `conda-lock.yml`"
        hints = (_MERGE if outcome.is_conflict else LOCK_ANEW.format(path=path),)
        raise UnreadableError(why.replace("was not judged", "can not be read"), hints=hints)
    texts = {LOCK_FILE: lock.text}
    records: dict[str, tuple[CondaRecord, ...]] = {}
    beside = posixpath.normpath(posixpath.join(folder, RECORDS_FILE))
    if tools.files.kind(beside) is not FileKind.MISSING:
        texts[RECORDS_FILE] = tools.files.read(beside, LOCK_LIMIT).decode("utf-8", "replace")
        records = records_of(tools, texts[RECORDS_FILE], lock)
    head = read_metadata(tools.yaml.parse(lock.text.partition("\npackage:")[0], path))
    return OldLock(texts=texts, head=head, lock=lock, records=records)


def _platforms(
    tools: Tools, project: Project, old: OldLock | None, asked: tuple[str, ...]
) -> tuple[tuple[str, ...], str | None]:
    """What to lock for, and where that is stated: by the user, a file, the old lock."""
    if asked:
        return _known(asked, "--platform"), "--platform"
    named = [each for spec in project.specs for each in spec.platforms]
    if named:
        for each in named:
            _known((each.text,), str(each.place))
        return tuple(dict.fromkeys(each.text for each in named)), str(named[0].place)
    if old is not None and old.head.platforms:
        return old.head.platforms, LOCK_FILE
    return (tools.desk().platform(),), None


def _known(names: Iterable[str], origin: str) -> tuple[str, ...]:
    """`names` once each; raises `UsageError` for what is no platform of conda."""
    found = tuple(dict.fromkeys(names))
    for name in found:
        if name not in PLATFORMS:
            hint = closest(name, PLATFORMS)
            if "," in name:
                hint = " ".join(["repeat the option:", *(f"`{each}`" for each in name.split(","))])
            raise UsageError(
                f"{origin}: `{name}` is no platform", hints=(hint,) if hint else (_PLATFORMS,)
            )
    return found


def _machines(tools: Tools, folder: str) -> Mapping[str, tuple[VirtualPackage, ...]] | None:
    """What `virtual-packages.yml` says; None without one; raises `EnvtoolError`."""
    path = posixpath.normpath(posixpath.join(folder, MACHINE_FILE))
    if tools.files.kind(path) is FileKind.MISSING:
        return None
    return load_machines(tools, path)
