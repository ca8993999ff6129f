"""`recovery/CHANGELOG.md`: what each accepted update changed, the newest on top.

What people write into it stays: a new section is put above the newest one, and nothing else moves.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from envtool.domain.evidence import Evidence, Outcome
from envtool.domain.plan import Plan, PlannedChange
from envtool.domain.plan_json import Rewritten, counted
from envtool.domain.policy.records import UpdateKind

_HEAD = """\
# Changes of the environment

Written by `envtool export`, the newest on top. Notes of yours stay where you put them.
"""
# A channel of anaconda.org; a token or a label may stand around its name.
_CHANNEL = re.compile(r"https://conda\.anaconda\.org/(?:t/[^/]+/)?([^/]+)/")
_PYPI = "https://files.pythonhosted.org/"
_BREAKING = frozenset({UpdateKind.MAJOR, UpdateKind.DOWNGRADE, UpdateKind.REPLACED})


class Entry(NamedTuple):
    """One accepted update.

    Attributes:
        day: on which it was accepted.
        digest: SHA-256 of the new lock, hexadecimal digits.
        plan: what changed.
        lines: of environment files that followed.
        facts: what else is known of it, a line each: build times, cache hits.
        urls: where the archives of packages are fetched, by manager and name.
    """

    day: date
    digest: str
    plan: Plan
    lines: tuple[Rewritten, ...] = ()
    facts: tuple[str, ...] = ()
    urls: Mapping[tuple[str, str], str] = MappingProxyType({})


def build_facts(tested: Iterable[Evidence]) -> Iterator[str]:
    """What tests of a lock have measured: how long it took to build, and its benchmarks."""
    for evidence in tested:
        for each in evidence.environments:
            where = f"{each.environment} on {evidence.subject.platform}"
            for check in each.checks:
                if check.kind == "build" and check.outcome is Outcome.PASSED:
                    said = f" ({check.said})" if check.said else ""
                    yield f"{where}: {check.name} built in {check.seconds:.1f} s{said}"
                elif check.kind == "benchmark" and check.outcome is not Outcome.SKIPPED:
                    yield f"{where}: `{check.name}` takes {check.said}"


def with_entry(text: str, entry: Entry) -> str:
    """The change log `text` (empty for a new one) with `entry` on top of the others."""
    head, mark, rest = (text or _HEAD).partition("\n## ")
    section = "\n".join(_section(entry))
    return f"{head.rstrip()}\n\n{section}\n" + (f"\n## {rest}" if mark else "")


def _section(entry: Entry) -> Iterator[str]:
    yield f"## {entry.day.isoformat()}: {counted(entry.plan)}"
    yield ""
    yield f"Lock `{entry.digest[:12]}`; go back with `git revert`, `envtool rollback --files`, or"
    yield "`sh recovery/recover.sh previous`."
    changes = entry.plan.changes
    breaking = [each for each in changes if each.kind in _BREAKING]
    security = [each for each in changes if each.security and each not in breaking]
    others = [each for each in changes if each not in breaking and each not in security]
    yield from _listed("Breaking", breaking, entry)
    yield from _migration(breaking, entry.lines)
    yield from _listed("Security", security, entry)
    yield from _listed("Others", others, entry)
    if entry.facts:
        yield from ("", "### Build and cache", "", *(f"- {each}" for each in entry.facts))


def _listed(title: str, changes: Iterable[PlannedChange], entry: Entry) -> Iterator[str]:
    lines = [_line(each, _page(each, entry)) for each in changes]
    if lines:
        yield from ("", f"### {title}", "", *lines)


def _line(change: PlannedChange, page: str) -> str:
    before, after = change.before or "-", change.after or "-"
    versions = f"{before} -> {after}" if before != after else after
    through = f", through {' -> '.join(change.standing.through)}" if change.standing.through else ""
    mends = f", mends {', '.join(change.security)}" if change.security else ""
    return (
        f"- `{change.name}` {versions} ({change.kind.value}, {change.standing.layer}{through})"
        f"{mends}{page and ': '}{page}"
    )


def _page(change: PlannedChange, entry: Entry) -> str:
    """Where its releases are told of; empty where that is not known."""
    url = entry.urls.get((change.manager, change.name), "")
    if change.manager == "pip":
        return f"https://pypi.org/project/{change.name}/#history" if url.startswith(_PYPI) else ""
    channel = _CHANNEL.match(url)
    return f"https://anaconda.org/{channel[1]}/{change.name}" if channel else ""


def _migration(breaking: list[PlannedChange], lines: tuple[Rewritten, ...]) -> Iterator[str]:
    """What has to be done by hand, as far as a tool can know."""
    if not breaking:
        return
    yield from ("", "### Migration", "")
    for each in breaking:
        release = each.after or "its removal"
        yield f"- read what `{each.name}` says of {release} before it is deployed"
    for line in lines:
        yield f"- `{line.path}`: `{line.before}` became `{line.after}`"
