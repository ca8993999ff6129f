"""Rules on what `envtool export` has made of the lock."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule

if TYPE_CHECKING:
    from envtool.domain.locks import LockedPackage

_AGAIN = "make them again: `envtool export`"
_RECORDS = "recovery/records.lock"


@rule("lock.artifacts-in-sync", "error", "error", Scope.PROJECT, has_line=False)
def artifacts_in_sync(project: Project) -> Iterator[Violation]:
    """What lies in `recovery/` does not belong to the lock.

    Who recovers from it in a hurry gets another environment than the one that was tested. Each
    file is held against the hash in `recovery/manifest.json`, and that against the lock; the change
    log may not end with an update that was taken back. Files
    that envtool did not write are nobody's business here, and so is a project without them.
    """
    state = project.artifacts
    if state is None:
        return
    if state.broken:
        yield Violation(f"`manifest.json` {state.broken}", state.place, fix=_AGAIN)
        return
    if not state.is_current:
        yield Violation("it was made from another lock", state.place, fix=_AGAIN)
    elif state.undone:
        message = (
            f"`CHANGELOG.md` tells of lock `{state.undone}`, and the project went back from it"
        )
        yield Violation(message, state.place, fix=_AGAIN)
    for names, what in ((state.changed, "was changed by hand"), (state.missing, "is gone")):
        for name in names:
            yield Violation(f"`{name}` {what}", state.place, fix=_AGAIN)


@rule("lock.records-missing", "info", "error", Scope.PROJECT, has_line=False)
def records_missing(project: Project) -> Iterator[Violation]:
    """The records of locked packages are not kept beside the lock.

    `conda-lock.yml` has no room for licences, sizes, build times and constraints. Without
    `recovery/records.lock` they have to be read from the channel again, and a channel forgets.
    """
    known = {
        _identity(each)
        for lock in project.locks
        if lock.path.endswith(_RECORDS)
        for each in lock.packages
    }
    for lock in (each for each in project.locks if not each.isolated):
        conda = {_identity(each): each for each in lock.foreign() if each.manager == "conda"}
        lacking = [package for identity, package in conda.items() if identity not in known]
        if lacking:
            yield Violation(
                f"`{_RECORDS}` lacks {len(lacking)} of {len(conda)} packages",
                lock.place(lacking[0]),
                fix=lock.again,
                reason=f"`{_RECORDS}` lacks packages",
                number=len(lacking),
            )


def _identity(package: "LockedPackage") -> str:
    """Which archive it is: addresses of files are spelled in several ways."""
    return package.sha256 or package.md5 or package.url


RULES = (artifacts_in_sync, records_missing)
