"""Whether mends did what they were to do, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Mapping

from envtool.domain.facts import facts
from envtool.domain.findings import Finding
from envtool.domain.mends.mend import Mend, NewFile
from envtool.domain.project import Project
from envtool.domain.rules import BY_ID
from envtool.workflows.verify import Verdict

# What no mend may bring about, whether or not these rules were asked for.
_GUARDS = ("env.parse", "env.duplicate", "env.contradiction", "env.dev-conflicts-production")

Mended = Iterable[tuple[Finding, Mend]]


def holds(before: Verdict, after: Verdict, mends: Mended, new: Mapping[str, NewFile]) -> bool:
    """Whether the findings are gone, and every file says what was meant.

    `new` are the files that were created, by path.
    """
    return (
        before.project is not None
        and after.project is not None
        and _settled(before, after, mends)
        and _as_meant(before.project, after.project, mends, new)
        and not _worse(before.project, after.project)
    )


def _settled(before: Verdict, after: Verdict, mends: Mended) -> bool:
    then, now = _open(before), _open(after)
    then.subtract(_key(finding) for finding, _ in mends)
    return all(now[key] <= then[key] for key in {_key(finding) for finding, _ in mends})


def _open(verdict: Verdict) -> Counter[tuple[str, str, str | None]]:
    return Counter(_key(each) for each in verdict.judgement.findings if each.waived is None)


def _key(finding: Finding) -> tuple[str, str, str | None]:
    return finding.rule, finding.place.path, finding.package


def _as_meant(before: Project, after: Project, mends: Mended, new: Mapping[str, NewFile]) -> bool:
    """Whether each file says what it said, but for what was to be changed."""
    expected = {spec.path: facts(spec) for spec in before.specs}
    expected |= {path: Counter(each.facts) for path, each in new.items()}
    for _, mend in mends:
        for change in mend.changes:
            expected[change.path].subtract(change.lost)
            expected[change.path].update(change.gained)
    return expected == {spec.path: facts(spec) for spec in after.specs}


def _worse(before: Project, after: Project) -> bool:
    return any(_count(after, rule) > _count(before, rule) for rule in _GUARDS)


def _count(project: Project, rule: str) -> int:
    return sum(1 for _ in BY_ID[rule].check(project))
