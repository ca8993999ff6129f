"""Baselines: the findings of one day, which do not count later on.

An entry names no line: a finding that moved is the one that it was. It is file, rule, package and
the reason, with the number of findings (or of packages, where one finding counts them) that are
alike, so that one more is new. What can not wait for another day never stands in a baseline.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from envtool.domain.findings import BaselineState, Finding

VERSION = 1
# A credential is out already; a policy and its waivers are decisions, and those are made there.
_NEVER = frozenset({"secrets", "policy", "waivers", "channels.credential"})


class BaselineError(Exception):
    """A text is no baseline; the message says why."""


class Key(NamedTuple):
    """What makes two findings the same one; `path` is relative to the baseline."""

    path: str
    rule: str
    package: str
    reason: str


Entries = Mapping[Key, int]


class Reach(NamedTuple):
    """What a run can say something about: the files that it judged, by the rules that it ran.

    Attributes:
        files: those that were judged, relative to the baseline.
        folder: the project, when all of its files were judged.
        left_out: the rules that were not run.
    """

    files: frozenset[str]
    folder: str | None = None
    left_out: frozenset[str] = frozenset()


class Sight(NamedTuple):
    """What the run over one target has to do with a baseline.

    Attributes:
        folder: that of the baseline.
        entries: what stands in it.
        present: what was found.
        reach: None when a file could not be judged, so that nothing can be told.
    """

    folder: str
    entries: Entries
    present: Entries
    reach: Reach | None


def may_stand(finding: Finding, unread: Collection[str]) -> bool:
    """Whether a baseline takes `finding`; `unread` are the files that could not be judged."""
    family = finding.rule.partition(".")[0]
    return _NEVER.isdisjoint({family, finding.rule}) and finding.place.path not in unread


def counted(findings: Iterable[Finding], name: Callable[[str], str]) -> Counter[Key]:
    """The entries of `findings`; `name` makes the path of a file relative to the baseline."""
    entries: Counter[Key] = Counter()
    for finding in findings:
        entries[_key(finding, name)] += _weight(finding)
    return entries


def marked(
    findings: Iterable[Finding],
    entries: Entries,
    unread: Collection[str],
    name: Callable[[str], str],
) -> tuple[Finding, ...]:
    """`findings`, each with what the baseline says of it: the first ones use up an entry."""
    left = Counter(entries)
    done = []
    for finding in findings:
        state = BaselineState.NEW
        if finding.waived is None and may_stand(finding, unread):
            key, weight = _key(finding, name), _weight(finding)
            if left[key] >= weight:
                left[key] -= weight
                state = BaselineState.UNCHANGED
        done.append(finding._replace(baseline=state))
    return tuple(done)


def _key(finding: Finding, name: Callable[[str], str]) -> Key:
    # A message that counts packages is about the same ones when it comes down to a single one.
    package = "" if finding.number is not None else finding.package or ""
    return Key(name(finding.place.path), finding.rule, package, finding.reason or finding.message)


def _weight(finding: Finding) -> int:
    return 1 if finding.number is None else finding.number


def pruned(entries: Entries, sights: Collection[Sight], missing: Collection[str]) -> Entries:
    """`entries` without what no longer occurs, as far as that was looked at.

    `missing` are the files of entries that are there no more.
    """
    present = merged(each.present for each in sights)
    is_covered = _cover(sights, missing)
    left = {
        key: min(number, present[key]) if is_covered(key) else number
        for key, number in entries.items()
    }
    return {key: number for key, number in left.items() if number}


def renewed(entries: Entries, sights: Collection[Sight], missing: Collection[str]) -> Entries:
    """What was found, and of `entries` what was not looked at."""
    is_covered = _cover(sights, missing)
    kept = {key: number for key, number in entries.items() if not is_covered(key)}
    return merged([kept, *(each.present for each in sights)])


def changed(before: Entries, after: Entries) -> int:
    """How many entries of `before` are fewer, or gone, in `after`."""
    return sum(after.get(key) != number for key, number in before.items())


def _cover(sights: Iterable[Sight], missing: Collection[str]) -> Callable[[Key], bool]:
    """Tells whether one of the runs would have found what an entry stands for."""
    reaches = [each.reach for each in sights if each.reach is not None]
    everywhere = [each.left_out for each in reaches]
    files: dict[str, list[frozenset[str]]] = {}
    folders: dict[str, list[frozenset[str]]] = {}
    for reach in reaches:
        for file in reach.files:
            files.setdefault(file, []).append(reach.left_out)
        if reach.folder is not None:
            folders.setdefault(reach.folder, []).append(reach.left_out)

    def is_covered(key: Key) -> bool:
        runs = chain(
            files.get(key.path, ()),
            folders.get(key.path.rpartition("/")[0] or ".", ()),
            everywhere if key.path in missing else (),
        )
        return any(key.rule not in left_out for left_out in runs)

    return is_covered


def write_baseline(entries: Entries) -> str:
    """The text of a baseline: an entry a line, sorted; ASCII, so that nothing in it acts."""
    from json import dumps

    lines = []
    for key, number in sorted(entries.items()):
        entry: dict[str, str | int] = {"path": key.path, "rule": key.rule}
        entry |= {"package": key.package} if key.package else {}
        entry |= {"count": number} if number > 1 else {}
        lines.append("    " + dumps({**entry, "reason": key.reason}))
    listed = "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {listed}\n}}\n'


# Many projects may share one, which is read for each of them.
@lru_cache(maxsize=4)
def read_baseline(data: bytes) -> Entries:
    """The entries of a baseline; raises `BaselineError` when it is none, or of another version."""
    from json import loads

    try:
        document: Any = loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BaselineError("it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"it is not JSON: {error}") from error
    if not isinstance(document, dict) or "version" not in document:
        raise BaselineError("it has no `version`")
    version, listed = document["version"], document.get("findings")
    if type(version) is not int or version != VERSION:
        raise BaselineError(f"its version is {version!r:.20}, and this envtool reads {VERSION}")
    if not isinstance(listed, list):
        raise BaselineError("it has no list `findings`")
    # A merge may leave an entry twice, which makes it no larger.
    return merged(dict([_entry(item, index)]) for index, item in enumerate(listed, 1))


def _entry(item: Any, index: int) -> tuple[Key, int]:  # noqa: ANN401 - JSON
    if not isinstance(item, dict):
        raise BaselineError(f"entry {index} is no object")
    texts = {"package": "", **item}
    for field in Key._fields:
        if not isinstance(texts.get(field), str):
            raise BaselineError(f"entry {index} has no text `{field}`")
    number = item.get("count", 1)
    if type(number) is not int or number < 1:
        raise BaselineError(f"the `count` of entry {index} is no number from 1 on")
    return Key(*(texts[field] for field in Key._fields)), number


def merged(counts: Iterable[Entries]) -> Counter[Key]:
    """What several runs over the same files found: of each entry the most."""
    most: Counter[Key] = Counter()
    for key, number in chain.from_iterable(each.items() for each in counts):
        most[key] = max(most[key], number)
    return most
