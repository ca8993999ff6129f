"""What an update is after, and what of that can not move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from envtool.domain.locks import LockedPackage
from envtool.domain.pin_updates import why_fixed
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Spec
from envtool.domain.update_asks import Package, lines_of, package_of
from envtool.domain.update_kinds import Level, level_range
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is to be updated.

    Attributes:
        packages: all of them.
        named: whether the user named them: then the newest of each goes before all else.
        level: how far each may go.
        newest: builds after this moment do not count; None when all do.
        exact: the very versions that packages are to have, whatever the level; then nothing else
            is updated.
        exempt: records that count although they are too new.
    """

    packages: frozenset[Package]
    named: bool
    level: Level
    newest: datetime | None
    exact: Mapping[Package, str] = field(default_factory=dict)
    exempt: Held = field(default_factory=dict)

    def allowed(self, package: LockedPackage) -> str:
        """The versions that a locked package may get, as a range of conda."""
        version = self.exact.get((package.manager, package.name))
        if version is not None:
            return f"=={version}"
        return level_range(package.name, package.version, self.level)


def left_alone(inputs: Inputs, held: Held, aim: Aim) -> dict[Package, str]:
    """What no update can move, whatever a solver says, each with the reason."""
    fixed = _fixed(inputs.specs, aim)
    return fixed if aim.exact else _of_pip(inputs, aim) | fixed | _young(held, aim)


def _of_pip(inputs: Inputs, aim: Aim) -> dict[Package, str]:
    """The pip packages that no line names: nothing could hold them within the level."""
    lines = {package_of(line) for spec in inputs.specs for line in lines_of(spec)}
    return {
        each: "no line of a `pip:` section names it, so that it moves with what needs it"
        for each in aim.packages - lines
        if each[0] == "pip"
    }


def _fixed(specs: Sequence[Spec], aim: Aim) -> dict[Package, str]:
    """What no update can move, and why."""
    lines = [line for spec in specs for line in lines_of(spec)]
    reasons = {package_of(line): why_fixed(line) for line in lines}
    return {
        package: reason
        for package, reason in reasons.items()
        if reason is not None and package in aim.packages
    }


def _young(held: Held, aim: Aim) -> dict[Package, str]:
    """What is locked in a build that does not count anymore: nothing older can replace it."""
    found: dict[Package, str] = {}
    for record in (each for records in held.values() for each in records):
        package = ("conda", record.name)
        if aim.newest is None or package not in aim.packages:
            continue
        if record.timestamp is None:
            found[package] = "the build in the lock does not say when it was made"
        elif is_young(record, aim.newest):
            day = f"{aim.newest:%Y-%m-%d}"
            found[package] = f"the build in the lock is newer than {day}, the last day that counts"
    return found


def is_young(record: CondaRecord, newest: datetime | None) -> bool:
    """Whether a build is known to be newer than what counts."""
    if newest is None or record.timestamp is None:
        return False
    return record.timestamp > newest.timestamp() * 1000
