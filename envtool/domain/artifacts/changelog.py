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
# What a section says of its lock, and of the one before it.
_LOCK = re.compile(r"^Lock `([0-9a-f]{12})`(?:, after `([0-9a-f]{12})`)?", re.MULTILINE)
_SHORT = 12
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
        before: SHA-256 of the lock that it replaced; empty without one.
    """

    day: date
    digest: str
    plan: Plan
    lines: tuple[Rewritten, ...] = ()
    facts: tuple[str, ...] = ()
    urls: Mapping[tuple[str, str], str] = MappingProxyType({})
    before: str = ""


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
    return _on_top(text or _HEAD, "\n".join(_section(entry)))


def taken_back(text: str, digest: str) -> str:
    """The lock of the newest section, in 12 digits, when the project went back from it.

    `digest` is the SHA-256 of the lock that is there. Empty when that is of the newest section, or
    of none: `envtool lock` writes no section.
    """
    named = [each for found in _LOCK.findall(text) for each in found if each]
    lock = digest[:_SHORT]
    return named[0] if lock in named[1:] and named[0] != lock else ""


def with_return(text: str, day: date, digest: str) -> str:
    """The change log `text`, which says so when the project went back to the lock `digest`."""
    gone = taken_back(text, digest)
    if not gone:
        return text
    lines = (
        f"## {day.isoformat()}: back to an earlier lock",
        "",
        f"Lock `{digest[:_SHORT]}`, after `{gone}`: what `{gone}` changed was taken back.",
    )
    return _on_top(text, "\n".join(lines))


def _on_top(text: str, section: str) -> str:
    head, mark, rest = text.partition("\n## ")
    return f"{head.rstrip()}\n\n{section}\n" + (f"\n## {rest}" if mark else "")


def _section(entry: Entry) -> Iterator[str]:
    yield f"## {entry.day.isoformat()}: {counted(entry.plan)}"
    yield ""
    after = f", after `{entry.before[:_SHORT]}`" if entry.before else ""
    yield f"Lock `{entry.digest[:_SHORT]}`{after}; go back with `git revert`,"
    yield "`envtool rollback --files`, or `sh recovery/recover.sh previous`."
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
