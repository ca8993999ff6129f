"""What there is to say of an export: what its tests have found, and what is to be typed next."""

from collections.abc import Iterator
from enum import Enum

from envtool.domain.evidence import Evidence
from envtool.domain.plan import Plan
from envtool.domain.policy.records import Decision
from envtool.domain.project import Project
from envtool.domain.way_back import way_back
from envtool.errors import EnvtoolError
from envtool.ports import Tools
from envtool.workflows.approvals import committed
from envtool.workflows.artifacts import FOLDER
from envtool.workflows.evidence_files import find_evidence
from envtool.workflows.finder import join
from envtool.workflows.spec_files import LOCK_FILE
from envtool.workflows.test import policy_hash


class Standing(Enum):
    """What is known of a lock on the platforms that count."""

    TESTED = "tested"
    FAILED = "failed"
    UNTESTED = "untested"


def standing_of(
    tools: Tools, folder: str, project: Project, digest: str
) -> tuple[Standing, tuple[str, ...]]:
    """What tests have found of the lock with this SHA-256, and what has failed, in words."""
    platforms = project.policy.test_platforms or (tools.desk().platform(),)
    found = [_evidence(tools, folder, digest, each) for each in platforms]
    failed = tuple(
        f"{check.kind} `{check.name}` of {environment} failed on {each.subject.platform}"
        for each in found
        if each is not None
        for environment, check in each.failed
    )
    if failed:
        return Standing.FAILED, failed
    policy = policy_hash(project.policy)
    is_tested = all(each is not None and each.subject.policy == policy for each in found)
    return Standing.TESTED if is_tested else Standing.UNTESTED, ()


def _evidence(tools: Tools, folder: str, digest: str, platform: str) -> Evidence | None:
    try:
        return find_evidence(tools, folder, digest, platform)
    except EnvtoolError:
        # `envtool commit` says what is wrong with it.
        return None


def failure_notes(
    tools: Tools, folder: str, project: Project, failed: tuple[str, ...]
) -> Iterator[str]:
    """That a lock with a test that has failed was accepted, and how that is taken back."""
    if not failed:
        return
    more = f" (and {len(failed) - 1} more)" if failed[1:] else ""
    yield f"its test has failed, so `envtool commit` will refuse it: {failed[0]}{more}"
    lock = join(folder, LOCK_FILE)
    if committed(tools, folder, LOCK_FILE) is not None:
        back = way_back(lock, (each.path for each in project.specs))
        yield f"mend it and `envtool test` again, or go back to the last commit: `{back}`"
    else:
        yield "mend it and `envtool test` again"


def review_notes(made: Plan) -> Iterator[str]:
    """What somebody has to look at."""
    loud = [each.name for each in made.changes if each.ruling.decision is Decision.REVIEW]
    if loud:
        names = tuple(dict.fromkeys(loud))
        some = ", ".join(f"`{each}`" for each in names)
        yield f"somebody has to look at {some} before this is merged"
        yield f"then: `envtool approve {' '.join(names)} --reason TEXT`"


def next_notes(changed: tuple[str, ...], standing: Standing) -> Iterator[str]:
    """What belongs into one commit, and whether it has to be tested before."""
    below = any(name.startswith(f"{FOLDER}/") for name in changed)
    files = [f"`{each}`" for each in sorted(changed) if not each.startswith(f"{FOLDER}/")]
    files += [f"`{FOLDER}`"] if below else []
    if not files or standing is Standing.FAILED:
        return
    some = f"{', '.join(files[:-1])} and {files[-1]} together" if files[1:] else files[0]
    if standing is Standing.TESTED:
        yield f"commit {some}: `envtool commit`"
    else:
        yield f"test it: `envtool test`, then commit {some}: `envtool commit`"
