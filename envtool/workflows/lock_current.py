"""Whether a lock is what its environment files ask for, without a solver and without a network."""

from collections.abc import Iterable
from dataclasses import replace

from envtool.conda_versions import InvalidVersion, VersionSpec
from envtool.domain.conda_lock_writer import LockMetadata
from envtool.domain.lock_check import inconsistent
from envtool.domain.lock_making import MAIN, category, pip_lines, reached, wishes
from envtool.domain.lock_sync import unsynced
from envtool.domain.locks import LockedPackage
from envtool.domain.specs import Spec
from envtool.workflows.lock_inputs import Inputs, OldLock
from envtool.workflows.lock_records import RECORDS_FILE
from envtool.workflows.pip_section import depends_on_more


def is_current(inputs: Inputs, head: LockMetadata) -> bool:
    """Whether nothing that a lock depends on changed, and the lock holds together.

    `head` is the one that a lock would get now.
    """
    old = inputs.old
    return (
        old is not None
        and old.head == head
        and not depends_on_more(inputs.specs)
        and _has_records(old)
        and all(_is_production(inputs, old, each) for each in inputs.platforms)
        and all(is_allowed(inputs, each) for each in old.lock.packages)
        and not any(unsynced(old.lock, inputs.specs, inputs.project.catalog))
        and not any(inconsistent(replace(old.lock, machines=inputs.machines)))
    )


def _is_production(inputs: Inputs, old: OldLock, platform: str) -> bool:
    """Whether all that production needs is production's, and nothing else is.

    What moves from one file to another is no change to the hash of the files. Pip packages of
    production may need more of conda.
    """
    specs = [each for each in inputs.specs if category(each) == MAIN]
    wanted, main = _needed(old, platform, "pip", _pip_names(specs, platform))
    if wanted - main:
        return False
    wanted, main = _needed(old, platform, "conda", asked_names(inputs, specs, platform))
    return wanted <= main if any(each.pip for each in specs) else wanted == main


def _needed(
    old: OldLock, platform: str, manager: str, names: Iterable[str]
) -> tuple[set[str], set[str]]:
    """The packages of a manager that `names` come to, and those that are production's."""
    there = [
        each for each in old.lock.packages if (each.platform, each.manager) == (platform, manager)
    ]
    main = {each.name for each in there if each.category == MAIN}
    return reached(names, {each.name: each for each in there}), main


def _pip_names(specs: Iterable[Spec], platform: str) -> list[str]:
    lines = (line for spec in specs for line in pip_lines(spec, platform))
    return [line.requirement.name for line in lines if line.requirement.name is not None]


def asked_names(inputs: Inputs, specs: Iterable[Spec], platform: str) -> frozenset[str]:
    """The conda packages that `specs` ask for."""
    urls = {name: each.url for name, each in inputs.channels.in_front.items()}
    asked = (each for spec in specs for each in wishes(inputs.project, spec, platform, urls))
    return frozenset(each.name for each in asked)


def _has_records(old: OldLock) -> bool:
    """Whether each conda package has its record, and the files hold nothing else."""
    if RECORDS_FILE not in old.texts:
        return False
    known = {(platform, each.url) for platform in old.records for each in old.records[platform]}
    conda = [each for each in old.lock.packages if each.manager == "conda"]
    return known == {(each.platform, each.url) for each in conda}


def is_allowed(inputs: Inputs, package: LockedPackage) -> bool:
    """Whether the constraints of the policy allow what is locked."""
    allowed = inputs.project.policy.constraints.get(package.name)
    try:
        return allowed is None or VersionSpec(allowed).matches(package.version)
    except InvalidVersion:
        return False
