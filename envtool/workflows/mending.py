"""Mends the findings of one project in memory, and keeps only what holds.

After each step the project is judged again: its files must parse, say what they said but for
what was to be changed, and the findings must be gone. A mend that does not hold is dropped.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from envtool.domain.edits import Edit, apply, overlap
from envtool.domain.findings import Finding
from envtool.domain.mends import MENDERS
from envtool.domain.mends.mend import Draft, Mend, NewFile
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.project import Project
from envtool.domain.results import Skip
from envtool.ports import FileKind, Tools
from envtool.workflows.holding import holds
from envtool.workflows.overlay import Overlay
from envtool.workflows.spec_files import SPEC_LIMIT, STDIN, STDIN_SHOWN
from envtool.workflows.verify import Verdict

# Each round settles a finding at least, and most settle all that are there.
_MOST_ROUNDS = 200
_BOM = "\ufeff"


class Planned(NamedTuple):
    """A finding with its mend."""

    finding: Finding
    mend: Mend
    safe: bool


class Left(NamedTuple):
    """A finding that is left, and why."""

    finding: Finding
    reason: str
    safe: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """How far the mending of one project has come."""

    files: Overlay
    verdict: Verdict
    done: tuple[Planned, ...] = ()
    skipped: tuple[Skip, ...] = ()


class Workshop:
    """Mends one project, which `judge` judges as its files are by then."""

    def __init__(
        self, tools: Tools, judge: Callable[[Tools], Verdict], *, whole: bool, unsafe: bool
    ) -> None:
        self._tools = tools
        self._judge = judge
        self._whole = whole
        self._unsafe = unsafe

    def mended(self, files: Overlay) -> State:
        """The state in which nothing more can be mended."""
        state = State(files=files, verdict=self._judged(files))
        dropped: frozenset[Finding] = frozenset()
        for _ in range(_MOST_ROUNDS):
            planned, left = self._planned(state, dropped)
            batch = _together(each for each in planned if each.safe or self._unsafe)
            if not batch:
                return replace(state, skipped=tuple(self._skips(planned, left)))
            state, dropped = self._step(state, batch, dropped)
        return replace(state, skipped=(Skip("further mends", "there are too many"),))

    def _judged(self, files: Overlay) -> Verdict:
        return self._judge(replace(self._tools, files=files))

    def _planned(
        self, state: State, dropped: frozenset[Finding]
    ) -> tuple[list[Planned], list[Left]]:
        """The mends for the findings as they are now, and what is left and why."""
        planned: list[Planned] = []
        left: list[Left] = []
        project = state.verdict.project
        opened = [each for each in state.verdict.judgement.findings if each.is_open]
        jobs = [(each, mender) for mender in MENDERS for each in opened if each.rule == mender.rule]
        if project is None or not jobs:
            return planned, left
        draft = self._draft(project, state.files)
        for finding, mender in jobs:
            try:
                mend = mender.plan(draft, finding)
            except LeftAloneError as error:
                left.append(Left(finding, error.reason, mender.safe))
                continue
            if finding in dropped:
                left.append(Left(finding, "the file would not say what was meant", mender.safe))
            else:
                planned.append(Planned(finding, mend, mender.safe))
        return planned, left

    def _draft(self, project: Project, files: Overlay) -> Draft:
        pages = {}
        for spec in project.specs:
            text = text_of(files, spec.path).removeprefix(_BOM)
            pages[spec.path] = Page(spec.path, text, self._tools.yaml.parse(text, spec.path))
        return Draft(project=project, pages=pages, whole=self._whole)

    def _step(
        self, state: State, batch: list[Planned], dropped: frozenset[Finding]
    ) -> tuple[State, frozenset[Finding]]:
        """The state after the first part of `batch` that holds; a part that does not is halved."""
        waiting = [batch]
        while waiting:
            part = waiting.pop()
            after = self._attempt(state, part)
            if after is not None:
                return after, frozenset()
            if len(part) == 1:
                dropped |= {part[0].finding}
            else:
                half = len(part) // 2
                waiting += [part[half:], part[:half]]
        return state, dropped

    def _attempt(self, state: State, part: list[Planned]) -> State | None:
        """The state with `part` mended; None when that does not hold."""
        new = {each.mend.new.path: each.mend.new for each in part if each.mend.new is not None}
        if any(state.files.kind(path) is not FileKind.MISSING for path in new):
            return None
        files = state.files.with_changes(_changes(state.files, part, new))
        verdict = self._judged(files)
        mends = [(each.finding, each.mend) for each in part]
        if not holds(state.verdict, verdict, mends, new):
            return None
        done = sorted(part, key=lambda each: each.finding.place)
        return State(files=files, verdict=verdict, done=(*state.done, *done))

    def _skips(self, planned: list[Planned], left: list[Left]) -> Iterator[Skip]:
        """What was not mended and why; findings of one rule, file and reason together."""
        if hidden := sum(not each.safe for each in planned):
            plural = "s" if hidden > 1 else ""
            yield Skip(f"{hidden} mend{plural}", "`--unsafe-fixes` makes them, too")
        groups: dict[tuple[str, str, str], list[Left]] = {}
        for each in left:
            if each.safe or self._unsafe:
                key = (each.finding.rule, each.finding.place.path, each.reason)
                groups.setdefault(key, []).append(each)
        for (rule, path, reason), group in groups.items():
            line = group[0].finding.place.line
            where = (
                f"{rule} in {path}:{line}" if len(group) == 1 else f"{len(group)} {rule} in {path}"
            )
            yield Skip(f"mending {where}", reason)


def text_of(files: Overlay, shown: str) -> str:
    """The text of an environment file that was read before, byte order mark included."""
    path = path_of(shown)
    data = files.stdin(SPEC_LIMIT) if path == STDIN else files.read(path, SPEC_LIMIT)
    return data.decode("utf-8")


def path_of(shown: str) -> str:
    """The path that stands behind the one that people see."""
    return STDIN if shown == STDIN_SHOWN else shown


def _together(planned: Iterable[Planned]) -> list[Planned]:
    """As many as can be made at once, the first ones first."""
    batch: list[Planned] = []
    edits: dict[str, list[Edit]] = {}
    claims: set[str] = set()
    new: dict[str, NewFile] = {}
    for each in planned:
        mend = each.mend
        fits = claims.isdisjoint(mend.claims) and not any(
            overlap(edit, other)
            for change in mend.changes
            for edit in change.edits
            for other in edits.get(change.path, ())
        )
        if fits and (mend.new is None or new.setdefault(mend.new.path, mend.new) == mend.new):
            batch.append(each)
            claims |= mend.claims
            for change in mend.changes:
                edits.setdefault(change.path, []).extend(change.edits)
    return batch


def _changes(files: Overlay, part: list[Planned], new: dict[str, NewFile]) -> dict[str, bytes]:
    """The files that `part` changes, as they are afterwards."""
    edits: dict[str, list[Edit]] = {}
    for change in chain.from_iterable(each.mend.changes for each in part):
        edits.setdefault(change.path, []).extend(change.edits)
    texts = {}
    for path, each in edits.items():
        text = new[path].head if path in new else text_of(files, path)
        bare = text.removeprefix(_BOM)
        mended = text[: len(text) - len(bare)] + apply(bare, each)
        texts[path_of(path)] = mended.encode("utf-8")
    return texts
